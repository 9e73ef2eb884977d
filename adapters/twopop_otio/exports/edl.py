"""CMX 3600 edit decision lists, with reel names of up to 32 characters (File32).

Written after the CMX 3600 format as Avid and others use it: a list has one track of picture and four of sound, so each
further track of picture has a file of its own. A dissolve is an event that begins where the dissolve does, preceded by
an empty cut of the outgoing reel. Times are labels: the media's on the left, the timeline's on the right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from twopop.timing import Frames, Timecode, round_half_up
from twopop_otio.exports.cut import Cut, Lane, Mark
from twopop_otio.exports.format import Feature
from twopop_otio.exports.losses import Ledger
from twopop_otio.exports.media import Media
from twopop_otio.exports.strip import Cross, Grid, Play, Strip

CARRIES: frozenset[Feature] = frozenset({"dissolves", "links", "markers", "retimes", "reverse", "start_timecode"})

_SOUND_CHANNELS = ("A", "A2", "A3", "A4")
_TOGETHER = {("A",): "B", ("A2",): "A2/V", ("A", "A2"): "AA/V"}
_REEL_LENGTH = 32
_TITLE_LENGTH = 70
_COLOURS = ("RED", "GREEN", "BLUE", "CYAN", "MAGENTA", "YELLOW", "BLACK", "WHITE")


@dataclass(frozen=True)
class _Side:
    """A stretch of one reel: name of the reel, first and last label in frames."""

    reel: str
    start: int
    end: int


@dataclass(frozen=True)
class _Row:
    """One event of the list, before it has a number.

    Attributes:
        channel: "V", "A", "B", ...
        start: Record position of its first frame.
        end: Record position behind its last frame.
        side: What it plays.
        play: The clip; None for black.
        cross: The dissolve into it; None for a cut.
        outgoing: What the dissolve comes from.
    """

    channel: str
    start: int
    end: int
    side: _Side
    play: Play | None
    cross: Cross | None = None
    outgoing: tuple[_Side, Play | None] | None = None


def write_edl(cut: Cut, ledger: Ledger) -> Mapping[str, bytes]:
    """The lists of a cut: "" for the first track of picture, "_V2" for the second, ..."""
    lists = _Lists(cut, ledger)
    pictures, sounds = cut.lanes_of("video"), cut.lanes_of("audio")
    count = max(1, len(pictures), -(-len(sounds) // len(_SOUND_CHANNELS)))
    files = {}
    for number in range(count):
        lanes = [("V", lane) for lane in pictures[number : number + 1]]
        first = number * len(_SOUND_CHANNELS)
        lanes += list(zip(_SOUND_CHANNELS, sounds[first : first + len(_SOUND_CHANNELS)], strict=False))
        text = lists.text(lanes, with_timeline_marks=number == 0)
        if number and not any(event.enabled for _, lane in lanes for event in lane.events):
            continue  # what is switched off there has been noted
        if number:
            ledger.add("many_files", " and ".join(lane.name or channel for channel, lane in lanes))
        files["" if number == 0 else f"_V{number + 1}"] = text.encode()
    return files


@dataclass
class _Lists:
    """Makes the lists of one cut; reels are named once for all of them."""

    cut: Cut
    ledger: Ledger
    reels: dict[str, str] = field(default_factory=dict)

    def text(self, lanes: list[tuple[str, Lane]], *, with_timeline_marks: bool) -> str:
        """One list."""
        grid = Grid(self.cut.timebase.rate, self.cut.timebase, self.ledger)
        rows: list[_Row] = []
        for channel, lane in lanes:
            rows += self._rows(channel, grid.strip(lane, keep_disabled=False))
        rows = sorted(self._joined(rows), key=lambda row: (row.start, row.channel[0] != "V", row.channel))
        marks = [mark for _, lane in lanes for mark in lane.marks]
        marks += self.cut.marks if with_timeline_marks else ()
        drop = "DROP FRAME" if self.cut.timebase.drop_frame else "NON-DROP FRAME"
        lines = [f"TITLE: {self._comment(self.cut.name)[:_TITLE_LENGTH]}", f"FCM: {drop}", ""]
        loose = self._by_row(rows, marks)
        for number, row in enumerate(rows, 1):
            lines += self._event(number, row)
            lines += [self._locator(mark) for mark in (*(row.play.event.marks if row.play else ()), *loose[number - 1])]
        return "\n".join(lines) + "\n"

    def _rows(self, channel: str, strip: Strip) -> Iterator[_Row]:
        heads = {cross.right: cross for cross in strip.crosses if cross.right is not None}
        tails = {cross.left: cross for cross in strip.crosses if cross.left is not None}
        for index, play in enumerate(strip.plays):
            head, tail = heads.get(index), tails.get(index)
            start, end = head.start if head else play.start, tail.start if tail else play.end
            outgoing = self._outgoing(strip, head) if head else None
            if end > start:
                yield _Row(channel, start, end, self._side(play, start, end), play, head, outgoing)
            if tail and tail.right is None:
                black = _Side("BL", 0, tail.length)
                yield _Row(channel, tail.start, tail.end, black, None, tail, self._outgoing(strip, tail))

    def _outgoing(self, strip: Strip, cross: Cross) -> tuple[_Side, Play | None]:
        if cross.left is None:
            return _Side("BL", 0, 0), None
        play = strip.plays[cross.left]
        return self._side(play, cross.start, cross.start), play

    def _side(self, play: Play, start: int, end: int) -> _Side:
        """The labels that a play shows between two record positions."""
        event = play.event
        label = self._frames(event.media.label) + play.source
        lead, length = (round_half_up(count * abs(event.speed)) for count in (start - play.start, end - start))
        if event.speed < 0:
            lead = play.source_length - lead - length
        if event.media.is_still:
            lead = 0
        return _Side(self._reel(event.media), label + lead, label + lead + length)

    def _joined(self, rows: list[_Row]) -> Iterator[_Row]:
        """Picture and the sound that is cut with it from the same file become one event."""
        sounds: dict[tuple[_Side, int, int], list[_Row]] = {}
        for row in rows:
            if row.channel in ("A", "A2") and row.cross is None:
                sounds.setdefault((row.side, row.start, row.end), []).append(row)
        gone: set[int] = set()
        for row in rows:
            partners = sounds.get((row.side, row.start, row.end), []) if row.channel == "V" and not row.cross else []
            partners = [partner for partner in partners if _linked(row, partner)]
            together = _TOGETHER.get(tuple(partner.channel for partner in partners))
            if together:
                gone.update(id(partner) for partner in (row, *partners))
                yield _Row(together, row.start, row.end, row.side, row.play)
        for row in rows:
            if id(row) not in gone:
                if row.play and row.play.event.link is not None:
                    self.ledger.add("links", f"{row.play.event.name} at {self._record(row.start)}")
                yield row

    def _event(self, number: int, row: _Row) -> Iterator[str]:
        head = f"{number:03}  "
        tail = f"{self._record(row.start)} {self._record(row.end)}"
        if row.cross is None:
            yield f"{head}{row.side.reel:<32} {row.channel:<5} C        {self._labels(row.side)} {tail}"
        elif row.outgoing:
            at = self._record(row.start)
            out = row.outgoing[0]
            yield f"{head}{out.reel:<32} {row.channel:<5} C        {self._labels(out)} {at} {at}"
            how = f"{row.channel:<5} D    {row.cross.length:03}"
            yield f"{head}{row.side.reel:<32} {how} {self._labels(row.side)} {tail}"
        yield from self._comments(row)

    def _comments(self, row: _Row) -> Iterator[str]:
        left = row.outgoing[1] if row.outgoing else None
        for play, words in ((left, "FROM"), (row.play, "TO" if row.cross else "FROM")):
            if play is not None:
                yield f"* {words} CLIP NAME: {self._comment(play.event.name)}"
        if row.play is None:
            return
        event = row.play.event
        if event.media.path:
            yield f"* SOURCE FILE: {self._comment(event.media.path)}"
        if event.speed != 1:
            speed = event.speed * self.cut.timebase.rate
            if (speed * 100).denominator != 1:
                self.ledger.add("speed_rounded", f"{event.name} at {self._record(row.start)}")
            yield f"M2   {row.side.reel:<32} {float(speed):06.2f}   {self._timecode(row.side.start)}"

    def _by_row(self, rows: list[_Row], marks: list[Mark]) -> list[list[Mark]]:
        """Markers of tracks and of the timeline, each under the last event that began before it."""
        grouped: list[list[Mark]] = [[] for _ in rows]
        for mark in marks:
            frame = self._frames(mark.record)
            before = [number for number, row in enumerate(rows) if row.start <= frame]
            if rows:
                grouped[before[-1] if before else 0].append(mark)
            else:
                self.ledger.add("markers", f"{mark.name or 'marker'}: the list has no event to carry it")
        return grouped

    def _locator(self, mark: Mark) -> str:
        colour = mark.colour if mark.colour in _COLOURS else "RED"
        text = self._comment(": ".join(part for part in (mark.name, mark.comment) if part))
        return f"* LOC: {self._record(self._frames(mark.record))} {colour:<7} {text}".rstrip()

    def _reel(self, media: Media) -> str:
        """A reel's name: the file's, in the characters and the length that lists have; no two files share one."""
        key = media.path or media.name
        if key not in self.reels:
            wanted = media.stem or "AX"
            name = base = re.sub(r"[^A-Za-z0-9_.-]", "_", wanted)[:_REEL_LENGTH]
            taken, number = set(self.reels.values()) | {"BL", "BLACK", "BARS"}, 1
            while name in taken:
                number += 1
                name = f"{base[: _REEL_LENGTH - len(str(number)) - 1]}_{number}"
            if name != wanted:
                self.ledger.add("names", f"reel {wanted} is {name}")
            self.reels[key] = name
        return self.reels[key]

    def _comment(self, text: str) -> str:
        return " ".join(text.encode("utf-8", "replace").decode().split())

    def _frames(self, time_s: Fraction) -> int:
        return round_half_up(time_s * self.cut.timebase.rate)

    def _record(self, position: int) -> str:
        return self._timecode(self._frames(self.cut.timebase.start) + position)

    def _labels(self, side: _Side) -> str:
        return f"{self._timecode(side.start)} {self._timecode(side.end)}"

    def _timecode(self, frame: int) -> str:
        return str(Timecode(Frames(frame), self.cut.timebase.rate, self.cut.timebase.drop_frame))


def _linked(row: _Row, other: _Row) -> bool:
    one, two = row.play, other.play
    return (
        one is not None and two is not None and one.event.speed == two.event.speed and one.event.link == two.event.link
    )
