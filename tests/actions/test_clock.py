"""Labels to the file's own clock: every way in which editors write them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twopop.timing import rational_to_wire
from twopop.v1 import media_pb2
from twopop_actions.sync.clock import used_range
from twopop_actions.timeline import ClipMedia

HOUR = Fraction(3600)


def _info(length: Fraction, timecode: Fraction | None) -> media_pb2.MediaInfo:
    info = media_pb2.MediaInfo(path="/a.mov", duration=rational_to_wire(length))
    if timecode is not None:
        info.timecode.since_midnight.CopyFrom(rational_to_wire(timecode))
    return info


def _start(label: Fraction, available: tuple[Fraction, Fraction] | None, timecode: Fraction | None) -> Fraction | None:
    media = ClipMedia("/a.mov", None, *(available or (None, None)))
    used = used_range(label, Fraction(5), media, _info(Fraction(60), timecode))
    return used[0] if used else None


@pytest.mark.parametrize(
    ("label", "available", "timecode", "expected"),
    [
        (Fraction(7), None, None, 7),
        (Fraction(7), (Fraction(0), Fraction(60)), None, 7),
        (Fraction(7), (Fraction(0), Fraction(60)), HOUR, 7),  # relative, in a file that has a timecode
        (HOUR + 7, (HOUR, Fraction(60)), HOUR, 7),  # absolute, as Resolve writes
        (HOUR + 7, (HOUR, Fraction(60)), None, 7),  # absolute, the file lost its timecode on the way
        (HOUR + 7, None, HOUR, 7),  # absolute, nothing but the file tells
        (HOUR + 7, (Fraction(0), Fraction(60)), HOUR, 7),  # absolute source, relative available range
        (HOUR + 7, (HOUR, Fraction(20)), HOUR, 7),  # absolute, trimmed available range from the first frame on
        (HOUR + 27, (HOUR + 20, Fraction(20)), HOUR, 27),  # absolute, available range from the middle
        (Fraction(27), (Fraction(20), Fraction(20)), None, 27),  # a part of the file, on its own clock
        (Fraction(107), (Fraction(100), Fraction(60)), None, 7),  # a label of its own, as long as the file
        (Fraction(7), None, Fraction(0), 7),  # 00:00:00:00
        (Fraction(100), None, None, None),  # outside the file
        (Fraction(58), None, None, None),
        (HOUR - 5, (HOUR, Fraction(60)), HOUR, None),
    ],
)
def test_label(
    label: Fraction, available: tuple[Fraction, Fraction] | None, timecode: Fraction | None, expected: int | None
) -> None:
    assert _start(label, available, timecode) == expected


@given(st.fractions(0, 55, max_denominator=48000), st.fractions(1, 86000, max_denominator=1001))
def test_absolute_and_relative_mean_the_same(start: Fraction, timecode: Fraction) -> None:
    whole = Fraction(60)
    relative = _start(start, (Fraction(0), whole), timecode)
    absolute = _start(timecode + start, (timecode, whole), timecode)
    assert relative == absolute == start
