"""The story elements of FCPXML: what each shows when, on which lane."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from twopop_otio.imports import lay, nodes
from twopop_otio.imports.fcpxml_resources import Asset, Resources, time_map, time_of
from twopop_otio.imports.fcpxml_view import FOREVER, View
from twopop_otio.imports.imported import Notes
from twopop_otio.imports.markup import Element
from twopop_otio.imports.nest import nested
from twopop_otio.times import Node

_ZERO = Fraction(0)
_LEAVES = ("asset-clip", "video", "audio", "title")
_ITEMS = (*_LEAVES, "clip", "sync-clip", "mc-clip", "ref-clip", "gap", "audition", "spine")
_SILENT = {"note", "metadata", "text", "text-style-def", "keyword", "rating", "reserved", "timeMap", "mc-source",
           "sync-source", "marker", "chapter-marker", "analysis-marker", "transition", "audio-channel-source",
           "audio-role-source", *_ITEMS}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """How one comes to an element.

    Attributes:
        view: What shows of its parent.
        lane: The lane of its parent.
        enabled: Whether its parents play.
        heard: Whether its parents let its sound be heard.
        kinds: Which of "Video" and "Audio" its parents take of it.
    """

    view: View
    lane: int = 0
    enabled: bool = True
    heard: bool = True
    kinds: frozenset[str] = frozenset(("Video", "Audio"))


class Story:
    """Reads a sequence into pieces by kind and lane.

    Attributes:
        rate: The sequence's frames per second.
        pieces: By kind ("Video", "Audio") and lane.
        dissolves: By lane.
        markers: Those that stand on no clip.
    """

    def __init__(self, resources: Resources, rate: Fraction, notes: Notes, link: str = "", depth: int = 0) -> None:
        self.rate = rate
        self.pieces: dict[tuple[str, int], list[lay.Piece]] = {}
        self.dissolves: dict[int, list[lay.Dissolve]] = {}
        self.markers: list[Node] = []
        self._resources, self._notes, self._link, self._depth = resources, notes, link, depth
        self._count = 0

    def read(self, sequence: Element) -> None:
        """Reads a sequence; its record time zero is its first frame."""
        start = time_of(sequence.get("tcStart"), _ZERO)
        spine = sequence.find("spine")
        if spine is not None:
            self._line(spine, Way(View(_ZERO, FOREVER, start)), start)

    def read_angle(self, angle: Element, start: Fraction, kinds: frozenset[str]) -> None:
        """Reads an angle of a multicam, whose time begins at `start`."""
        self._line(angle, Way(View(_ZERO, FOREVER, start), kinds=kinds), start)

    def _line(self, spine: Element, way: Way, start: Fraction) -> None:
        """Items one after the other, from `start` in the line's own time; those with an offset say it themselves."""
        position = start
        for child in spine:
            if child.tag == "transition":
                self._dissolve(child, way, position)
            elif child.tag in _ITEMS:
                offset = time_of(child.get("offset"), position)
                self._item(child, way, offset)
                position = offset + self._duration(_picked(child))

    def _item(self, element: Element, way: Way, offset: Fraction) -> None:
        way = replace(way, lane=way.lane + int(element.get("lane", "0")))
        if element.tag == "spine":
            self._line(element, replace(way, view=way.view.shifted(-offset)), _ZERO)
            return
        if element.tag == "audition":
            self._notes.add("of an audition the active pick is read", _name(_picked(element)))
            element = _picked(element)
        start = self._start(element)
        local = way.view.shifted(start - offset)
        way = replace(way, view=local, enabled=way.enabled and element.get("enabled", "1") != "0")
        own = local.clipped(start, start + self._duration(element))
        self._note(element)
        if own is not None:
            self._show(element, own, way)
        self._connected(element, way if element.tag != "sync-clip" or own is None else replace(way, view=own))

    def _show(self, element: Element, own: View, way: Way) -> None:
        """What an element itself shows, within its own length."""
        points = time_map(element)
        kinds = way.kinds & _kinds(element)
        if element.tag in _LEAVES:
            self._leaf(element, replace(way, kinds=kinds), own)
        elif element.tag in ("clip", "sync-clip"):
            heard = way.heard and _is_heard(element, "storyline", self._notes)
            for view in own.mapped(points):
                self._contents(element, replace(way, view=view, heard=heard, kinds=kinds))
        elif element.tag in ("mc-clip", "ref-clip"):
            for view in own.mapped(points):
                self._nest(element, replace(way, view=view, kinds=kinds))
        elif element.tag == "gap":
            self.markers += self._marks(element, own.record)

    def _contents(self, element: Element, way: Way) -> None:
        for child in element:
            if child.tag in _ITEMS and "lane" not in child.attrib:
                self._item(child, way, time_of(child.get("offset"), _ZERO))

    def _connected(self, element: Element, way: Way) -> None:
        heard = way.heard and _is_heard(element, "connected", self._notes)
        for child in element:
            if child.tag in _ITEMS and "lane" in child.attrib:
                self._item(child, replace(way, heard=heard), time_of(child.get("offset"), self._start(element)))

    def _leaf(self, element: Element, way: Way, own: View) -> None:
        """A picture, its sound, or both: linked then."""
        asset = self._resources.asset(element.get("ref"))
        if asset is None:
            self._generated(element, own, way)
            return
        self._count += 1
        kinds = _held(asset, way.kinds)
        link = f"{self._link}{self._count}" if len(kinds) > 1 else None
        points = time_map(element)
        marks: Element | None = element
        for kind in sorted(kinds, reverse=True):
            stretch = own if kind == "Video" else self._sound_of(element, own, way)
            for view in stretch.mapped(points) if stretch else ():
                self._place(kind, element, asset, view, way, link, marks)
                marks = None

    def _sound_of(self, element: Element, own: View, way: Way) -> View | None:
        """What is heard of a clip whose sound was cut apart from its picture."""
        if element.get("audioStart") is None and element.get("audioDuration") is None:
            return own
        start = time_of(element.get("audioStart"), self._start(element))
        return way.view.clipped(start, start + time_of(element.get("audioDuration"), self._duration(element)))

    def _place(
        self, kind: str, element: Element, asset: Asset, view: View, way: Way, link: str | None, marks: Element | None
    ) -> None:  # fmt: skip
        if kind == "Audio" and view.speed == 0:
            return
        rate = asset.rate or self.rate
        # A picture that runs backwards begins with the frame before the one that it has reached.
        first = view.at - 1 / rate if kind == "Video" and view.speed < 0 else view.at
        heard = kind == "Video" or (way.heard and _is_heard(element, "", self._notes))
        node = nodes.clip(
            _name(element) or asset.name, (first, view.high - view.low), self.rate, asset.reference(self.rate),
            media_rate=rate, speed=view.speed, enabled=way.enabled and heard,
            metadata=nodes.known(link=link, reel=asset.reel, file=asset.name),
            markers=[] if marks is None else self._marks(marks, _label(element)),
        )  # fmt: skip
        self._put(kind, way.lane, view, node)

    def _generated(self, element: Element, own: View, way: Way) -> None:
        if "Video" in way.kinds:
            media = nodes.generator(element.tag, _name(element))
            shown = own.high - own.low
            node = nodes.clip(_name(element), (own.at, shown), self.rate, media, enabled=way.enabled)
            self._put("Video", way.lane, own, node)

    def _nest(self, element: Element, way: Way) -> None:
        """A compound or multicam clip: its pictures and its sounds, a stack each."""
        media = self._resources.by_id.get(element.get("ref", ""))
        if self._depth > 50:
            raise ValueError(f"the compound clip {_name(element)!r} holds itself")
        if media is None or not len(media):
            self._notes.add("its compound or multicam media is not in the document; it is left out", _name(element))
            return
        self._count += 1
        held = media[0]
        inner = Story(
            self._resources, self._resources.rate(held.get("format")) or self.rate, self._notes,
            f"{self._link}{self._count}.", self._depth + 1,
        )  # fmt: skip
        start = time_of(held.get("tcStart"), _ZERO)
        if held.tag == "multicam":
            self._read_angles(element, held, inner, start)
        else:
            inner.read(held)
        from twopop_otio.imports.fcpxml import tracks

        view = way.view
        for kind in sorted(way.kinds, reverse=True):
            found = [track for track in tracks(inner) if track["kind"] == kind]
            if found and (kind == "Video" or view.speed != 0):
                source = (view.at - start, view.high - view.low)
                enabled = way.enabled and (kind == "Video" or way.heard)
                item = nested(_name(element), found, source, self.rate, view.speed, self._notes, enabled=enabled)
                self._put(kind, way.lane, view, item)

    def _read_angles(self, element: Element, multicam: Element, inner: Story, start: Fraction) -> None:
        """Reads the active angles of a multicam: those that its sources name."""
        angles = {angle.get("angleID", ""): angle for angle in multicam.iterfind("mc-angle")}
        sources = [(s.get("angleID", ""), s.get("srcEnable", "all")) for s in element.iterfind("mc-source")]
        if not sources:
            sources = [(next(iter(angles), ""), "all")]
        used = set()
        for angle, enabled in sources:
            if angle in angles and enabled != "none":
                used.add(angle)
                inner.read_angle(angles[angle], start, _enabled_kinds(enabled))
        left = [angles[angle].get("name") or angle for angle in angles if angle not in used]
        if left:
            self._notes.add(f"of a multicam clip the angles that do not play are left out: {', '.join(left)}", _name(element))

    def _put(self, kind: str, lane: int, view: View, node: Node) -> None:
        piece = lay.Piece(view.low, view.high - view.low, node)
        self.pieces.setdefault((kind, lane), []).append(piece)

    def _dissolve(self, element: Element, way: Way, cut: Fraction) -> None:
        offset = time_of(element.get("offset"), cut)
        end = offset + time_of(element.get("duration"), _ZERO)
        if offset <= cut <= end:
            at = lay.Dissolve(way.view.record(cut), cut - offset, end - cut, _name(element))
            self.dissolves.setdefault(way.lane, []).append(at)

    def _start(self, element: Element) -> Fraction:
        """An element's own time at its beginning; that of a file's clip is by default the file's."""
        asset = self._resources.asset(element.get("ref")) if element.tag in _LEAVES else None
        return time_of(element.get("start"), asset.start if asset else _ZERO)

    def _duration(self, element: Element) -> Fraction:
        asset = self._resources.asset(element.get("ref")) if element.tag in _LEAVES else None
        return time_of(element.get("duration"), asset.duration if asset else _ZERO)

    def _marks(self, element: Element, at: Callable[[Fraction], Fraction]) -> list[Node]:
        found = []
        for mark in element:
            if mark.tag in ("marker", "chapter-marker"):
                length = time_of(mark.get("duration"), 1 / self.rate)
                start = at(time_of(mark.get("start"), _ZERO))
                found.append(nodes.marker(mark.get("value", ""), start, length, self.rate, comment=mark.get("note", "")))
        return found

    def _note(self, element: Element) -> None:
        for child in element:
            if child.tag == "conform-rate":
                self._notes.add("its rate conform is left out: it plays at its own speed", _name(element))
            elif child.tag not in _SILENT:
                self._notes.add(f"its {child.tag} is not carried", _name(element))
        eased = {point.get("interp", "smooth2") for point in element.iterfind("timeMap/timept")} - {"linear"}
        if eased and len(time_map(element)) > 2:
            self._notes.add("the eased changes of its speed are read as abrupt ones", _name(element))


def _label(element: Element) -> Callable[[Fraction], Fraction]:
    """The media's label at a clip's own time."""
    points = time_map(element)

    def label(own: Fraction) -> Fraction:
        return View(_ZERO, FOREVER, own).mapped(points)[0].at

    return label


def _picked(element: Element) -> Element:
    """The active pick of an audition, with the audition's place; any other element itself."""
    if element.tag != "audition":
        return element
    pick = next((child for child in element if child.tag in _ITEMS), None)
    if pick is None:
        raise ValueError("an audition holds no clip")
    return _picked(pick)


def _name(element: Element) -> str:
    return element.get("name", "")


def _kinds(element: Element) -> frozenset[str]:
    if element.tag in ("video", "title"):
        return frozenset(("Video",))
    if element.tag == "audio":
        return frozenset(("Audio",))
    return _enabled_kinds(element.get("srcEnable", "all"))


def _enabled_kinds(said: str) -> frozenset[str]:
    return frozenset({"video": ("Video",), "audio": ("Audio",), "none": ()}.get(said, ("Video", "Audio")))


def _held(asset: Asset, kinds: frozenset[str]) -> frozenset[str]:
    """Those of some kinds that an asset holds."""
    held = {"Video": asset.video, "Audio": asset.audio}
    return frozenset(kind for kind in kinds if held[kind])


def _is_heard(element: Element, source: str, notes: Notes) -> bool:
    """Whether the sound of a clip's part is switched on: "storyline" and "connected" are parts of a sync-clip."""
    said = list(_sources(element, source))
    off = [s for s in said if s.get("active", "1") == "0" or s.get("enabled", "1") == "0"]
    if off and len(off) < len(said):
        notes.add("single sound channels or roles of it are switched off; all are read", _name(element))
    return not said or len(off) < len(said)


def _sources(element: Element, source: str) -> Iterator[Element]:
    if not source:
        yield from element.iterfind("audio-channel-source")
        yield from element.iterfind("audio-role-source")
    for part in element.iterfind("sync-source"):
        if part.get("sourceID") == source:
            yield from part.iterfind("audio-role-source")
