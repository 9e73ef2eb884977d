"""The standards' tolerances between sound and picture.

ITU-R BT.1359-1 (1998), "Relative timing of sound and vision for broadcasting", figure 2: errors are detected from
45 ms of lead and 125 ms of lag on, and accepted up to 90 ms and 185 ms. EBU Recommendation R37-2007: at the viewer,
sound within 40 ms early and 60 ms late. ATSC IS-191 (2003): at the input of an encoder, within 15 ms early and 45 ms
late. Beside them, 100 ms either way, where most viewers of streamed speech begin to notice, and one frame of the
video, which is what an editor can mend by slipping.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from twopop.errors import OptionInvalid

DEFAULT = "ebu-r37"
"""The standard that decides when none is named."""

_MS = Fraction(1, 1000)


@dataclass(frozen=True)
class Tolerance:
    """How far sound may be from the picture; the bounds are within.

    Attributes:
        lead_s: How far it may lead, in seconds.
        lag_s: How far it may trail, in seconds.
    """

    lead_s: Fraction
    lag_s: Fraction

    def holds(self, offset_s: Fraction) -> bool:
        """Whether an offset is within; > 0: the sound leads."""
        return -self.lag_s <= offset_s <= self.lead_s


STANDARDS = {
    "itu-r-bt1359-detect": Tolerance(45 * _MS, 125 * _MS),
    "itu-r-bt1359-accept": Tolerance(90 * _MS, 185 * _MS),
    "ebu-r37": Tolerance(40 * _MS, 60 * _MS),
    "atsc-is191": Tolerance(15 * _MS, 45 * _MS),
    "noticeable-100ms": Tolerance(100 * _MS, 100 * _MS),
    "one-frame": None,
}
"""By name; None stands for one frame of the video at hand."""


def tolerance(standard: str, frame_rate: Fraction) -> Tolerance:
    """A standard's tolerance.

    Args:
        standard: Its name; empty for the default.
        frame_rate: Frames a second of the video.

    Returns:
        The tolerance.

    Raises:
        OptionInvalid: No standard of that name.
    """
    name = standard or DEFAULT
    if name not in STANDARDS:
        raise OptionInvalid.of("standard", f"there is no {name!r}; there are {', '.join(STANDARDS)}")
    return STANDARDS[name] or Tolerance(1 / frame_rate, 1 / frame_rate)


def passes(offset_s: Fraction, frame_rate: Fraction) -> dict[str, bool]:
    """Each standard by name: whether an offset is within it.

    Args:
        offset_s: > 0: the sound leads.
        frame_rate: Frames a second of the video.
    """
    return {name: tolerance(name, frame_rate).holds(offset_s) for name in STANDARDS}


def microseconds(offset_s: float) -> Fraction:
    """A measured offset to the nearest microsecond, so that it meets a standard's bound exactly."""
    return Fraction(round(offset_s * 10**6), 10**6)
