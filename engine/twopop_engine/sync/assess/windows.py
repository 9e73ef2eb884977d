"""The offset over time: in windows of four seconds, each second, and longer ones where that is too little."""

from __future__ import annotations

import math

from twopop_engine.sync.assess.answer import Window
from twopop_engine.sync.assess.confidence import Calibration
from twopop_engine.sync.assess.estimate import estimate
from twopop_engine.sync.assess.field import Field

_LENGTHS_S = (4.0, 8.0, 16.0)
_HOP_S = 1.0
_MOST_WINDOWS = 600


def windows_of(field: Field, calibration: Calibration, profile_share: float = 0.0) -> tuple[Window, ...]:
    """The offset in windows that cover a field.

    Args:
        field: The scores.
        calibration: Tells the confidence, and from which one on an offset is told.
        profile_share: Share of the frames in which the face is in profile.

    Returns:
        Windows in the order of their middles, each as long as its offset needs; one that cannot be told at any length
        has the first length and no offset. Stretches in which nothing could be measured have no window.
    """
    length = field.count * field.step_s
    hop = max(_HOP_S, math.ceil(length / _MOST_WINDOWS))
    count = max(1, math.ceil((length - _LENGTHS_S[0]) / hop) + 1)
    found = []
    for number in range(count):
        middle = field.start_s + min(number * hop + _LENGTHS_S[0] / 2, max(length - _LENGTHS_S[0] / 2, length / 2))
        window = _window(field, middle, calibration, profile_share)
        if window is not None:
            found.append(window)
    return tuple(found)


def _window(field: Field, middle_s: float, calibration: Calibration, profile_share: float) -> Window | None:
    first: Window | None = None
    for length in _LENGTHS_S:
        start = max(field.start_s, middle_s - length / 2)
        stop = min(field.start_s + field.count * field.step_s, middle_s + length / 2)
        measured = estimate(field.part(start, stop))
        if measured is None:
            return first
        sure = calibration.confidence(measured, profile_share)
        if sure >= calibration.threshold:
            return Window(start, stop - start, measured.peak.lag_s, sure)
        first = first or Window(start, stop - start, None, sure)
    return first
