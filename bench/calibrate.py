"""Fits the confidence of the waveform sync: the recipe of models/twopop_models/weights/gcc_phat_v1.json.

    PYTHONPATH=tests python bench/calibrate.py --state FOLDER [--write]

Pairs come from the speakers of the train split (`scenes.specs`, seed 21) with references of up to 200 s; every fourth
is made hard: 5 to 7 s at 0 or -10 dB. Unrelated pairs are references held against the excerpts of other pairs, where
they cannot share an utterance. A logistic regression with a slight ridge is fitted to the evidence of each pair's best
placement; since the search stops early when it is certain, evidence and fit are made twice.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

import twopop_models
from scenes.pairs import Pair, Spec, make_pair
from scenes.recorder import Recording
from scenes.specs import sample_specs
from twopop_engine.sync.match import best_placement
from twopop_engine.sync.sound import Sound, prepare

SEED = 21
PAIRS = 70
STRANGERS = 4
LONGEST_S = 200.0
RIGHT_S = 0.005
RIDGE = 0.02
THRESHOLD = 0.6
CERTAIN = 0.98
_MODELS = Path(twopop_models.__file__).parent


def specs() -> list[Spec]:
    """The train set."""
    drawn = (spec for spec in sample_specs(10 * PAIRS, SEED, "train") if spec.reference_s <= LONGEST_S)
    return [_hard(spec, k) if k % 4 == 0 else spec for k, spec in zip(range(1, PAIRS + 1), drawn, strict=False)]


def _hard(spec: Spec, number: int) -> Spec:
    snr_db = -10.0 if number % 8 == 0 else 0.0
    spec = replace(spec, excerpt_s=5.0 + number % 3, start_s=max(spec.start_s, 1.0))
    if spec.other.snr_db <= spec.reference.snr_db:
        return replace(spec, other=replace(spec.other, snr_db=snr_db))
    return replace(spec, reference=replace(spec.reference, snr_db=snr_db))


def prepared(state: Path, number: int, spec: Spec) -> tuple[Sound, Sound]:
    """Both sounds of a pair, made once."""
    file = state / f"pair-{number}.npz"
    if not file.exists():
        pair = make_pair(spec)
        sounds = {"reference": _mix(pair.reference), "other": _mix(pair.other)}
        parts = {f"{name}_{part}": getattr(sound, part) for name, sound in sounds.items() for part in _PARTS}
        np.savez(file, allow_pickle=False, truth=_truth(pair), **parts)
    with np.load(file) as data:
        reference, other = (Sound(*(data[f"{name}_{part}"] for part in _PARTS)) for name in ("reference", "other"))
    return reference, other


_PARTS = ("full", "half", "level_db")


def _mix(recording: Recording) -> Sound:
    return prepare([np.ascontiguousarray(recording.heard().mean(axis=0))], recording.rate_hz)


def _truth(pair: Pair) -> NDArray[np.float64]:
    assert pair.truth is not None
    return np.array([pair.truth.start_s, pair.truth.drift_ppm])


def trials(drawn: list[Spec]) -> Iterator[tuple[int, int]]:
    """Numbers of the reference and the other of every trial."""
    rng = np.random.default_rng(SEED)
    for k, spec in enumerate(drawn):
        yield k, k
        apart = [j for j, one in enumerate(drawn) if j != k and not one.kind == spec.kind == "speech"]
        yield from ((int(j), k) for j in rng.permutation(apart)[:STRANGERS])


def measure(task: tuple[Path, int, int]) -> tuple[list[float], bool] | None:
    """The features of one trial's best placement, and whether it is right."""
    state, first, second = task
    reference, _ = prepared(state, first, specs()[first])
    _, other = prepared(state, second, specs()[second])
    best = best_placement(reference, other)
    if best is None:
        return None
    with np.load(state / f"pair-{second}.npz") as data:
        start_s, drift_ppm = data["truth"]
    middle_s = best.line.middle_s
    off_s = best.at(middle_s) - (start_s + middle_s / (1 + drift_ppm / 1e6))
    return list(best.evidence.features()), first == second and abs(off_s) < RIGHT_S


def fit(features: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intercept and weights."""

    def loss(weights: NDArray[np.float64]) -> float:
        odds = weights[0] + features @ weights[1:]
        return float(np.sum(np.logaddexp(0, odds) - right * odds) + RIDGE * np.sum(weights[1:] ** 2))

    start = np.zeros(features.shape[1] + 1)
    return np.asarray(optimize.minimize(loss, start, method="BFGS").x, np.float64)


def install(weights: NDArray[np.float64]) -> None:
    """Writes the coefficients and their hash into the card."""
    coefficients = [round(float(w), 3) for w in weights]
    text = json.dumps(
        {"intercept": coefficients[0], "weights": coefficients[1:], "threshold": THRESHOLD, "certain": CERTAIN}
    )
    data = f"{text}\n".encode()
    (_MODELS / "weights" / "gcc_phat_v1.json").write_bytes(data)
    card = _MODELS / "cards" / "sync.gcc-phat.v1.toml"
    text = re.sub(r"size_bytes = \d+", f"size_bytes = {len(data)}", card.read_text(encoding="utf-8"))
    text = re.sub(r'sha256 = "\w+"', f'sha256 = "{hashlib.sha256(data).hexdigest()}"', text)
    card.write_text(text, encoding="utf-8")


def main() -> None:
    """Measures, fits, prints, and installs when asked to."""
    parser = argparse.ArgumentParser(description="Fits the confidence of the waveform sync.")
    parser.add_argument("--state", type=Path, required=True, help="folder of the prepared pairs")
    parser.add_argument("--write", action="store_true", help="install the coefficients")
    options = parser.parse_args()
    options.state.mkdir(parents=True, exist_ok=True)
    with get_context("spawn").Pool(2) as pool:
        drawn = specs()
        pool.starmap(prepared, [(options.state, k, spec) for k, spec in enumerate(drawn)], chunksize=1)
        tasks = [(options.state, first, second) for first, second in trials(drawn)]
        rows = [row for row in pool.map(measure, tasks, chunksize=4) if row]
    features, right = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], float)
    weights = fit(features, right)
    odds = weights[0] + features @ weights[1:]
    accepted = 1 / (1 + np.exp(-odds)) >= THRESHOLD
    print(f"{len(rows)} trials, {int(right.sum())} right; weights {np.round(weights, 3).tolist()}")
    print(f"accepted though wrong: {int((accepted & (right == 0)).sum())}")
    print(f"refused though right: {int((~accepted & (right == 1)).sum())}")
    if options.write:
        install(weights)


if __name__ == "__main__":
    main()
