"""What is placed on a timeline, flat: the one thing that every writer of another format reads.

Nested sequences are laid out on lanes of their own, labels are turned into the file's own clock, and what cannot be
placed (titles, generators) is gone. Times are exact seconds; record times count from the timeline's first frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from twopop_actions.changes import GainKey
from twopop_actions.timeline import Timebase, TrackKind
from twopop_otio.exports.media import Media


@dataclass(frozen=True)
class Take:
    """Media that a clip could play instead.

    Attributes:
        name: Its key.
        media: The file.
        source_start: Where it would begin, in seconds on the file's clock.
    """

    name: str
    media: Media
    source_start: Fraction


@dataclass(frozen=True)
class Mark:
    """A marker.

    Attributes:
        record: Where it stands, in seconds of record time.
        duration: Its length, in seconds.
        name: What it says.
        comment: More of it.
        colour: OTIO's name of its colour; empty when it has none.
        clip: Name of the clip that it lies on; empty for a marker of a track or of the timeline.
        track: Name of the track; empty for a marker of the timeline.
    """

    record: Fraction
    duration: Fraction
    name: str
    comment: str = ""
    colour: str = ""
    clip: str = ""
    track: str = ""


@dataclass(frozen=True)
class Event:
    """One clip.

    Attributes:
        name: The clip's name.
        media: What it plays.
        source_start: The earliest moment of the file that it plays, in seconds on the file's clock.
        record_start: Where it begins, in seconds of record time.
        record_duration: Its length on the timeline, in seconds.
        speed: Media seconds for each record second; negative: the stretch is played from its end.
        timing: "ramp" and "freeze" stand for what is played at normal speed here because no constant speed says it.
        enabled: Whether it plays.
        channels: Which of the file's channels play, from 0; empty: all.
        gain_db: Constant gain; None: silence.
        gain_keys: A curve instead of `gain_db`; empty: none.
        marks: Its markers.
        link: The group of linked clips; None for none.
        takes: Media that it could play instead.
    """

    name: str
    media: Media
    source_start: Fraction
    record_start: Fraction
    record_duration: Fraction
    speed: Fraction = Fraction(1)
    timing: Literal["constant", "ramp", "freeze"] = "constant"
    enabled: bool = True
    channels: tuple[int, ...] = ()
    gain_db: float | None = 0.0
    gain_keys: tuple[GainKey, ...] = ()
    marks: tuple[Mark, ...] = ()
    link: str | None = None
    takes: tuple[Take, ...] = ()

    @property
    def record_end(self) -> Fraction:
        """Where it ends, in seconds of record time."""
        return self.record_start + self.record_duration

    @property
    def source_duration(self) -> Fraction:
        """How much of the file it plays, in seconds."""
        return self.record_duration * abs(self.speed)

    @property
    def source_end(self) -> Fraction:
        """The latest moment of the file that it plays, in seconds on the file's clock."""
        return self.source_start + self.source_duration

    @property
    def retimed(self) -> bool:
        """Whether it plays at another speed than it was recorded."""
        return self.speed != 1

    def headless(self, amount: Fraction) -> Event:
        """The event without its first seconds of record time; a negative amount makes it begin earlier."""
        skipped = amount * self.speed if self.speed > 0 else Fraction(0)
        return replace(
            self,
            source_start=self.source_start + skipped,
            record_start=self.record_start + amount,
            record_duration=self.record_duration - amount,
            gain_keys=tuple(replace(key, at=key.at - amount) for key in self.gain_keys),
        )


@dataclass(frozen=True)
class Dissolve:
    """A fade from one clip to the next, or from or to nothing.

    Attributes:
        cut: Where the clips meet, in seconds of record time.
        before: How long before the cut it begins, in seconds.
        after: How long behind the cut it ends, in seconds.
        left: Index of the event that fades out; None: nothing does.
        right: Index of the event that fades in; None: nothing does.
        name: What the timeline calls it.
    """

    cut: Fraction
    before: Fraction
    after: Fraction
    left: int | None
    right: int | None
    name: str

    @property
    def start(self) -> Fraction:
        """Where it begins, in seconds of record time."""
        return self.cut - self.before

    @property
    def end(self) -> Fraction:
        """Where it ends, in seconds of record time."""
        return self.cut + self.after


@dataclass(frozen=True)
class Lane:
    """One track of the flat timeline; its events do not overlap.

    Attributes:
        name: Its name.
        kind: What it carries.
        enabled: Whether it plays.
        events: By time.
        dissolves: By time.
        marks: Markers of the track itself.
    """

    name: str
    kind: TrackKind
    enabled: bool
    events: tuple[Event, ...]
    dissolves: tuple[Dissolve, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Cut:
    """A whole timeline.

    Attributes:
        name: Its name.
        timebase: Its frames and timecode.
        duration: Its length, in seconds.
        lanes: From the bottom to the top, in the order of the timeline.
        marks: Markers of the timeline itself.
        size: Width and height of the picture, in pixels; None when the timeline does not say.
    """

    name: str
    timebase: Timebase
    duration: Fraction
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...] = ()
    size: tuple[int, int] | None = None

    def lanes_of(self, kind: TrackKind) -> tuple[Lane, ...]:
        """The lanes that carry picture, or sound."""
        return tuple(lane for lane in self.lanes if lane.kind == kind)

    def all_marks(self) -> tuple[Mark, ...]:
        """All markers by time."""
        on_lanes = (mark for lane in self.lanes for mark in lane.marks)
        on_events = (mark for lane in self.lanes for event in lane.events for mark in event.marks)
        return tuple(sorted((*self.marks, *on_lanes, *on_events), key=lambda mark: mark.record))
