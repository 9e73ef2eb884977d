"""Unrelated pairs by the hundred: the recordings of a group of specs held against each other.

A pair of speech and speech from two specs may share an utterance, so these are left to the specs' own pairs.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from trial import Trial, judged

from scenes.pairs import Pair, Spec, make_pair
from twopop.locations import Home
from twopop.v1 import sync_pb2
from twopop_engine.runtime.context import LocalContext
from twopop_engine.sync import jobs

GROUP = 8


def run_strangers(prefix: str, specs: Sequence[Spec], done: frozenset[str], processes: int) -> Iterator[list[Trial]]:
    """Runs the groups that are not done and yields each one's trials as it ends.

    Args:
        prefix: Of the trials' keys.
        specs: Unrelated specs.
        done: Keys of the trials that are done.
        processes: How many at a time.
    """
    groups = [
        (f"{prefix}/{k}", group) for k, group in enumerate(specs[n : n + GROUP] for n in range(0, len(specs), GROUP))
    ]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(_run, name, group) for name, group in groups if f"{name}/0-0" not in done]
        for future in as_completed(running):
            yield future.result()


def _run(name: str, specs: Sequence[Spec]) -> list[Trial]:
    """Every reference of a group against every other."""
    pairs = [make_pair(spec) for spec in specs]
    trials = []
    with tempfile.TemporaryDirectory(prefix="twopop-strangers-") as folder_name:
        folder = Path(folder_name)
        context = LocalContext(Home(folder / "home"))
        others = [str(pair.other.write(folder, f"other{k}")) for k, pair in enumerate(pairs)]
        for i, pair in enumerate(pairs):
            reference = str(pair.reference.write(folder, f"reference{i}"))
            chosen = [j for j, other in enumerate(pairs) if i == j or not pair.spec.kind == other.spec.kind == "speech"]
            request = sync_pb2.MatchRequest(
                reference=sync_pb2.MatchSource(paths=[reference]),
                others=[sync_pb2.MatchSource(paths=[others[j]]) for j in chosen],
            )
            begin = time.perf_counter()
            answers = jobs.match(request, context).pairs
            wall_s = (time.perf_counter() - begin) / len(chosen)
            for j, answer in zip(chosen, answers, strict=True):
                trials.append(judged(f"{name}/{i}-{j}", _crossed(pair, pairs[j]), answer, wall_s))
    return trials


def _crossed(first: Pair, second: Pair) -> Pair:
    """The first's reference and the second's other."""
    spec = replace(
        second.spec,
        reference=first.spec.reference,
        reference_s=first.spec.reference_s,
        unrelated=second.spec.unrelated if first is second else "other material",
    )
    return Pair(first.reference, second.other, None, spec)
