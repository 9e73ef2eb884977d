"""The story elements of FCPXML: what each shows when, on which lane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from twopop_otio.imports import fcpxml_elements as elements
from twopop_otio.imports import lay, nodes
from twopop_otio.imports.fcpxml_elements import ITEMS, LEAVES, name_of
from twopop_otio.imports.fcpxml_lanes import Dissolves, Pieces, tracks
from twopop_otio.imports.fcpxml_resources import Asset, Resources, time_map, time_of
from twopop_otio.imports.imported import Notes
from twopop_otio.imports.markup import Element
from twopop_otio.imports.nest import nested
from twopop_otio.imports.view import FOREVER, View
from twopop_otio.times import Node

_ZERO = Fraction(0)
_DEEPEST = 50  # compound clips in compound clips


@dataclass(frozen=True)
class _Way:
    """How one comes to an element.

    Attributes:
        view: What shows of its parent.
        lane: The lane of its parent.
        enabled: Whether its parents play.
        heard: Whether its parents let its sound be heard.
        kinds: Which of "Video" and "Audio" its parents take of it.
        link: The group of the clip that holds it; None outside of such.
    """

    view: View
    lane: int = 0
    enabled: bool = True
    heard: bool = True
    kinds: frozenset[str] = frozenset(("Video", "Audio"))
    link: str | None = None


class Story:
    """Reads a sequence into pieces by kind and lane.

    Attributes:
        rate: The timeline's frames per second.
        markers: Those that stand on no clip.
    """

    def __init__(self, resources: Resources, rate: Fraction, notes: Notes, link: str = "", depth: int = 0) -> None:
        self.rate = rate
        self.markers: list[Node] = []
        self._pieces: Pieces = {}
        self._dissolves: Dissolves = {}
        self._resources, self._notes, self._link, self._depth = resources, notes, link, depth
        self._count = 0

    @property
    def tracks(self) -> list[Node]:
        """What was read, as tracks."""
        return tracks(self._pieces, self._dissolves, self.rate)

    def read(self, sequence: Element) -> None:
        """Reads a sequence; its record time zero is its first frame."""
        start = time_of(sequence.get("tcStart"), _ZERO)
        spine = sequence.find("spine")
        if spine is not None:
            self._line(spine, _Way(View(_ZERO, FOREVER, start)), start)

    def read_angle(self, angle: Element, start: Fraction, kinds: frozenset[str]) -> None:
        """Reads an angle of a multicam, whose time begins at `start`."""
        self._line(angle, _Way(View(_ZERO, FOREVER, start), kinds=kinds), start)

    def _line(self, spine: Element, way: _Way, start: Fraction) -> None:
        """Items one after the other, from `start` in the line's own time; those with an offset say it themselves."""
        position = start
        for child in spine:
            if child.tag == "transition":
                self._dissolve(child, way, position)
            elif child.tag in ITEMS:
                offset = time_of(child.get("offset"), position)
                self._item(child, way, offset)
                position = offset + self._duration(elements.picked(child))

    def _item(self, element: Element, way: _Way, offset: Fraction) -> None:
        """One element, at an offset in its parent's time."""
        way = replace(way, lane=way.lane + int(element.get("lane", "0")))
        if element.tag == "spine":
            self._line(element, replace(way, view=way.view.shifted(-offset)), _ZERO)
            return
        elements.note_losses(element, self._notes)
        element = elements.picked(element)
        start = self._start(element)
        local = way.view.shifted(start - offset)
        way = replace(way, view=local, enabled=way.enabled and element.get("enabled", "1") != "0")
        own = local.clipped(start, start + self._duration(element))
        inner = way
        if element.tag in ("clip", "sync-clip") and way.link is None:
            inner = replace(way, link=self._new_link())
        if own is not None:
            self._show(element, own, inner)
        if element.tag == "sync-clip":  # what is connected inside of it is part of it, and as long as it at most
            way = replace(inner, view=own) if own is not None else way
        self._connected(element, way)

    def _show(self, element: Element, own: View, way: _Way) -> None:
        """What an element itself shows, within its own length."""
        way = replace(way, kinds=way.kinds & elements.kinds_of(element))
        if element.tag in LEAVES:
            self._leaf(element, way, own)
        elif element.tag in ("clip", "sync-clip"):
            heard = way.heard and elements.is_heard(element, "storyline", self._notes)
            for view in own.mapped(time_map(element)):
                self._contents(element, replace(way, view=view, heard=heard))
        elif element.tag in ("mc-clip", "ref-clip"):
            for view in own.mapped(time_map(element)):
                self._nest(element, replace(way, view=view))
        elif element.tag == "gap":
            self.markers += self._marks(element, lambda start, _: own.record(start))

    def _contents(self, element: Element, way: _Way) -> None:
        for child in element:
            if child.tag in ITEMS and "lane" not in child.attrib:
                self._item(child, way, time_of(child.get("offset"), _ZERO))

    def _connected(self, element: Element, way: _Way) -> None:
        way = replace(way, heard=way.heard and elements.is_heard(element, "connected", self._notes))
        for child in element:
            if child.tag in ITEMS and "lane" in child.attrib:
                self._item(child, way, time_of(child.get("offset"), self._start(element)))

    def _leaf(self, element: Element, way: _Way, own: View) -> None:
        """A picture, its sound, or both: linked then."""
        asset = self._resources.asset(element.get("ref"))
        if asset is None:
            if "Video" in way.kinds:
                media = nodes.generator(element.tag, name_of(element))
                shown = own.at, own.high - own.low
                node = nodes.clip(name_of(element), shown, self.rate, media, enabled=way.enabled)
                self._put("Video", way.lane, own, node)
            return
        kinds = elements.kinds_in(asset, way.kinds)
        if len(kinds) > 1 and way.link is None:
            way = replace(way, link=self._new_link())
        marks = self._marks(element, lambda start, length: elements.label_at(element, start, length))
        for kind in sorted(kinds, reverse=True):
            stretch = own if kind == "Video" else self._sound_of(element, own, way)
            for view in stretch.mapped(time_map(element)) if stretch else ():
                self._place(kind, element, asset, view, way, marks)
                marks = []

    def _sound_of(self, element: Element, own: View, way: _Way) -> View | None:
        """What is heard of a clip whose sound was cut apart from its picture."""
        if element.get("audioStart") is None and element.get("audioDuration") is None:
            return own
        start = time_of(element.get("audioStart"), self._start(element))
        return way.view.clipped(start, start + time_of(element.get("audioDuration"), self._duration(element)))

    def _place(
        self, kind: str, element: Element, asset: Asset, view: View, way: _Way, marks: list[Node]
    ) -> None:  # fmt: skip
        if kind == "Audio" and view.speed == 0:
            return
        rate = asset.rate or self.rate
        heard = kind == "Video" or (way.heard and elements.is_heard(element, "", self._notes))
        node = nodes.clip(
            name_of(element) or asset.name, (view.at, view.high - view.low), self.rate, asset.reference(self.rate),
            media_rate=rate, speed=view.speed, enabled=way.enabled and heard, markers=marks,
            metadata=nodes.known(link=way.link, reel=asset.reel, file=asset.name),
        )  # fmt: skip
        self._put(kind, way.lane, view, node)

    def _nest(self, element: Element, way: _Way) -> None:
        """A compound or multicam clip: its pictures and its sounds, a stack each."""
        media = self._resources.by_id.get(element.get("ref", ""))
        if media is None or not len(media):
            self._notes.add("its compound or multicam media is not in the document; it is left out", name_of(element))
            return
        if self._depth > _DEEPEST:
            raise ValueError(f"the compound clip {name_of(element)!r} holds itself")
        held = media[0]
        inner = Story(self._resources, self.rate, self._notes, f"{self._new_link()}.", self._depth + 1)
        start = time_of(held.get("tcStart"), _ZERO)
        if held.tag == "multicam":
            self._read_angles(element, held, inner, start)
        else:
            inner.read(held)
        view, found = way.view, inner.tracks
        for kind in sorted(way.kinds, reverse=True):
            of_kind = [track for track in found if track["kind"] == kind]
            if of_kind and (kind == "Video" or view.speed != 0):
                source = (view.at - start, view.high - view.low)
                enabled = way.enabled and (kind == "Video" or way.heard)
                node = nested(name_of(element), of_kind, source, self.rate, view.speed, self._notes, enabled=enabled)
                self._put(kind, way.lane, view, node)

    def _read_angles(self, element: Element, multicam: Element, inner: Story, start: Fraction) -> None:
        """Reads the active angles of a multicam: those that its sources name."""
        angles = {angle.get("angleID", ""): angle for angle in multicam.iterfind("mc-angle")}
        sources = [(s.get("angleID", ""), s.get("srcEnable", "all")) for s in element.iterfind("mc-source")]
        used = set()
        for angle, enabled in sources or [(next(iter(angles), ""), "all")]:
            if angle in angles and enabled != "none":
                used.add(angle)
                inner.read_angle(angles[angle], start, elements.enabled_kinds(enabled))
        left = ", ".join(angles[angle].get("name") or angle for angle in angles if angle not in used)
        if left:
            self._notes.add(f"of a multicam clip the angles that do not play are left out: {left}", name_of(element))

    def _dissolve(self, element: Element, way: _Way, cut: Fraction) -> None:
        offset = time_of(element.get("offset"), cut)
        end = offset + time_of(element.get("duration"), _ZERO)
        if offset <= cut <= end and way.view.speed == 1:
            at = lay.Dissolve(way.view.record(cut), cut - offset, end - cut, name_of(element))
            self._dissolves.setdefault(way.lane, []).append(at)

    def _put(self, kind: str, lane: int, view: View, node: Node) -> None:
        piece = lay.Piece(view.low, view.high - view.low, node)
        self._pieces.setdefault((kind, lane), []).append(piece)

    def _new_link(self) -> str:
        self._count += 1
        return f"{self._link}{self._count}"

    def _start(self, element: Element) -> Fraction:
        """An element's own time at its beginning; that of a file's clip is by default the file's."""
        asset = self._resources.asset(element.get("ref")) if element.tag in LEAVES else None
        return time_of(element.get("start"), asset.start if asset else _ZERO)

    def _duration(self, element: Element) -> Fraction:
        asset = self._resources.asset(element.get("ref")) if element.tag in LEAVES else None
        return time_of(element.get("duration"), asset.duration if asset else _ZERO)

    def _marks(self, element: Element, at: Callable[[Fraction, Fraction], Fraction]) -> list[Node]:
        found = []
        for mark in element:
            if mark.tag in ("marker", "chapter-marker"):
                length = time_of(mark.get("duration"), 1 / self.rate)
                start = at(time_of(mark.get("start"), _ZERO), length)
                name, comment = mark.get("value", ""), mark.get("note", "")
                found.append(nodes.marker(name, start, length, self.rate, comment=comment))
        return found
