"""Standard speed changes between film and video.

A file that went through one runs 0.1 % or 4 % off; recorders' crystals never do. The pull-down of 24 to 23.976 frames
per second comes with 48048 Hz for 48000 Hz; 24 frames played at 25 are the PAL speed-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final


@dataclass(frozen=True)
class SpeedChange:
    """A standard change of speed.

    Attributes:
        name: What post production calls it.
        ratio: Length of the file over the length of the event.
    """

    name: str
    ratio: Fraction


SPEED_CHANGES: Final = (
    SpeedChange("pull-down 1000/1001", Fraction(1001, 1000)),
    SpeedChange("pull-up 1001/1000", Fraction(1000, 1001)),
    SpeedChange("PAL speed-up 25/24", Fraction(24, 25)),
    SpeedChange("PAL slow-down 24/25", Fraction(25, 24)),
    SpeedChange("PAL speed-up 25/23.976", Fraction(24000, 25025)),
    SpeedChange("PAL slow-down 23.976/25", Fraction(25025, 24000)),
)

_CRYSTAL_PPM: Final = 200.0  # what may remain beside a speed change


def named_change(drift_ppm: float) -> SpeedChange | None:
    """The standard speed change that a drift amounts to, or None for a crystal's error.

    Args:
        drift_ppm: The file's clock error in parts per million, > 0 when the file is longer than the event.
    """
    for change in SPEED_CHANGES:
        if abs(drift_ppm - (float(change.ratio) - 1.0) * 1e6) <= _CRYSTAL_PPM:
            return change
    return None
