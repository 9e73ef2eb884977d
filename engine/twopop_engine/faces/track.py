"""One face through a shot: where it was last, how it moves and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.appearance import Look, difference, look_of
from twopop_engine.faces.mesh import MARGIN, Region, Sighting

_LEARNING = 0.05  # share of a new look in the remembered one
_STEADINESS_S = 0.1  # until half of an old motion is forgotten
_GUESS_S = 0.2  # motion is not trusted for longer


@dataclass
class Track:
    """A face that is followed.

    Attributes:
        number: Which face it is.
        sighting: How it was last seen.
        time: When that was.
        look: What it looks like, over time.
        motion: Of its middle, in pixels a second [2].
        confirmed: When the detector last saw it too.
    """

    number: int
    sighting: Sighting
    time: Fraction
    look: Look
    motion: NDArray[np.float64]
    confirmed: Fraction

    @classmethod
    def begin(cls, number: int, sighting: Sighting, time: Fraction) -> Track:
        """A face seen for the first time."""
        return cls(number, sighting, time, look_of(sighting.crop), np.zeros(2), time)

    def guess(self, time: Fraction) -> Region:
        """Where to look for it."""
        region = self.sighting.region
        ahead_s = min(float(time - self.time), _GUESS_S)
        return region.moved(self.motion[0] * ahead_s, self.motion[1] * ahead_s)

    def cost(self, sighting: Sighting, look: Look, time: Fraction) -> float:
        """How unlike this face a sighting is: the way in face sizes, and the look."""
        expected, found = self.guess(time), sighting.region
        way = float(np.hypot(expected.x - found.x, expected.y - found.y)) * MARGIN / max(expected.side, 1.0)
        growth = abs(float(np.log(max(found.side, 1.0) / max(expected.side, 1.0))))
        return way + growth + difference(self.look, look)

    def update(self, sighting: Sighting, look: Look | None, time: Fraction) -> None:
        """Takes a sighting as this face.

        Args:
            sighting: How it is seen.
            look: What it looks like; None when others are in the way.
            time: When that is.
        """
        elapsed_s = float(time - self.time)
        if elapsed_s > 0:
            before, now = self.sighting.region, sighting.region
            motion = np.array([now.x - before.x, now.y - before.y]) / elapsed_s
            keep = 0.5 ** (elapsed_s / _STEADINESS_S)
            self.motion = keep * self.motion + (1 - keep) * motion
        if look is not None:
            self.look = (1 - _LEARNING) * self.look + _LEARNING * look
        self.sighting, self.time = sighting, time
