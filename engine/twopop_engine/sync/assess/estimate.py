"""The offset of a file from its scores by time and lag, and how far it can be trusted.

The blocks are added up and the sum's peak is the offset. How the peak moves when groups of blocks are left out
(delete-a-group jackknife, Shao and Tu 1995, section 2.3) gives its uncertainty; how often it stays when groups are
drawn anew with replacement (bootstrap) says whether it is a peak at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twopop_engine.sync.assess.field import Doubles, Field
from twopop_engine.sync.assess.peak import Peak, find_peak, local_peak

STILL = 0.0
"""Motion at or below which a mouth counts as still."""

_GROUP_S = 1.0
_FEWEST_GROUPS, _MOST_GROUPS = 6, 24
_DRAWS = 200
_SAME_S = 0.04
_SEED = 4
_MOVES_S = 0.06  # how far a peak may move when a group is left out


@dataclass(frozen=True)
class Estimate:
    """An offset and what speaks for it.

    Attributes:
        peak: The summed curve's.
        curve: The sum over all blocks [lags].
        uncertainty_s: One standard deviation of the peak's place.
        steadiness: Share of draws with replacement whose peak lies within 40 ms, 0 to 1.
        agreement: Share of the three thirds whose own peak lies within 80 ms, 0 to 1.
        usable_s: Seconds of usable picture and sound.
        talking_s: Seconds of speech while the mouth moves.
    """

    peak: Peak
    curve: Doubles
    uncertainty_s: float
    steadiness: float
    agreement: float
    usable_s: float
    talking_s: float


def estimate(field: Field) -> Estimate | None:
    """The offset that fits all of a field; None when nothing in it could be measured."""
    usable_s = float(field.weights_s.sum())
    curve = field.scores.sum(axis=0)
    if usable_s <= 0 or not np.ptp(curve) > 0:
        return None
    peak = find_peak(field.lags_s, curve)
    groups = _groups(field)
    talking = np.where((field.weights_s > 0) & (field.motion > STILL), field.speech_s, 0.0)
    return Estimate(
        peak,
        curve,
        _uncertainty(field, groups, curve, peak),
        _steadiness(field, groups, peak),
        _agreement(field, peak),
        usable_s,
        float(talking.sum()),
    )


def _groups(field: Field) -> Doubles:
    """Scores of neighbouring blocks added up [groups, lags], so that groups hardly depend on each other."""
    measured = field.scores[field.weights_s > 0]
    length = len(measured) * field.step_s
    count = int(np.clip(length / _GROUP_S, _FEWEST_GROUPS, _MOST_GROUPS))
    starts = np.unique(np.linspace(0, len(measured), min(count, len(measured)) + 1).astype(int)[:-1])
    groups: Doubles = np.add.reduceat(measured, starts, axis=0)
    return groups


def _uncertainty(field: Field, groups: Doubles, curve: Doubles, peak: Peak) -> float:
    """Standard deviation of the peak's place; half the range of lags when there is but one group."""
    count = len(groups)
    if count < 2:
        return float(np.ptp(field.lags_s)) / 2
    places = np.array([local_peak(field.lags_s, curve - group, peak.lag_s, _MOVES_S) for group in groups])
    return float(np.sqrt((count - 1) / count * np.sum((places - places.mean()) ** 2)))


def _steadiness(field: Field, groups: Doubles, peak: Peak) -> float:
    count = len(groups)
    draws = np.random.default_rng(_SEED).multinomial(count, np.full(count, 1 / count), size=_DRAWS)
    tops = field.lags_s[np.argmax(draws @ groups, axis=1)]
    return float(np.mean(np.abs(tops - peak.lag_s) <= max(_SAME_S, field.lag_step_s) + 1e-9))


def _agreement(field: Field, peak: Peak) -> float:
    measured = field.scores[field.weights_s > 0]
    thirds = [third.sum(axis=0) for third in np.array_split(measured, 3) if len(third)]
    tops = np.array([field.lags_s[np.argmax(third)] for third in thirds])
    return float(np.mean(np.abs(tops - peak.lag_s) <= 2 * _SAME_S + 1e-9))
