"""How likely an estimate is right: a logistic regression on the evidence for it.

Its coefficients are data, one set for each model of lips and one for impacts, fitted by `bench/assess.py`; the
reliability tables stand in docs/assess.md. A model without a set of its own uses "default", which was fitted to
generated score maps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from twopop_engine.sync.assess.estimate import Estimate
from twopop_models.store import read_weights

CARD_ID = "sync.assess.v1"
"""Card of the coefficients."""

FEATURES = ("height", "lead", "steadiness", "agreement", "talking", "profile")
"""Names of the regression's inputs."""

_FILE = "assess_v1.json"
_DEFAULT = "default"
_MOST_ODDS = 30.0
_DOUBTFUL = 0.5  # of two peaks, either may be the right one


@dataclass(frozen=True)
class Calibration:
    """Coefficients for one model.

    Attributes:
        intercept: Log odds at zero.
        weights: One for each feature.
        threshold: Confidence from which an offset is told.
        still: Motion at or below which a mouth is still, in the model's own unit.
        floor_s: Deviation of right offsets that longer listening does not lessen.
    """

    intercept: float
    weights: tuple[float, ...]
    threshold: float
    still: float
    floor_s: float

    def confidence(self, estimate: Estimate, profile_share: float = 0.0) -> float:
        """Probability that an estimate is right within 40 ms.

        Args:
            estimate: The estimate.
            profile_share: Share of the frames in which the face is in profile.
        """
        if estimate.peak.at_edge:
            return 0.0
        if estimate.peak.is_double:
            return _DOUBTFUL
        terms = zip(self.weights, features(estimate, profile_share), strict=True)
        odds = self.intercept + sum(weight * value for weight, value in terms)
        return 1.0 / (1.0 + math.exp(-min(max(odds, -_MOST_ODDS), _MOST_ODDS)))

    def uncertainty_s(self, estimate: Estimate) -> float:
        """One standard deviation of an estimate that is right."""
        return math.hypot(estimate.uncertainty_s, self.floor_s)


def features(estimate: Estimate, profile_share: float = 0.0) -> tuple[float, ...]:
    """The regression's inputs, in the order of `FEATURES`; each is bounded, so that none outweighs all others."""
    peak = estimate.peak
    steady = min(max(estimate.steadiness, 0.02), 0.99)
    return (
        math.log(min(max(peak.height, 0.5), 20.0)),
        math.log1p(min(max(peak.lead, 0.0), 10.0)),
        math.log(steady / (1 - steady)),
        estimate.agreement,
        math.log(min(max(estimate.talking_s, 0.5), 60.0)),
        profile_share,
    )


def calibration(model: str) -> Calibration:
    """The shipped coefficients of a model, by its card's id."""
    sets = _sets()
    return sets.get(model, sets[_DEFAULT])


@cache
def _sets() -> Mapping[str, Calibration]:
    data = json.loads(read_weights(CARD_ID, _FILE))
    return {
        name: Calibration(
            entry["intercept"], tuple(entry["weights"]), entry["threshold"], entry["still"], entry["floor_s"]
        )
        for name, entry in data.items()
    }
