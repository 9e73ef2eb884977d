"""Where blocks of sound belong, from their time stamps.

Stamps of senders jitter by some milliseconds while their samples follow each other without a gap; a stamp that is off
by more means that sound was lost, or comes again. Stamps that stay off on average move the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_JITTER_S: Final = 0.008  # of a stamp: twice what is promised, as the first one jitters as well
_LEARNING: Final = 0.03
_DRIFT_S: Final = 0.002  # by which the clock may be wrong on average
_GIVE_UP_S: Final = 1.0  # of sound that is all late: the sender's clock was set back


@dataclass(frozen=True)
class Place:
    """Where a block belongs.

    Attributes:
        time_s: When its first sample is heard.
        skip: Samples at its begin that were heard before.
        is_new: Whether it does not follow the block before.
    """

    time_s: float
    skip: int
    is_new: bool


class SoundClock:
    """Places blocks one after the other."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._begin_s: float | None = None
        self._count = 0
        self._error_s = 0.0
        self._late_s = 0.0

    @property
    def has_lost_its_way(self) -> bool:
        """Whether everything has been late for so long that time must begin anew."""
        return self._late_s > _GIVE_UP_S

    @property
    def next_s(self) -> float | None:
        """When the next sample is expected; None before the first."""
        return None if self._begin_s is None else self._begin_s + self._count / self._rate_hz

    def place(self, time_s: float, count: int) -> Place | None:
        """Places the next block.

        Args:
            time_s: Its stamp.
            count: Its samples.

        Returns:
            Where it belongs; None when all of it is late.
        """
        expected_s = self.next_s
        if expected_s is None:
            return self._begin(time_s, count, 0)
        error_s = time_s - expected_s
        if abs(error_s) < _JITTER_S:
            return self._follow(expected_s, error_s, count)
        if error_s > 0:
            return self._begin(time_s, count, 0)
        skip = round(-error_s * self._rate_hz)
        if skip >= count:
            self._late_s += count / self._rate_hz
            return None
        return self._begin(expected_s, count - skip, skip)

    def skip_to(self, time_s: float) -> None:
        """Gives up what has not come by a time: it would be late."""
        if self.next_s is None or time_s > self.next_s:
            self._begin_s, self._count, self._error_s = time_s, 0, 0.0

    def _follow(self, expected_s: float, error_s: float, count: int) -> Place:
        self._late_s = 0.0
        self._error_s += _LEARNING * (error_s - self._error_s)
        if abs(self._error_s) < _DRIFT_S:
            self._count += count
            return Place(expected_s, 0, False)
        skip = min(count, round(max(0.0, -self._error_s) * self._rate_hz))
        return self._begin(expected_s + max(0.0, self._error_s), count - skip, skip)

    def _begin(self, time_s: float, count: int, skip: int) -> Place:
        self._begin_s, self._count = time_s, count
        self._error_s = self._late_s = 0.0
        return Place(time_s, skip, True)
