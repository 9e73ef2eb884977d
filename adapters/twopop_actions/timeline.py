"""What a host read: its timeline as plain data, times exact.

Record times count from the timeline's first frame (zero), in seconds; `Timebase` turns them into timecode. Source times
stand in the media's own labels, as the editor wrote them: `twopop_actions.sync.clock` maps them to the file's clock
once the file has been probed. Our own earlier changes are taken back in what a clip says of itself (`digest`,
`enabled`, `gain`), so that a clip looks the same before and after a conform; what was added is told by `Clip.tag` and
`Timeline.applied`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from twopop.timing import Frames, Timecode, round_half_up

TrackKind = Literal["video", "audio"]

Scalar = str | int | float | bool | None
"""What a tag may hold."""


@dataclass(frozen=True)
class Timebase:
    """The frames and the timecode of a timeline.

    Attributes:
        rate: Frames per second, exact.
        start: Timecode of record time zero, in seconds since midnight at this rate.
        drop_frame: Whether labels are drop-frame.
    """

    rate: Fraction
    start: Fraction = Fraction(0)
    drop_frame: bool = False

    def timecode(self, record_s: Fraction) -> str:
        """The label of the frame that lies nearest to a record time."""
        frame = max(0, round_half_up((self.start + record_s) * self.rate))
        return str(Timecode(Frames(frame), self.rate, self.drop_frame))

    def floor(self, record_s: Fraction) -> Fraction:
        """The last frame boundary at or before a record time."""
        return Fraction(math.floor(record_s * self.rate)) / self.rate

    def ceil(self, record_s: Fraction) -> Fraction:
        """The first frame boundary at or after a record time."""
        return Fraction(math.ceil(record_s * self.rate)) / self.rate


@dataclass(frozen=True)
class Target:
    """Where a change lands, and what stood there when it was planned.

    Attributes:
        track: Index of the top-level track.
        path: Index of the item in that track; for nested items one index more a level.
        name: The item's name.
        record_start: Where the item begins, in seconds of record time.
        record_duration: Its length on the timeline, in seconds.
        digest: SHA-256 of the item without anything of ours.
        id: The host's own name of the item, by which it is found wherever it went; empty where hosts have none.
    """

    track: int
    path: tuple[int, ...]
    name: str
    record_start: Fraction
    record_duration: Fraction
    digest: str
    id: str = ""

    def __str__(self) -> str:
        return f"{self.name or 'unnamed clip'!s} (track {self.track + 1}, item {self.path[0] + 1})"


@dataclass(frozen=True)
class ClipMedia:
    """The media that a clip names.

    Attributes:
        path: Absolute path, in the spelling of the machine that wrote it; None when the clip names no file.
        problem: Why the file cannot be opened here, in a few words; None when it may be.
        available_start: Label of the media's first frame as the editor wrote it, in seconds; None when not written.
        available_duration: Length of the media as the editor wrote it, in seconds; None when not written.
    """

    path: str | None
    problem: str | None = None
    available_start: Fraction | None = None
    available_duration: Fraction | None = None


@dataclass(frozen=True)
class Clip:
    """One clip that plays a stretch of media.

    Attributes:
        target: Its place, for changes.
        kind: Kind of the track that it lies on.
        media: Its media; None for titles, generators and image sequences.
        source_start: Label at its beginning, in seconds; played backwards, its media counts down from there.
        record_start: Where it begins, in seconds of record time.
        record_duration: Its length on the timeline, in seconds.
        speed: Media seconds for each record second; None for ramps and freezes.
        link: The host's name of the group of linked clips; None when the host has none.
        enabled: Whether it plays.
        gain: Where the host keeps its gain, in the host's own words; None when it has none.
        tag: What we wrote on it when it is a clip that we placed, else empty.
        slipped_s: By how much later we made its sound, in seconds; before that it began at `unslipped_start`.
    """

    target: Target
    kind: TrackKind
    media: ClipMedia | None
    source_start: Fraction
    record_start: Fraction
    record_duration: Fraction
    speed: Fraction | None = Fraction(1)
    link: str | None = None
    enabled: bool = True
    gain: str | None = None
    tag: Mapping[str, Scalar] = field(default_factory=dict)
    slipped_s: Fraction = Fraction(0)

    @property
    def unslipped_start(self) -> Fraction:
        """Label at its beginning without our slips, in seconds."""
        return self.source_start + self.slipped_s

    @property
    def name(self) -> str:
        """Its name."""
        return self.target.name

    @property
    def record_end(self) -> Fraction:
        """Where it ends, in seconds of record time."""
        return self.record_start + self.record_duration


@dataclass(frozen=True)
class Track:
    """One top-level track.

    Attributes:
        index: Its place among all tracks, from 0.
        name: Its name.
        kind: What it carries.
        made: Whether we made it.
        locked: Whether the user locked it: nothing on it is changed.
    """

    index: int
    name: str
    kind: TrackKind
    made: bool = False
    locked: bool = False


@dataclass(frozen=True)
class Timeline:
    """A timeline as it was read.

    Attributes:
        name: Its name; empty when it has none.
        source: Where it came from: the file's absolute path or the host's name of it.
        digest: SHA-256 of the whole.
        timebase: Its frames and timecode.
        tracks: Top-level tracks.
        clips: All clips, nested ones too, by track and time.
        applied: Ids of changes that are in it already.
    """

    name: str
    source: str
    digest: str
    timebase: Timebase
    tracks: tuple[Track, ...]
    clips: tuple[Clip, ...]
    applied: frozenset[str] = frozenset()
