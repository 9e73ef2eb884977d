"""Evidence for a placement, and the calibrated probability that it is right.

The probability is a logistic regression on four measures. Its coefficients are data, fitted by `bench/calibrate.py` on
generated pairs of training speakers and recordings; the reliability table on others stands in docs/sync.md.
"""

from __future__ import annotations

import json
import math
from dataclasses import astuple, dataclass
from functools import cache

from twopop_models.store import read_weights

MODEL_ID = "sync.gcc-phat.v1"
"""Card of the method."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for a placement.

    Attributes:
        score: Height of the summed correlation in standard deviations of unrelated sound.
        lead: Height of the best candidate over that of the next in other places, at most 5; 1 when they are level.
        sharpness: Height of the peak over the highest value 2 to 24 ms beside it, at most 5.
        agreement: Share of the windows that see the peak themselves.
    """

    score: float
    lead: float
    sharpness: float
    agreement: float

    def features(self) -> tuple[float, float, float, float]:
        """The regression's inputs: logarithms of the ratios, and the share."""
        score, lead, sharpness, agreement = astuple(self)
        return (
            math.log(min(max(score, 1.0), 100.0)),
            math.log(min(max(lead, 0.2), 5.0)),
            math.log(min(max(sharpness, 0.2), 5.0)),
            agreement,
        )


@dataclass(frozen=True)
class Calibration:
    """Coefficients of the regression.

    Attributes:
        intercept: Log odds at zero.
        weights: One for each feature.
        threshold: Probability from which a placement is a match.
        certain: Probability from which nothing further is tried.
    """

    intercept: float
    weights: tuple[float, float, float, float]
    threshold: float
    certain: float

    def confidence(self, evidence: Evidence) -> float:
        """Probability that the placement is right."""
        odds = self.intercept + sum(w * x for w, x in zip(self.weights, evidence.features(), strict=True))
        return 1.0 / (1.0 + math.exp(-min(max(odds, -30.0), 30.0)))


@cache
def calibration() -> Calibration:
    """The shipped coefficients."""
    data = json.loads(read_weights(MODEL_ID, "gcc_phat_v1.json"))
    return Calibration(data["intercept"], tuple(data["weights"]), data["threshold"], data["certain"])
