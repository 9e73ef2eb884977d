"""One trial: make a pair, match its files, compare with the truth."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

from scenes.pairs import Pair, Spec, make_pair
from twopop.locations import Home
from twopop.v1 import sync_pb2
from twopop_engine.runtime.context import LocalContext
from twopop_engine.sync import jobs


@dataclass(frozen=True)
class Trial:
    """What came out, flat, so that it is a line of JSON and a row of a table.

    Attributes:
        key: Which trial: set and number.
        kind: Speech or music.
        unrelated: How the two are unrelated; None for a true pair.
        overlap_s: Seconds that both heard; the other's length for an unrelated pair.
        snr_db: The noisier side's signal-to-noise ratio.
        drr_db: The more reverberant side's direct-to-reverberant ratio; None without rooms.
        drift_ppm: The other's true clock error.
        matched: Whether it was placed.
        reason: Why not.
        confidence: As the engine gives it.
        error_s: The largest error of placement over the other's length; None when refused or unrelated.
        start_error_s: The error of `start_s`, signed; None when refused or unrelated.
        uncertainty_s: As the engine gives it.
        drift_error_ppm: Signed; None when refused or unrelated.
        polarity_right: Whether the polarity was told; None when refused or unrelated.
        segments: How many.
        wall_s: How long the match took.
        spec: Everything that was drawn.
    """

    key: str
    kind: str
    unrelated: str | None
    overlap_s: float
    snr_db: float
    drr_db: float | None
    drift_ppm: float
    matched: bool
    reason: str
    confidence: float
    error_s: float | None
    start_error_s: float | None
    uncertainty_s: float | None
    drift_error_ppm: float | None
    polarity_right: bool | None
    segments: int
    wall_s: float
    spec: dict[str, object]


def run_trials(specs: dict[str, Spec], processes: int) -> Iterable[Trial]:
    """Runs trials in processes of their own and yields them as they end."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(run_trial, key, spec) for key, spec in specs.items()]
        for future in as_completed(running):
            yield future.result()


def run_trial(key: str, spec: Spec) -> Trial:
    """Makes and matches one pair, through files and the engine's own job."""
    pair = make_pair(spec)
    with tempfile.TemporaryDirectory(prefix="twopop-trial-") as name:
        folder = Path(name)
        request = sync_pb2.MatchRequest(
            reference=sync_pb2.MatchSource(paths=[str(pair.reference.write(folder, "reference"))]),
            others=[sync_pb2.MatchSource(paths=[str(pair.other.write(folder, "other"))])],
        )
        begin = time.perf_counter()
        answer = jobs.match(request, LocalContext(Home(folder / "home"))).pairs[0]
        wall_s = time.perf_counter() - begin
    return _judged(key, pair, answer, wall_s)


def _judged(key: str, pair: Pair, answer: sync_pb2.MatchPair, wall_s: float) -> Trial:
    spec, truth = pair.spec, pair.truth
    matched = answer.verdict == sync_pb2.MATCH_VERDICT_MATCHED
    error_s = start_error_s = drift_error_ppm = polarity_right = None
    if matched and truth:
        start_error_s = answer.start_s - truth.start_s
        drift_error_ppm = answer.drift_ppm - truth.drift_ppm
        # The file's last sample: t = start + f / (1 + drift), with f the file's length on the true clock.
        file_s = spec.excerpt_s * (1 + truth.drift_ppm / 1e6)
        end_error_s = start_error_s + file_s / (1 + answer.drift_ppm / 1e6) - spec.excerpt_s
        error_s = max(abs(start_error_s), abs(end_error_s))
        polarity_right = answer.inverted_polarity == truth.inverted_polarity
    ratios = [side.drr_db for side in (spec.reference, spec.other) if side.drr_db is not None]
    return Trial(
        key=key,
        kind=spec.kind,
        unrelated=spec.unrelated,
        overlap_s=spec.excerpt_s if spec.unrelated else spec.overlap_s,
        snr_db=spec.snr_db,
        drr_db=min(ratios, default=None),
        drift_ppm=spec.drift_ppm,
        matched=matched,
        reason=answer.reason,
        confidence=answer.confidence,
        error_s=error_s,
        start_error_s=start_error_s,
        uncertainty_s=answer.uncertainty_s if matched else None,
        drift_error_ppm=drift_error_ppm,
        polarity_right=polarity_right,
        segments=len(answer.segments),
        wall_s=wall_s,
        spec=asdict(spec),
    )
