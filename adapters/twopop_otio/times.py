"""RationalTime and TimeRange of OTIO to exact seconds and back.

Every value is divided by its own rate, and the rate is snapped first: one clip can spell 24000/1001 in three ways.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

from twopop.timing import snap_rate

Node = dict[str, Any]
"""One JSON object of a timeline."""

_AUDIO_RATE = 1000
_FINEST = 10**6


def seconds(node: object) -> Fraction:
    """The exact seconds that a RationalTime stands for.

    Args:
        node: A RationalTime object.

    Returns:
        Seconds.

    Raises:
        ValueError: Not a RationalTime, or its value or rate is no number, or the rate not greater than zero.
    """
    value, rate = _number(node, "value"), _number(node, "rate")
    if rate <= 0:
        raise ValueError(f"a time has the rate {rate:g}, expected one greater than zero")
    exact = Fraction(value) if value == int(value) else Fraction(value).limit_denominator(_FINEST)  # most are whole
    return exact / exact_rate(rate)


@lru_cache(maxsize=64)
def exact_rate(rate: float) -> Fraction:
    """The exact rate that a spelling stands for; a timeline asks thousands of times for the same few."""
    return snap_rate(rate)


def rate_of(node: object) -> float:
    """The rate of a RationalTime, as it is spelled."""
    return _number(node, "rate")


def is_frame_rate(rate: float) -> bool:
    """Whether a rate counts frames rather than audio samples."""
    return 0 < rate < _AUDIO_RATE


def span(node: object) -> tuple[Fraction, Fraction]:
    """Start and duration of a TimeRange, in seconds.

    Raises:
        ValueError: Not a TimeRange, or of negative length.
    """
    if not isinstance(node, dict) or "start_time" not in node or "duration" not in node:
        raise ValueError("a time range lacks its start or its duration")
    start, duration = seconds(node["start_time"]), seconds(node["duration"])
    if duration < 0:
        raise ValueError(f"a time range has the negative length {float(duration):g} s")
    return start, duration


def rational_time(value_s: Fraction, rate: float) -> Node:
    """A RationalTime.

    Args:
        value_s: Seconds.
        rate: The rate to write, as the timeline spells it.

    Returns:
        The JSON object; its value is the nearest double.
    """
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(value_s * exact_rate(rate))}


def time_range(start: Node, duration: Node) -> Node:
    """A TimeRange of two RationalTimes."""
    return {"OTIO_SCHEMA": "TimeRange.1", "duration": duration, "start_time": start}


def finest(value_s: Fraction, frame_rate: float, sample_rate_hz: int) -> Node:
    """A RationalTime in frames where the value is a whole number of them, else in audio samples."""
    whole = (value_s * exact_rate(frame_rate)).denominator == 1
    return rational_time(value_s, frame_rate if whole else sample_rate_hz)


def _number(node: object, key: str) -> float:
    value = node.get(key) if isinstance(node, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"a time has the {key} {value!r}, expected a number")
    return value
