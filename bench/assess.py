"""Fits and checks the confidence of the assessment: the recipe of models/twopop_models/weights/assess_v1.json.

    PYTHONPATH=tests python bench/assess.py MODEL [--maps FOLDER] [--still S] [--write]

MODEL is the id of a card whose score maps lie in FOLDER, or "default" (generated score maps), or "sync.impacts.v1"
(generated scenes). Each file of FOLDER is one score map of one face, written by `numpy.savez`:

    start_s, step_s, lags_s, sums, weights_s, speech_s, motion    as in `twopop_engine.sync.scores.ScoreMap`
    truth_s          the true offset in seconds, > 0 when the sound leads; NaN when the sound is unrelated
    profile_share    share of the frames in which the face is in profile
    group            name of the source: maps of one source are fitted or checked together, never both

Maps are cut into stretches of 3 to 60 s. The regression is fitted five times to four fifths of the groups; the table
and the expected calibration error are those of the fifth that was left out. What is written is fitted to all.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

import twopop_models
from planted.moving import impact_maps
from planted.sets import generated_maps
from twopop_engine.sync.assess.confidence import FEATURES, features
from twopop_engine.sync.assess.estimate import estimate
from twopop_engine.sync.assess.field import Field
from twopop_engine.sync.assess.impacts import MODEL_ID as IMPACTS
from twopop_engine.sync.scores import ScoreMap

LENGTHS_S = (3.0, 5.0, 8.0, 12.0, 20.0, 40.0, 60.0)
RIGHT_S = {IMPACTS: 0.06}
RIGHT_ELSE_S = 0.04
FOLDS = 5
RIDGE = 0.1
THRESHOLD = 0.9
LEAST_FLOOR_S = 0.002
_MODELS = Path(twopop_models.__file__).parent
_CARD, _FILE = "sync.assess.v1", "assess_v1.json"

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Trials:
    """Estimates and whether they are right, one row each."""

    features: Doubles
    right: Doubles
    errors_s: Doubles
    uncertainties_s: Doubles
    lengths_s: Doubles
    groups: NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """A score map with its truth."""

    scores: ScoreMap
    truth_s: float
    profile_share: float
    group: str


def stored_maps(folder: Path) -> Iterator[Case]:
    """The score maps of a folder."""
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as data:
            scores = ScoreMap(
                float(data["start_s"]),
                float(data["step_s"]),
                *(data[name] for name in ("lags_s", "sums", "weights_s", "speech_s", "motion")),
            )
            yield Case(scores, float(data["truth_s"]), float(data["profile_share"]), str(data["group"]))


def trials(cases: Iterator[Case], right_s: float) -> Trials:
    """Estimates of all stretches of all maps."""
    rows, numbers = [], dict[str, int]()
    for case in cases:
        field = Field.of(case.scores)
        group = numbers.setdefault(case.group, len(numbers))
        for part, length in _stretches(field):
            found = estimate(part)
            if found is None or found.peak.at_edge or found.peak.is_double:
                continue
            error = found.peak.lag_s - case.truth_s
            right = float(abs(error) <= right_s)  # NaN is not
            told = features(found, case.profile_share)
            rows.append((*told, right, error, found.uncertainty_s, length, group))
    table = np.array(rows)
    count = len(FEATURES)
    right, errors, uncertainties, lengths, groups = table[:, count:].T
    return Trials(table[:, :count], right, errors, uncertainties, lengths, groups.astype(np.int64))


def _stretches(field: Field) -> Iterator[tuple[Field, float]]:
    whole = field.count * field.step_s
    yield field, whole
    for length in LENGTHS_S:
        for start in np.arange(0.0, whole - length, max(length, whole / 4)):
            yield field.part(field.start_s + start, field.start_s + start + length), length


def fit(told: Doubles, right: Doubles) -> Doubles:
    """Intercept and weights; none but that of the profile share may speak against better evidence."""

    def loss(weights: Doubles) -> float:
        odds = weights[0] + told @ weights[1:]
        return float(np.sum(np.logaddexp(0, odds) - right * odds) + RIDGE * np.sum(weights[1:] ** 2))

    bounds = [(None, None)] + [(0, None)] * (told.shape[1] - 1) + [(None, 0)]
    start = np.zeros(told.shape[1] + 1)
    return np.asarray(optimize.minimize(loss, start, method="L-BFGS-B", bounds=bounds).x, np.float64)


def probabilities(weights: Doubles, told: Doubles) -> Doubles:
    """Confidence of each row."""
    return np.asarray(1 / (1 + np.exp(-np.clip(weights[0] + told @ weights[1:], -30, 30))), np.float64)


def left_out(made: Trials) -> Doubles:
    """Confidence of each trial by a fit that saw nothing of its group."""
    fold = np.random.default_rng(5).permutation(made.groups.max() + 1)[made.groups] % FOLDS
    out = np.zeros(len(made.right))
    for number in range(FOLDS):
        rest = fold != number
        if rest.all():
            continue
        out[~rest] = probabilities(fit(made.features[rest], made.right[rest]), made.features[~rest])
    return out


def calibration_error(sure: Doubles, right: Doubles, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width."""
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(sure[place == k].sum() - right[place == k].sum()) for k in range(bins)]
    return float(sum(gaps) / len(sure))


def table(made: Trials, sure: Doubles) -> str:
    """Reliability by length, in Markdown."""
    lines = ["| length | trials | right | told | right when told | calibration error |", "|---|---|---|---|---|---|"]
    bands = {"longer" if high > 1e8 else f"up to {high:g} s": (low, high) for low, high in _bands()}
    unlike = [(name, (made.lengths_s > low) & (made.lengths_s <= high)) for name, (low, high) in bands.items()]
    for name, chosen in [*unlike, ("all", np.ones(len(sure), bool))]:
        if not chosen.any():
            continue
        told = chosen & (sure >= THRESHOLD)
        kept = f"{made.right[told].mean():.1%}" if told.any() else "-"
        error = calibration_error(sure[chosen], made.right[chosen])
        lines.append(
            f"| {name} | {chosen.sum()} | {made.right[chosen].mean():.1%} | {told.sum() / chosen.sum():.1%} "
            f"| {kept} | {error:.3f} |"
        )
    unrelated = np.isnan(made.errors_s)
    if unrelated.any():
        lines.append(f"\nunrelated sound told: {(sure[unrelated] >= THRESHOLD).mean():.2%} of {unrelated.sum()}")
    return "\n".join(lines)


def _bands() -> list[tuple[float, float]]:
    edges = (0.0, 3.0, 5.0, 8.0, 20.0, 1e9)
    return list(itertools.pairwise(edges))


def floor_s(made: Trials) -> float:
    """What the errors of right estimates have beyond their own uncertainty."""
    right = made.right > 0
    beyond = np.median(made.errors_s[right] ** 2) / 0.4549 - np.median(made.uncertainties_s[right] ** 2)
    return float(max(np.sqrt(max(beyond, 0.0)), LEAST_FLOOR_S))


def install(model: str, weights: Doubles, still: float, floor: float) -> None:
    """Writes the coefficients of a model beside those of the others, and the file's hash into the card."""
    path = _MODELS / "weights" / _FILE
    sets = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rounded = [round(float(weight), 3) for weight in weights]
    sets[model] = {
        "intercept": rounded[0],
        "weights": rounded[1:],
        "threshold": THRESHOLD,
        "still": still,
        "floor_s": round(floor, 4),
    }
    data = f"{json.dumps(sets, indent=1)}\n".encode()
    path.write_bytes(data)
    card = _MODELS / "cards" / f"{_CARD}.toml"
    text = re.sub(r"size_bytes = \d+", f"size_bytes = {len(data)}", card.read_text(encoding="utf-8"))
    text = re.sub(r'sha256 = "\w+"', f'sha256 = "{hashlib.sha256(data).hexdigest()}"', text)
    card.write_text(text, encoding="utf-8")


def cases_of(model: str, folder: Path | None) -> Iterator[Case]:
    """The score maps that a model is fitted to."""
    if folder is not None:
        return stored_maps(folder)
    made = impact_maps() if model == IMPACTS else generated_maps()
    return (Case(scores, truth_s, 0.0, group) for scores, truth_s, group in made)


def main() -> None:
    """Measures, fits, prints, and installs when asked to."""
    parser = argparse.ArgumentParser(description="Fits and checks the confidence of the assessment.")
    parser.add_argument("model", help='id of a card, "default" or "sync.impacts.v1"')
    parser.add_argument("--maps", type=Path, help="folder of score maps")
    parser.add_argument("--still", type=float, default=0.0, help="motion of a mouth that does not speak")
    parser.add_argument("--write", action="store_true", help="install the coefficients")
    options = parser.parse_args()
    made = trials(cases_of(options.model, options.maps), RIGHT_S.get(options.model, RIGHT_ELSE_S))
    sure = left_out(made)
    weights, floor = fit(made.features, made.right), floor_s(made)
    print(f"{len(made.right)} trials of {made.groups.max() + 1} groups, {int(made.right.sum())} right")
    print("intercept", round(weights[0], 3), dict(zip(FEATURES, np.round(weights[1:], 3), strict=True)), floor)
    print(table(made, sure))
    if options.write:
        install(options.model, weights, options.still, floor)


if __name__ == "__main__":
    main()
