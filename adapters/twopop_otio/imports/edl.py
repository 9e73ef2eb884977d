"""CMX3600 edit decision lists as OTIO.

An event's record times place it, its source times are the media's own timecode. The list says neither where the
timeline begins nor how fast it runs: it begins at the whole hour when the first event lies at most five minutes behind
it, else with the first event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from twopop_otio.imports import lay, nodes
from twopop_otio.imports.edl_lines import Edit, EditList, Event
from twopop_otio.imports.edl_media import markers_of, media_of
from twopop_otio.imports.edl_rate import Clock, clock_of
from twopop_otio.imports.imported import Notes
from twopop_otio.lanes import gap_node
from twopop_otio.times import Node

_LEAD_S = 300
_CHANNEL = r"NONE|AA(?!\d)|A\d*|V\d*|B"
_BLACK = {"BL", "BLK", "BLACK"}


@dataclass(frozen=True)
class _Times:
    """Source and record times of an edit, in frames since midnight."""

    source_in: int
    source_out: int
    record_in: int
    record_out: int


@dataclass
class _Tracks:
    """What lies on each track, by name ("V", "A1")."""

    pieces: dict[str, list[lay.Piece]] = field(default_factory=dict)
    dissolves: dict[str, list[lay.Dissolve]] = field(default_factory=dict)


def timeline_of(edits: EditList, rate: Fraction | None, notes: Notes) -> Node:
    """A list as a timeline.

    Args:
        edits: The list.
        rate: Its frames per second; None: guessed, with a note.
        notes: Takes what is lost.

    Returns:
        The Timeline object.

    Raises:
        ValueError: It has no event, or a timecode that its rate does not have; the message names the line.
    """
    if not edits.events:
        raise ValueError("holds no event")
    clock = clock_of(edits, rate, notes)
    placed = list(_placed(edits, clock))
    start = _start(min(times.record_in for _, _, times in placed), clock)
    tracks = _Tracks()
    for event, edit, times in placed:
        _Event(event, edit, times, _link(event, edit), clock, notes).lay(tracks, start, edits.reels)
    found = [node for name in sorted(tracks.pieces, key=_order) for node in _track(name, tracks, clock, notes)]
    return nodes.timeline(edits.title, Fraction(start) / clock.rate, clock.rate, found, drop_frame=clock.drop_frame)


def tracks_of(channels: str) -> list[str]:
    """Names of the tracks that a channel field stands for: "AA/V" is V, A1 and A2.

    Raises:
        ValueError: It stands for none.
    """
    if not re.fullmatch(rf"(?:{_CHANNEL}|/)+", channels):
        raise ValueError(f"{channels!r} names no channel: V, A, A2, AA, B, AA/V and their like were expected")
    names: list[str] = []
    for part in re.findall(_CHANNEL, channels):
        names += {"A": ["A1"], "AA": ["A1", "A2"], "B": ["V", "A1"], "NONE": [], "V1": ["V"]}.get(part, [part])
    return names


def _placed(edits: EditList, clock: Clock) -> Iterator[tuple[Event, Edit, _Times]]:
    """Every edit with its times; record times that go past midnight count on."""
    last = 0
    for event in edits.events:
        for edit in event.edits:
            try:
                frames = [clock.frame(text, edit.drop_frame) for text in edit.times[:2]]
                record = [clock.frame(text, edits.drop_frame) for text in edit.times[2:]]
            except ValueError as problem:
                raise ValueError(
                    f"line {edit.line}: {problem}; give the rate that the list was exported at with --rate"
                ) from problem
            record_in = _past_midnight(record[0], last, clock.day)
            record_out = _past_midnight(record[1], record_in, clock.day)
            source_out = _past_midnight(frames[1], frames[0], clock.day)
            last = record_in
            yield event, edit, _Times(frames[0], source_out, record_in, record_out)


def _past_midnight(frame: int, before: int, day: int) -> int:
    """A frame counted on from a day before, when it otherwise lay more than twelve hours back."""
    while before - frame > day // 2:
        frame += day
    return frame


def _start(first: int, clock: Clock) -> int:
    hour = max(label for label in map(clock.hour, range(24)) if label <= first)
    return hour if first - hour <= _LEAD_S * clock.rate else first


def _order(name: str) -> tuple[bool, int]:
    return name[0] != "V", int(name[1:] or 1)


def _link(event: Event, edit: Edit) -> str | None:
    """The link group of an event that carries picture and sound, in one line or in several."""
    same = [other for other in event.edits if (other.times, other.reel) == (edit.times, edit.reel)]
    kinds = {name[0] for other in same for name in [*tracks_of(other.channels), *event.channels]}
    return str(same[0].line) if len(kinds) > 1 else None


def _track(name: str, tracks: _Tracks, clock: Clock, notes: Notes) -> Iterator[Node]:
    kind = "Video" if name[0] == "V" else "Audio"
    shown = "V1" if name == "V" else name
    for index, pieces in enumerate(lay.spread(tracks.pieces[name])):
        if index:
            notes.add("events overlap; the later one lies on a track of its own", f"track {shown}")
        label = shown if index == 0 else f"{shown} overlap {index}"
        cuts = tracks.dissolves.get(name, ()) if index == 0 else ()
        yield nodes.track(label, kind, lay.children(pieces, clock.rate, cuts))


@dataclass(frozen=True)
class _Event:
    """One edit about to be laid on its tracks."""

    event: Event
    edit: Edit
    times: _Times
    link: str | None
    clock: Clock
    notes: Notes

    @property
    def place(self) -> str:
        return f"event {self.edit.number}"

    def lay(self, tracks: _Tracks, start: int, reels: dict[str, str]) -> None:
        """Puts the edit on each of its tracks."""
        rate, times = self.clock.rate, self.times
        names = list(dict.fromkeys([*tracks_of(self.edit.channels), *self.event.channels]))
        self._note(names)
        if times.record_out < times.record_in:
            raise ValueError(f"line {self.edit.line}: the event ends before it begins")
        at, duration = Fraction(times.record_in - start) / rate, Fraction(times.record_out - times.record_in) / rate
        for name in names:
            if self.edit.kind != "C" and self.edit.length and self.edit.kind[0] in "DW":
                cut = lay.Dissolve(at, Fraction(0), self.edit.length / rate, self.edit.kind)
                tracks.dissolves.setdefault(name, []).append(cut)
            pieces = tracks.pieces.setdefault(name, [])
            if duration:
                black = self.edit.reel.upper() in _BLACK
                node = gap_node(nodes.moment(duration, rate)) if black else self._clip(name, duration, reels)
                pieces.append(lay.Piece(at, duration, node))

    def _clip(self, track: str, duration: Fraction, reels: dict[str, str]) -> Node:
        speed = self._speed()
        first = self.times.source_in if speed >= 0 else self._high
        name, media, facts = media_of(self.event, self.edit, reels)
        marks = (
            markers_of(self.event, self._label_at, self.clock, self.notes) if track[0] == "V" or not self.link else ()
        )
        channel = int(track[1:]) - 1 if track[0] == "A" else None
        return nodes.clip(
            name, (Fraction(first) / self.clock.rate, duration), self.clock.rate, media, speed=speed,
            metadata=nodes.known(event=self.edit.number, link=self.link, channel=channel, **facts), markers=marks,
        )  # fmt: skip

    def _speed(self) -> Fraction:
        if self.edit.motion is not None:
            return self.clock.speed(self.edit.motion[0])
        source, record = self.times.source_out - self.times.source_in, self.times.record_out - self.times.record_in
        if source != record:
            self.notes.add(
                "source and record lengths differ and no M2 line says a speed; it plays at normal speed for its record "
                "length", self.place,
            )  # fmt: skip
        return Fraction(1)

    def _label_at(self, record: int) -> Fraction:
        """The media's label at a record frame, in seconds."""
        speed = self._speed()
        first = self.times.source_in if speed >= 0 else self._high - 1
        return (first + (record - self.times.record_in) * speed) / self.clock.rate

    @property
    def _high(self) -> int:
        """The source frame behind the last one that it plays, from which it runs backwards."""
        return max(self.times.source_in + 1, self.times.source_out)

    def _note(self, names: list[str]) -> None:
        if not names:
            self.notes.add("it names no channel and was left out", self.place)
        if self.edit.kind[0] == "W":
            self.notes.add(f"the wipe {self.edit.kind} is read as a dissolve", self.place)
        if self.edit.kind[0] == "K":
            self.notes.add("a key is read as a cut", self.place)
        if self.times.record_in == self.times.record_out and len(self.event.edits) == 1:
            self.notes.add("it has no length and was left out", self.place)
        if self.event.unread:
            self.notes.add("its comments other than names, files, speeds and markers are not carried", self.place)
