"""Maps from a file's clock to a reference's clock, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Segment:
    """A straight piece of the map.

    The file's time f in [other_start_s, other_start_s + duration_s) lies at
    start_s + (f - other_start_s) / (1 + drift_ppm / 1e6) on the reference's clock.

    Attributes:
        other_start_s: Where the piece begins, in seconds on the file's clock.
        duration_s: Its length, in seconds on the file's clock.
        start_s: Where it begins, in seconds on the reference's clock.
        drift_ppm: How fast the file's clock runs; > 0: the file is longer than the event was.
    """

    other_start_s: float
    duration_s: float
    start_s: float
    drift_ppm: float = 0.0

    @property
    def speed(self) -> Fraction:
        """Seconds on the file's clock in a second of the reference's, exact."""
        return 1 + Fraction(self.drift_ppm) / 10**6

    @property
    def end_s(self) -> float:
        """Where it ends, in seconds on the reference's clock."""
        return self.start_s + self.duration_s / float(self.speed)

    def other_time(self, time: Fraction) -> Fraction:
        """The file's time at a time of the reference; the straight line goes on beyond the piece."""
        return Fraction(self.other_start_s) + (time - Fraction(self.start_s)) * self.speed
