"""Measures the waveform sync on hundreds of made pairs, true and unrelated.

    PYTHONPATH=tests python bench/accuracy.py --state FOLDER [--count 400] [--unrelated 1000] [--corner 100]
        [--cut 60] [--seed 1] [--out FILE.md] [--json FILE.json]

`--longest S` leaves out longer references.
Every finished trial is a line of STATE/trials.jsonl: a run that was stopped goes on where it was. Pairs are drawn by
`scenes.specs` from the speakers of the test split, written as files and matched by the engine's own job.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from findings import page, summary
from strangers import run_strangers
from trial import Trial, run_trials

from scenes.pairs import Spec
from scenes.specs import corner_specs, cut_specs, sample_specs

_TRIALS_A_SPEC = 5
"""Of eight specs, half of them speech, about forty pairs of recordings are sure to be unrelated."""


def load(state: Path) -> dict[str, Trial]:
    """The trials that are done, by key; a line cut off by a stop is dropped."""
    done: dict[str, Trial] = {}
    file = state / "trials.jsonl"
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                trial = Trial(**json.loads(line))
            except json.JSONDecodeError:
                continue
            done[trial.key] = trial
    return done


def main() -> None:
    """Runs what is missing and writes tables of all."""
    options = _options()
    options.state.mkdir(parents=True, exist_ok=True)
    wanted = _specs(options)
    done = load(options.state)
    missing = {key: spec for key, spec in wanted.items() if key not in done}
    print(f"{len(wanted) - len(missing)} trials done, {len(missing)} to do", flush=True)
    begin = time.monotonic()
    with (options.state / "trials.jsonl").open("a", encoding="utf-8") as file:
        for number, trial in enumerate(run_trials(missing, options.processes), start=1):
            file.write(json.dumps(asdict(trial)) + "\n")
            file.flush()
            done[trial.key] = trial
            left_s = (time.monotonic() - begin) / number * (len(missing) - number)
            print(f"\r{number}/{len(missing)}, {left_s / 60:.0f} min left ", end="", file=sys.stderr, flush=True)
        strangers = _within(sample_specs(10 * options.unrelated, options.seed, options.split, unrelated=True), options)
        count = -(-options.unrelated // _TRIALS_A_SPEC)
        prefix = f"{options.split}/{options.seed}/unrelated"
        for group in run_strangers(prefix, strangers[:count], frozenset(done), options.processes):
            for trial in group:
                file.write(json.dumps(asdict(trial)) + "\n")
                done[trial.key] = trial
            file.flush()
            print(f"\r{sum(bool(t.unrelated) for t in done.values())} unrelated ", end="", file=sys.stderr, flush=True)
    trials = [trial for key, trial in done.items() if key in wanted or trial.unrelated]
    text = page(trials)
    print("\n" + text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps(summary(trials), indent=1) + "\n", encoding="utf-8")


def _specs(options: argparse.Namespace) -> dict[str, Spec]:
    """What to try, by a key that is the same for every count."""
    sets = {
        "true": _within(sample_specs(10 * options.count, options.seed, options.split), options)[: options.count],
        "corner": _within(corner_specs(10 * options.corner, options.seed, options.split), options)[: options.corner],
        "cut": cut_specs(options.cut, options.seed, options.split),
    }
    prefix = f"{options.split}/{options.seed}"
    return {f"{prefix}/{name}/{k}": spec for name, specs in sets.items() for k, spec in enumerate(specs)}


def _within(specs: list[Spec], options: argparse.Namespace) -> list[Spec]:
    return [spec for spec in specs if spec.reference_s <= options.longest]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures the waveform sync on made pairs.")
    parser.add_argument("--state", type=Path, required=True, help="folder of the finished trials")
    parser.add_argument("--count", type=int, default=400, help="true pairs")
    parser.add_argument("--unrelated", type=int, default=1000, help="unrelated pairs")
    parser.add_argument("--corner", type=int, default=100, help="true pairs of 5 s at -10 dB")
    parser.add_argument("--cut", type=int, default=60, help="true pairs whose other pauses or loses sound")
    parser.add_argument("--longest", type=float, default=600.0, help="longest reference, in seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split", choices=["test", "train"], default="test")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, help="where to write the tables, as Markdown")
    parser.add_argument("--json", type=Path, help="where to write the figures, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
