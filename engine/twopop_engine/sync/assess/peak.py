"""The top of a score curve, between its lags.

A quintic spline through the curve is exact enough where a parabola through three points is not: at lags of 40 ms a
parabola strays by up to 2 ms on peaks of the width that lips give, the spline by a tenth of that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import make_interp_spline

from twopop_engine.sync.assess.field import Doubles

NEAR_S = 0.08
"""Lags this near to a peak belong to it."""

_STANDS_OUT = 3.3  # deviations; by chance, the highest place of a background seldom reaches it
_NEARLY = 0.7
_FAR_S = 0.2  # from here on a curve is background
_DENSITY = 40  # points between two lags
_DEGREE = 5
_REACH = 6  # lags on either side that the spline goes through
_DEVIATIONS_PER_MAD = 1.4826


@dataclass(frozen=True)
class Peak:
    """The highest place of a curve.

    Attributes:
        lag_s: Where it is.
        height: Over the background, in the background's deviations.
        lead: Over the next peak, in the same unit; the height itself where there is no other.
        second_s: Where the next peak is; None when there is none.
        at_edge: Whether the curve still rises at its end: the true peak lies outside.
    """

    lag_s: float
    height: float
    lead: float
    second_s: float | None
    at_edge: bool

    @property
    def is_double(self) -> bool:
        """Whether a second peak stands out from the background as well, nearly as high."""
        second = self.height - self.lead
        return self.second_s is not None and second >= max(_STANDS_OUT, _NEARLY * self.height)


def find_peak(lags_s: Doubles, curve: Doubles) -> Peak:
    """The highest place of a curve [lags], and how it stands out."""
    top = int(np.argmax(curve))
    middle, deviation = background(lags_s, curve, lags_s[top])
    second = _second(lags_s, curve, top)
    height = (curve[top] - middle) / deviation
    lead = height if second is None else (curve[top] - curve[second]) / deviation
    return Peak(
        refined(lags_s, curve, top),
        float(height),
        float(lead),
        None if second is None else float(lags_s[second]),
        top in (0, len(curve) - 1),
    )


def background(lags_s: Doubles, curve: Doubles, lag_s: float) -> tuple[float, float]:
    """Median and robust deviation of a curve away from a lag; a flat one deviates by a trifle."""
    away = curve[np.abs(lags_s - lag_s) > _FAR_S]
    middle = float(np.median(away))
    deviation = _DEVIATIONS_PER_MAD * float(np.median(np.abs(away - middle)))
    return middle, max(deviation, 1e-9 * float(np.abs(curve).max()), 1e-12)


def refined(lags_s: Doubles, curve: Doubles, top: int) -> float:
    """Where the curve is highest within one lag of a given one, between the lags."""
    if top in (0, len(curve) - 1):
        return float(lags_s[top])
    begin, end = max(0, top - _REACH), min(len(curve), top + _REACH + 1)
    spline = make_interp_spline(lags_s[begin:end], curve[begin:end], k=min(_DEGREE, end - begin - 1))
    near = np.linspace(lags_s[top - 1], lags_s[top + 1], 2 * _DENSITY + 1)
    values = spline(near)
    best = int(np.clip(np.argmax(values), 1, len(near) - 2))
    before, at, after = values[best - 1 : best + 2]
    bend = before - 2 * at + after
    turn = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(near[best] + np.clip(turn, -0.5, 0.5) * (near[1] - near[0]))


def local_peak(lags_s: Doubles, curve: Doubles, around_s: float, within_s: float) -> float:
    """Where the curve is highest near a lag, between the lags."""
    near = np.flatnonzero(np.abs(lags_s - around_s) <= within_s + 1e-9)
    return refined(lags_s, curve, int(near[np.argmax(curve[near])]))


def _second(lags_s: Doubles, curve: Doubles, top: int) -> int | None:
    """The next peak: the highest place that rises over its neighbours and is not near the top."""
    rises = np.ones(len(curve), bool)
    rises[1:] &= curve[1:] >= curve[:-1]
    rises[:-1] &= curve[:-1] >= curve[1:]
    others = np.flatnonzero(rises & (np.abs(lags_s - lags_s[top]) > NEAR_S))
    return int(others[np.argmax(curve[others])]) if len(others) else None
