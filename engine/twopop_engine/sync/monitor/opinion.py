"""What the memory of a stream says, and when to forget: the assessment's own estimate, over what is remembered.

A stream's offset can jump. When the last seconds by themselves say something else than all that is remembered, and are
sure of it, what lies before them is dropped. An offset is told when it has been sure for a second, since a
stream is asked so often that one fluke would come by; it stays told for as long as it stays likely, and is smoothed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from twopop_engine.sync.assess.confidence import Calibration
from twopop_engine.sync.assess.estimate import Estimate, estimate
from twopop_engine.sync.assess.field import Field
from twopop_engine.sync.monitor.memory import STEP_S, Memory

_RECENT_S: Final = (4.0, 7.0)
_SAME_S: Final = 0.06
_LEAST_TALKING_S: Final = 1.2  # behind an offset that is told
_CONTRADICTION_S: Final = 2.0  # and behind one that makes all else forgotten
_SURE: Final = 0.95  # more than a file needs, as a stream is asked three hundred times a minute
_TIMES: Final = 5
_LEARNING: Final = 0.2  # share of a new estimate in an offset that is told
_STAYS: Final = 0.5  # confidence at which an offset that was told is told no more


@dataclass(frozen=True)
class Opinion:
    """By how much sound and lips are apart.

    Attributes:
        offset_s: > 0: the sound leads.
        uncertainty_s: One standard deviation.
        confidence: Calibrated, 0 to 1.
        is_told: Whether it is sure enough to be told.
    """

    offset_s: float
    uncertainty_s: float
    confidence: float
    is_told: bool


class Judge:
    """Forms an opinion again and again."""

    def __init__(self, calibration: Calibration) -> None:
        """Begins without one.

        Args:
            calibration: What an estimate's evidence is worth.
        """
        self._calibration = calibration
        self._last: Opinion | None = None
        self._sure_count = 0

    def consider(self, memory: Memory) -> Opinion | None:
        """What a memory says by now; what it says no more is dropped from it.

        Args:
            memory: The memory, one block longer than the last time.

        Returns:
            The opinion; None when nothing could be measured.
        """
        found = self._up_to_date(memory)
        self._last = None if found is None else self._opinion(found)
        return self._last

    def _up_to_date(self, memory: Memory) -> Estimate | None:
        found = _estimate(memory.field())
        if found is None:
            return None
        for recent_s in _RECENT_S:
            if self._disagrees(memory.field(recent_s, fading=False), found):
                memory.forget(memory.end - round(recent_s / STEP_S))
                return _estimate(memory.field())
        return found

    def _opinion(self, found: Estimate) -> Opinion:
        offset_s, confidence = found.peak.lag_s, self._calibration.confidence(found)
        last = self._last
        is_same = last is not None and abs(offset_s - last.offset_s) <= _SAME_S
        self._sure_count = (self._sure_count if is_same else 0) + 1 if self._is_sure(found) else 0
        stays = last is not None and last.is_told and is_same and confidence >= _STAYS
        is_told = stays or self._sure_count >= _TIMES
        if stays and last is not None:
            offset_s = last.offset_s + _LEARNING * (offset_s - last.offset_s)
        return Opinion(offset_s, self._calibration.uncertainty_s(found), confidence, is_told)

    def _disagrees(self, recent: Field | None, found: Estimate) -> bool:
        """Whether the last seconds are sure of another offset."""
        if recent is None:
            return False
        top_s = float(recent.lags_s[np.argmax(recent.scores.sum(axis=0))])
        fresh = _estimate(recent) if abs(top_s - found.peak.lag_s) > _SAME_S else None
        return fresh is not None and self._is_sure(fresh, _CONTRADICTION_S)

    def _is_sure(self, found: Estimate, least_s: float = _LEAST_TALKING_S) -> bool:
        least = max(_SURE, self._calibration.threshold)
        return found.talking_s >= least_s and self._calibration.confidence(found) >= least


def _estimate(field: Field | None) -> Estimate | None:
    return estimate(field) if field is not None else None
