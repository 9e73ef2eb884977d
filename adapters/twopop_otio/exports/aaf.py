"""AAF with linked media: what Pro Tools, Media Composer and Resolve read.

Written after the AAF edit protocol with pyaaf2. The composition has a primary timecode track (physical track 1), tracks
of picture in frames and tracks of sound in samples at 48 kHz, one for each channel. Nothing is probed but the headers
of WAV files: what else the timeline does not say of a file is written as it commonly is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aaf2

from twopop.timing import round_half_up
from twopop_actions.timeline import TrackKind
from twopop_otio.exports.aaf_media import AafMedia, aaf_id, edit_rate
from twopop_otio.exports.cut import Cut, Lane, Mark
from twopop_otio.exports.format import Feature
from twopop_otio.exports.losses import Ledger
from twopop_otio.exports.markup import clean
from twopop_otio.exports.strip import AUDIO_RATE, Cross, Grid, Play, Strip
from twopop_otio.exports.voices import Voices

CARRIES: frozenset[Feature] = frozenset({"channels", "dissolves", "markers", "start_timecode", "track_names"})

_DISSOLVES: dict[TrackKind, tuple[str, str]] = {
    "video": ("0c3bea40-fc05-11d2-8a29-0050040ef7d2", "Video Dissolve"),
    "audio": ("0c3bea41-fc05-11d2-8a29-0050040ef7d2", "Mono Audio Dissolve"),
}


def write_aaf(cut: Cut, ledger: Ledger) -> Mapping[str, bytes]:
    """The composition of a cut."""
    if cut.size is None and cut.lanes_of("video"):
        ledger.add("picture_size", "picture descriptors")
    with TemporaryDirectory(prefix="twopop-") as folder:
        path = Path(folder) / "cut.aaf"
        with aaf2.open(str(path), "w") as file:
            _Composition(file, cut, ledger).build()
        return {"": path.read_bytes()}


@dataclass
class _Composition:
    """The top-level composition mob as it grows."""

    file: Any
    cut: Cut
    ledger: Ledger
    numbers: dict[TrackKind, int] = field(default_factory=dict)

    def build(self) -> None:
        """Fills the file."""
        self.voices = Voices(self.ledger)
        self.media = AafMedia(self.file, self.cut, self.voices)
        self.mob = self.file.create.CompositionMob(clean(self.cut.name))
        self.mob.usage = "Usage_TopLevel"
        self.file.content.mobs.append(self.mob)
        self._timecode()
        for lane in self.cut.lanes:
            self._lane(lane)
        self._marks()

    def _timecode(self) -> None:
        base = self.cut.timebase
        slot = self.mob.create_timeline_slot(edit_rate(base.rate))
        slot.name = "TC1"
        slot["PhysicalTrackNumber"].value = 1
        length = max(1, round_half_up(self.cut.duration * base.rate))
        slot.segment = self.file.create.Timecode(round_half_up(base.rate), drop=base.drop_frame, length=length)
        slot.segment.start = round_half_up(base.start * base.rate)

    def _lane(self, lane: Lane) -> None:
        """A track; of sound with several channels, one track for each."""
        rate = self.cut.timebase.rate if lane.kind == "video" else AUDIO_RATE
        untimed = tuple(replace(event, speed=Fraction(1)) for event in lane.events)
        grid = Grid(rate, self.cut.timebase, self.ledger)
        strip = grid.strip(replace(lane, events=untimed), keep_disabled=False)
        if not lane.enabled:
            self.ledger.add("disabled_tracks", lane.name or lane.kind)
        voices = self.voices.of_strip(strip)
        for voice in range(max((len(channels) for channels in voices), default=1)):
            number = self.numbers[lane.kind] = self.numbers.get(lane.kind, 0) + 1
            slot = self.mob.create_timeline_slot(edit_rate(rate))
            slot.name = clean(f"{lane.name} {voice + 1}" if voice else lane.name)
            slot["PhysicalTrackNumber"].value = number
            slot.segment = self._sequence(strip, voices, voice, rate)

    def _sequence(self, strip: Strip, voices: list[tuple[int, ...]], voice: int, rate: Fraction) -> Any:
        kind = "picture" if strip.lane.kind == "video" else "sound"
        sequence = self.file.create.Sequence(media_kind=kind)
        position = 0
        for index, play in enumerate(strip.plays):
            if voice >= len(voices[index]):
                continue
            head, tail = self._cross(strip.head(index), voices, voice), self._cross(strip.tail(index), voices, voice)
            start, end = head.start if head else play.start, tail.end if tail and tail.right is not None else play.end
            if head is not None and head.left is None:
                sequence.components.append(self._filler(kind, head.end - position))
            elif start > position:
                sequence.components.append(self._filler(kind, start - position))
            if head is not None:
                sequence.components.append(self._transition(strip.lane.kind, head))
            sequence.components.append(self._clip(strip.lane.kind, play, start, end, voices[index][voice]))
            position = end
            if tail is not None and tail.right is None:
                sequence.components.append(self._transition(strip.lane.kind, tail))
                sequence.components.append(self._filler(kind, tail.length))
        total = max(position, round_half_up(self.cut.duration * rate))
        if total > position:
            sequence.components.append(self._filler(kind, total - position))
        sequence.length = total
        return sequence

    def _cross(self, cross: Cross | None, voices: list[tuple[int, ...]], voice: int) -> Cross | None:
        """A dissolve, when both of its clips have this channel."""
        sides = (cross.left, cross.right) if cross else ()
        return cross if cross and all(side is None or voice < len(voices[side]) for side in sides) else None

    def _filler(self, kind: str, length: int) -> Any:
        return self.file.create.Filler(kind, length)

    def _clip(self, kind: TrackKind, play: Play, start: int, end: int, channel: int) -> Any:
        event = play.event
        slot = self.media.slot(event.media, kind, channel)
        first = 0 if event.media.is_still else play.source + start - play.start
        clip = self.file.create.SourceClip(first, end - start, self.media.master(event.media).mob_id, slot.slot_id)
        clip.media_kind = "picture" if kind == "video" else "sound"
        return clip

    def _transition(self, kind: TrackKind, cross: Cross) -> Any:
        media_kind = "picture" if kind == "video" else "sound"
        identity, name = _DISSOLVES[kind]
        operation = self.file.create.OperationDef(aaf_id(identity), name)
        operation.media_kind = media_kind
        operation["NumberInputs"].value = 2
        operation["IsTimeWarp"].value = False
        self.file.dictionary.register_def(operation)
        transition = self.file.create.Transition(media_kind, cross.length)
        group = self.file.create.OperationGroup(aaf_id(identity), cross.length, media_kind)
        transition["OperationGroup"].value = group
        transition["CutPoint"].value = cross.cut - cross.start
        return transition

    def _marks(self) -> None:
        """Markers on an event track of the composition, in frames."""
        marks = self.cut.all_marks()
        if not marks:
            return
        for mark in marks:
            if mark.clip:
                self.ledger.add("clip_markers", f"{mark.name or 'marker'} on {mark.clip}")
        slot = self.file.create.EventMobSlot()
        slot["EditRate"].value = edit_rate(self.cut.timebase.rate)
        slot["SlotID"].value = max(other.slot_id for other in self.mob.slots) + 1
        sequence = self.file.create.Sequence("DescriptiveMetadata")
        sequence.components.extend([self._mark(mark) for mark in marks])
        slot.segment = sequence
        self.mob.slots.append(slot)

    def _mark(self, mark: Mark) -> Any:
        rate = self.cut.timebase.rate
        marker = self.file.create.DescriptiveMarker()
        marker.media_kind = "DescriptiveMetadata"
        marker["Position"].value = round_half_up(mark.record * rate)
        marker["Length"].value = max(1, round_half_up(mark.duration * rate))
        marker["Comment"].value = clean(": ".join(part for part in (mark.name, mark.comment) if part) or "marker")
        return marker
