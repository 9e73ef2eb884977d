"""The frame rate and the timecodes of an edit decision list, which says neither its rate nor, always, its counting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from twopop.timing import Timecode, round_half_up
from twopop_otio.imports.edl_lines import EditList
from twopop_otio.imports.imported import Notes

_GUESSES = ((24, Fraction(24)), (25, Fraction(25)), (30, Fraction(30)), (50, Fraction(50)), (60, Fraction(60)))
_LARGEST_DENOMINATOR = 10  # speeds that editors offer: 1/2, 2/3, 1/10


@dataclass(frozen=True)
class Clock:
    """How a list's timecodes are read.

    Attributes:
        rate: Frames per second.
        marked: Whether the list tells drop-frame by ";", so that ":" means non-drop.
        drop_frame: What the list says of itself.
    """

    rate: Fraction
    marked: bool
    drop_frame: bool

    @property
    def day(self) -> int:
        """Frames from midnight to midnight."""
        last = f"23:59:59:{round_half_up(self.rate) - 1:02}"
        return Timecode.parse(last, self.rate, self.drop_frame).frame + 1

    def hour(self, hour: int) -> int:
        """The frame since midnight of a whole hour of the timeline."""
        return Timecode.parse(f"{hour:02}:00:00:00", self.rate, self.drop_frame).frame

    def frame(self, text: str, drop_frame: bool | None) -> int:
        """The frame since midnight of a label; `drop_frame` is what the FCM line before it said.

        Raises:
            ValueError: There is no such label at this rate.
        """
        said = self.drop_frame if drop_frame is None else drop_frame
        drop = text[8] in ";," if self.marked else said
        return Timecode.parse(text, self.rate, drop).frame

    def speed(self, fps: str) -> Fraction:
        """The speed that an M2 line's frames per second stand for.

        Editors round them, up or down, to a tenth or a hundredth, and count 24 or 23.976 as normal speed: a simple
        ratio that could have been written so is taken.
        """
        value = Fraction(fps)
        digit = Fraction(1, 10 ** len(fps.partition(".")[2]))
        for rate in (self.rate, Fraction(round_half_up(self.rate))):
            simple = (value / rate).limit_denominator(_LARGEST_DENOMINATOR)
            if abs(simple * rate - value) < digit:
                return simple
        return value / self.rate


def clock_of(edits: EditList, rate: Fraction | None, notes: Notes) -> Clock:
    """How a list's timecodes are read.

    Args:
        edits: The list.
        rate: Its frames per second; None: guessed from its highest frame number, with a note.
        notes: Takes the note.

    Raises:
        ValueError: It is drop-frame, and the rate has no such timecode.
    """
    marked = any(";" in text for text in _times(edits))
    # ";" in the record times says it for the timeline; ":" there and ";" in sources is a non-drop timeline.
    record = [text for event in edits.events for edit in event.edits for text in edit.times[2:]]
    drop = any(";" in text for text in record) if marked else bool(edits.drop_frame)
    any_drop = marked or drop or any(edit.drop_frame for event in edits.events for edit in event.edits)
    if rate is None:
        rate = _guessed(edits, any_drop)
        notes.add(
            f"an EDL does not say its frame rate; {float(rate):.6g} is taken from its highest frame number, give "
            "another with --rate if that is wrong"
        )
    if any_drop and rate not in (Fraction(30000, 1001), Fraction(60000, 1001)):
        raise ValueError(
            f"is drop-frame, which exists at 29.97 and 59.94 frames per second only, not at {float(rate):.6g}; "
            "give the rate that it was exported at with --rate"
        )
    return Clock(rate, marked, drop)


def _times(edits: EditList) -> Iterator[str]:
    for event in edits.events:
        for edit in event.edits:
            yield from edit.times


def _guessed(edits: EditList, drop_frame: bool) -> Fraction:
    highest = max((int(re.split("[:;.,]", text)[-1]) for text in _times(edits)), default=0)
    if drop_frame:
        return Fraction(60000, 1001) if highest >= 30 else Fraction(30000, 1001)
    return next((rate for limit, rate in _GUESSES if highest < limit), Fraction(60))
