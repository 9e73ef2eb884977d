"""FCPXML 1.10, which Final Cut Pro, Resolve and others open.

Written after Apple's FCPXML reference and its DTD. Times are rational seconds, on the timeline multiples of the frame's
duration. The first track of picture is the primary storyline; all else is connected to it on lanes above and below,
sound one lane a track, or two where it crossfades. Picture and sound that are linked and cut alike are one clip.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from twopop.timing import round_half_up
from twopop_actions.timeline import TrackKind
from twopop_otio.exports.cut import Cut, Mark
from twopop_otio.exports.fcpxml_assets import Assets, rational
from twopop_otio.exports.fcpxml_clip import Anchor, add_channels, add_timing, add_volume
from twopop_otio.exports.format import Feature
from twopop_otio.exports.losses import Ledger
from twopop_otio.exports.markup import child, document, node
from twopop_otio.exports.strip import Cross, Grid, Play, Strip

CARRIES: frozenset[Feature] = frozenset(
    {
        "channels", "disabled", "dissolves", "gain", "gain_keys", "links", "markers", "media_rate", "retimes",
        "reverse", "start_timecode",
    }
)  # fmt: skip


def write_fcpxml(cut: Cut, ledger: Ledger) -> Mapping[str, bytes]:
    """The project file of a cut."""
    if cut.size is None:
        ledger.add("picture_size", "format of the sequence")
    return {"": document(_Project(cut, ledger).build(), "fcpxml")}


@dataclass
class _Project:
    """The file as it grows."""

    cut: Cut
    ledger: Ledger
    root: Element = field(default_factory=lambda: node("fcpxml", {"version": "1.10"}))
    parents: list[Anchor] = field(default_factory=list)
    partners: dict[int, Play] = field(default_factory=dict)

    def build(self) -> Element:
        """The whole document."""
        self.assets = Assets.of(self.cut, child(self.root, "resources"))
        grid = Grid(self.cut.timebase.rate, self.cut.timebase, self.ledger)
        strips = {kind: [grid.strip(lane, keep_disabled=True) for lane in self.cut.lanes_of(kind)] for kind in _KINDS}
        alone = self._pair(strips["video"], strips["audio"])
        self._primary(self._spine(), strips["video"][0] if strips["video"] else None)
        for lane, strip in enumerate(strips["video"][1:], 1):
            self._picture_lane(lane, strip)
        lane = 0
        for strip in strips["audio"]:
            lane = self._sound_lane(lane, strip, alone)
        for mark in (*self.cut.marks, *(mark for lane_ in self.cut.lanes for mark in lane_.marks)):
            self._loose_mark(mark)
        for element in self.root.iter():
            if element.tag != "spine":
                element[:] = sorted(element, key=_order)
        return self.root

    def _spine(self) -> Element:
        base = self.cut.timebase
        event = child(self.root, "event", None, {"name": self.cut.name})
        project = child(event, "project", None, {"name": self.cut.name})
        attributes: dict[str, object] = {
            "format": self.assets.format(base.rate), "duration": self._time(self._length),
            "tcStart": self._time(self._first),
            "tcFormat": "DF" if base.drop_frame else "NDF", "audioLayout": "stereo", "audioRate": "48k",
        }  # fmt: skip
        return child(child(project, "sequence", None, attributes), "spine")

    @property
    def _first(self) -> int:
        """The label of the first frame; a sequence's storyline counts from it."""
        return round_half_up(self.cut.timebase.start * self.cut.timebase.rate)

    @property
    def _length(self) -> int:
        return max(1, round_half_up(self.cut.duration * self.cut.timebase.rate))

    def _pair(self, pictures: Sequence[Strip], sounds: Sequence[Strip]) -> set[int]:
        """Finds the sound that rides on a clip of picture; the answer is the sound that does not."""
        free: dict[object, Play] = {}
        faded = {id(strip.plays[i]) for strip in sounds for cross in strip.crosses for i in _sides(cross)}
        alone = {id(play) for strip in sounds for play in strip.plays}
        for strip in sounds:
            for play in strip.plays:
                if play.event.link is not None and id(play) not in faded and strip.lane.enabled:
                    free.setdefault(_likeness(play), play)
        for strip in pictures:
            for index, play in enumerate(strip.plays):
                partner = free.pop(_likeness(play), None) if strip.head(index) is strip.tail(index) is None else None
                if partner is not None and strip.lane.enabled:
                    self.partners[id(play)] = partner
                    alone.discard(id(partner))
        for play in (play for strip in (*pictures, *sounds) for play in strip.plays):
            if play.event.link is not None and id(play) not in self.partners and id(play) in alone:
                self.ledger.add("links", f"{play.event.name} at {self.cut.timebase.timecode(play.event.record_start)}")
        return alone

    def _primary(self, spine: Element, strip: Strip | None) -> None:
        self._storyline(spine, strip, (0, self._length), -self._first, self.parents)

    def _storyline(
        self, spine: Element, strip: Strip | None, span: tuple[int, int], first: int, parents: list[Anchor]
    ) -> None:
        """Clips, gaps and transitions of a span of record positions; a transition stands between its clips.

        Offsets count from the record position `first`.
        """
        crosses = list(strip.crosses) if strip else []
        position, end = span
        for play in strip.plays if strip else ():
            if play.start > position:
                self._transitions(spine, crosses, position, first)
                parents.append(self._gap(spine, position, play.start, first))
            self._transitions(spine, crosses, play.start, first)
            parents.append(self._clip(spine, "video", play, play.start, play.end, play.start - first, strip))
            position = play.end
        self._transitions(spine, crosses, position, first)
        if end > position:
            parents.append(self._gap(spine, position, end, first))

    def _transitions(self, spine: Element, crosses: list[Cross], cut: int, first: int) -> None:
        """The transition at a cut, if there is one."""
        while crosses and crosses[0].cut <= cut:
            cross = crosses.pop(0)
            at: dict[str, object] = {"name": cross.name or "Cross Dissolve", "offset": self._time(cross.start - first)}
            child(spine, "transition", None, at | {"duration": self._time(cross.length)})

    def _gap(self, spine: Element, start: int, end: int, first: int) -> Anchor:
        at = {"name": "Gap", "offset": self._time(start - first), "start": "0s", "duration": self._time(end - start)}
        return Anchor(child(spine, "gap", None, dict(at)), start, Fraction(0))

    def _picture_lane(self, lane: int, strip: Strip) -> None:
        if not strip.crosses:
            for play in strip.plays:
                self._connected(lane, "video", play, play.start, play.end, strip)
            return
        first = min(strip.plays[0].start, strip.crosses[0].start)
        end = max(strip.plays[-1].end, strip.crosses[-1].end)
        parent = self._parent(first)
        spine = child(parent.element, "spine", None, {"lane": lane, "offset": self._offset(parent, first)})
        self._storyline(spine, strip, (first, end), first, [])

    def _sound_lane(self, lane: int, strip: Strip, alone: set[int]) -> int:
        """Connects a track of sound below lane -`lane`; the answer is the lowest lane that it took."""
        step = 2 if any(None not in (cross.left, cross.right) for cross in strip.crosses) else 1
        for index, play in enumerate(strip.plays):
            if id(play) not in alone:
                continue
            head, tail = strip.head(index), strip.tail(index)
            start, end = head.start if head else play.start, tail.end if tail else play.end
            clip = self._connected(-(lane + 1 + index % step), "audio", play, start, end, strip)
            if clip is not None:
                add_volume(clip, play, start, (head, tail), self.cut.timebase.rate)
        return lane + step

    def _connected(self, lane: int, kind: TrackKind, play: Play, start: int, end: int, strip: Strip) -> Anchor | None:
        if play.event.media.path is None:
            self._note_missing(play)
            return None
        parent = self._parent(start)
        made = self._clip(parent.element, kind, play, start, end, 0, strip)
        made.element.set("offset", self._offset(parent, start))
        made.element.set("lane", str(lane))
        return made

    def _clip(
        self, into: Element, kind: TrackKind, play: Play, start: int, end: int, offset: int, strip: Strip | None
    ) -> Anchor:
        """A clip; where it has no file, a gap."""
        event = play.event
        if event.media.path is None:
            self._note_missing(play)
            gap = child(into, "gap", None, {"name": event.name, "offset": self._time(offset), "start": "0s"})
            gap.set("duration", self._time(end - start))
            return Anchor(gap, start, Fraction(0))
        local = self._local(play, start)
        attributes: dict[str, object] = {
            "ref": self.assets.asset(event.media), "name": event.name, "offset": self._time(offset),
            "start": rational(local), "duration": self._time(end - start),
        }  # fmt: skip
        if not event.enabled or (strip and not strip.lane.enabled):
            attributes["enabled"] = 0
        partner = self.partners.get(id(play))
        still = event.media.is_still
        if not still:
            attributes["tcFormat"] = "DF" if self.cut.timebase.drop_frame else "NDF"
            attributes |= {"audioRole": "dialogue"} if kind == "audio" or partner else {}
            attributes |= {} if partner else {"srcEnable": kind}
        made = Anchor(child(into, "video" if still else "asset-clip", None, attributes), start, local)
        add_timing(made, play, start, end, self.assets)
        if partner:
            add_volume(made, partner, start, (None, None), self.cut.timebase.rate)
        add_channels(made.element, play if kind == "audio" else partner)
        for mark in (*event.marks, *(partner.event.marks if partner else ())):
            self._mark(made, mark)
        return made

    def _note_missing(self, play: Play) -> None:
        self.ledger.add("no_media", f"{play.event.name} at {self.cut.timebase.timecode(play.event.record_start)}")

    def _local(self, play: Play, start: int) -> Fraction:
        """A clip's own time at a record position: the file's label, or any time where a time map says the label."""
        rate = self.cut.timebase.rate
        if play.event.media.is_still:
            return Fraction(0)
        return self.assets.start(play.event.media) + Fraction(play.source + start - play.start) / rate

    def _mark(self, parent: Anchor, mark: Mark) -> None:
        rate = self.cut.timebase.rate
        frame, length = round_half_up(mark.record * rate), max(1, round_half_up(mark.duration * rate))
        attributes: dict[str, object] = {
            "start": rational(parent.local + Fraction(frame - parent.start) / rate), "duration": self._time(length),
            "value": mark.name or "marker",
        }  # fmt: skip
        child(parent.element, "marker", None, attributes | ({"note": mark.comment} if mark.comment else {}))

    def _loose_mark(self, mark: Mark) -> None:
        self._mark(self._parent(round_half_up(mark.record * self.cut.timebase.rate)), mark)

    def _parent(self, position: int) -> Anchor:
        """The item of the primary storyline that shows at a record position."""
        index = bisect_right([parent.start for parent in self.parents], position) - 1
        return self.parents[max(index, 0)]

    def _offset(self, parent: Anchor, position: int) -> str:
        return rational(parent.local + Fraction(position - parent.start) / self.cut.timebase.rate)

    def _time(self, frames: int) -> str:
        return rational(Fraction(frames) / self.cut.timebase.rate)


_KINDS: tuple[TrackKind, ...] = ("video", "audio")
_ORDER = (
    "conform-rate", "timeMap", "adjust-volume", "gap", "asset-clip", "video", "spine", "marker", "audio-channel-source",
)  # fmt: skip


def _order(element: Element) -> int:
    """What the DTD wants first within a clip."""
    return _ORDER.index(element.tag) if element.tag in _ORDER else -1


def _sides(cross: Cross) -> Iterator[int]:
    return (index for index in (cross.left, cross.right) if index is not None)


def _likeness(play: Play) -> object:
    """What picture and sound have in common when they are one clip."""
    event = play.event
    return event.media.path, play.start, play.end, play.source, event.speed, event.link, event.enabled
