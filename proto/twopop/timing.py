"""Exact time: rates as fractions, timecode, rational seconds.

Rates are snapped once, where they enter: editors write 23.976, 23.98, the 32-bit float 23.976024627685547 and
24000/1001 for the same rate, and ten hours apart the spellings differ by 36 ms. Timecode counts follow SMPTE ST 12-1;
drop-frame is always said, never guessed from a rate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import NewType

from twopop.v1 import time_pb2

Seconds = NewType("Seconds", float)
"""Seconds as a float: for measured values, never for edit points."""

Samples = NewType("Samples", int)
"""A count of samples at a rate that stands beside it."""

Frames = NewType("Frames", int)
"""A count of whole video frames at a rate that stands beside it."""

_FILM_RATES = tuple(
    Fraction(n, d)
    for n, d in (
        (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48000, 1001), (48, 1), (50, 1),
        (60000, 1001), (60, 1), (96, 1), (100, 1), (120000, 1001), (120, 1),
    )
)  # fmt: skip
_RATE_TOLERANCE = Fraction(3, 10000)  # 23.98 lies 1.7e-4 from 24000/1001; 24 lies 1e-3 away


def snap_rate(rate: float | Fraction) -> Fraction:
    """The exact frame or sample rate that a spelling stands for.

    Args:
        rate: Frames or samples per second, greater than zero.

    Returns:
        The film or video rate within 0.03 %, else the whole number within 1e-6, else the nearest fraction with a
        denominator of at most 1001.

    Raises:
        ValueError: The rate is not greater than zero.
    """
    exact = Fraction(rate)
    if exact <= 0:
        raise ValueError(f"a rate must be greater than zero, not {rate}")
    nearest = min(_FILM_RATES, key=lambda known: abs(known - exact))
    if abs(nearest - exact) <= nearest * _RATE_TOLERANCE:
        return nearest
    whole = Fraction(round(exact))
    if whole and abs(whole - exact) <= whole * Fraction(1, 10**6):
        return whole
    return exact.limit_denominator(1001)


def round_half_up(value: Fraction) -> int:
    """The nearest integer, halves towards plus infinity, so that equal steps stay equal on both sides of zero."""
    return (value + Fraction(1, 2)).__floor__()


_TIMECODE = re.compile(r"(\d{2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")


@dataclass(frozen=True)
class Timecode:
    """A label of a frame (SMPTE ST 12-1).

    Attributes:
        frame: Frames since 00:00:00:00, zero or more.
        rate: Frames per second, exact.
        drop_frame: Whether labels are skipped so that they keep up with the clock.
    """

    frame: Frames
    rate: Fraction
    drop_frame: bool

    @property
    def nominal_rate(self) -> int:
        """Labels in a second: 24 for 24000/1001."""
        return round_half_up(self.rate)

    @property
    def since_midnight(self) -> Fraction:
        """Seconds since the label 00:00:00:00, real time at this rate."""
        return Fraction(self.frame) / self.rate

    @classmethod
    def parse(cls, text: str, rate: Fraction, drop_frame: bool | None = None) -> Timecode:
        """Reads "HH:MM:SS:FF".

        Args:
            text: The label; ";" or "," before the frames means drop-frame.
            rate: Frames per second, exact.
            drop_frame: Overrides what the punctuation says.

        Returns:
            The timecode.

        Raises:
            ValueError: Not a label, or one that this rate does not have.
        """
        match = _TIMECODE.fullmatch(text.strip())
        if not match:
            raise ValueError(f"{text!r} is not a timecode of the form HH:MM:SS:FF")
        hours, minutes, seconds, frames = (int(match[i]) for i in (1, 2, 3, 5))
        drop = match[4] in ";," if drop_frame is None else drop_frame
        nominal = round_half_up(rate)
        if minutes > 59 or seconds > 59 or frames >= nominal:
            raise ValueError(f"{text!r} is not a timecode at {nominal} frames per second")
        count = ((hours * 60 + minutes) * 60 + seconds) * nominal + frames
        if drop:
            dropped = _dropped_labels(rate)
            if frames < dropped and seconds == 0 and minutes % 10:
                raise ValueError(f"{text!r} is a label that drop-frame timecode skips")
            total_minutes = hours * 60 + minutes
            count -= dropped * (total_minutes - total_minutes // 10)
        return cls(Frames(count), rate, drop)

    def __str__(self) -> str:
        nominal = self.nominal_rate
        count = self.frame % self._frames_in_day()
        if self.drop_frame:
            count += self._skipped_before(count)
        seconds, frames = divmod(count, nominal)
        mark = ";" if self.drop_frame else ":"
        width = 3 if nominal > 100 else 2
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{frames:0{width}}"

    def _frames_in_day(self) -> int:
        nominal = self.nominal_rate
        skipped = _dropped_labels(self.rate) * (1440 - 144) if self.drop_frame else 0
        return 86400 * nominal - skipped

    def _skipped_before(self, count: int) -> int:
        dropped = _dropped_labels(self.rate)
        in_ten_minutes = 600 * self.nominal_rate - 9 * dropped
        in_minute = 60 * self.nominal_rate - dropped
        tens, rest = divmod(count, in_ten_minutes)
        minutes = 0 if rest < dropped else (rest - dropped) // in_minute
        return dropped * (9 * tens + minutes)


def _dropped_labels(rate: Fraction) -> int:
    """Labels that drop-frame skips a minute: 2 at 29.97, 4 at 59.94."""
    nominal = round_half_up(rate)
    if rate.denominator != 1001 or nominal % 30:
        raise ValueError(f"drop-frame timecode exists at 29.97 and 59.94 only, not at {float(rate):.3f}")
    return nominal // 15


def rational_to_wire(value: Fraction) -> time_pb2.Rational:
    """An exact number as a message."""
    return time_pb2.Rational(numerator=value.numerator, denominator=value.denominator)


def rational_from_wire(message: time_pb2.Rational) -> Fraction:
    """The exact number that a message holds; an unset message is zero.

    Raises:
        ValueError: The denominator is negative.
    """
    if message.denominator < 0:
        raise ValueError(f"a rational's denominator must be greater than zero, not {message.denominator}")
    return Fraction(message.numerator, message.denominator or 1)


def range_to_wire(start: Fraction, duration: Fraction) -> time_pb2.TimeRange:
    """A stretch of time in seconds as a message."""
    return time_pb2.TimeRange(start=rational_to_wire(start), duration=rational_to_wire(duration))


def range_from_wire(message: time_pb2.TimeRange) -> tuple[Fraction, Fraction]:
    """Start and duration in seconds of a message."""
    return rational_from_wire(message.start), rational_from_wire(message.duration)
