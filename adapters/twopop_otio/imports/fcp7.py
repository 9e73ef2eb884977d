"""FCP7 XML (<xmeml>) as OTIO: sequences, tracks, clips, nested sequences, links, markers and dissolves.

Frames count at the rate of what holds them. In and out points are frames from the media's beginning, or of a retimed
clip's own time; a start or end of -1 lies under a transition, and the in point then belongs to where that begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from twopop_otio.imports import lay, nodes
from twopop_otio.imports.fcp7_file import File, Remap, number, rate_of, timecode_of
from twopop_otio.imports.fcp7_items import Place, places
from twopop_otio.imports.imported import Notes
from twopop_otio.imports.links import Links
from twopop_otio.imports.markup import Element, text_of
from twopop_otio.imports.nest import nested
from twopop_otio.times import Node

_DEFAULT_RATE = Fraction(24)
_CARRIED = {"timeremap"}


def sequences(root: Element) -> list[tuple[str, Element]]:
    """Names and elements of the timelines of a file; those that are only nested in others are none."""
    found: list[tuple[str, Element]] = []
    waiting = list(root)
    while waiting:
        element = waiting.pop(0)
        if element.tag == "sequence":
            if element.find("media") is not None:
                found.append((text_of(element, "name"), element))
        elif element.tag not in ("clip", "clipitem"):
            waiting = [*element, *waiting]
    return found


def timeline_of(root: Element, sequence: Element, notes: Notes) -> Node:
    """A sequence as a timeline.

    Args:
        root: The document, in which what the sequence refers to is found.
        sequence: The sequence.
        notes: Takes what is lost.

    Returns:
        The Timeline object.

    Raises:
        ValueError: Something in it cannot be understood; the message names the clip.
    """
    rate = rate_of(sequence, _DEFAULT_RATE)
    if sequence.find("rate") is None:
        notes.add(f"the sequence says no frame rate; {float(rate):g} is taken")
    start, drop = timecode_of(sequence, rate)
    reader = _Reader.of(root, notes)
    tracks = [*reader.tracks(sequence, "video", rate), *reader.tracks(sequence, "audio", rate)]
    marks = reader.markers(sequence, Fraction(0), rate)
    return nodes.timeline(text_of(sequence, "name"), start, rate, tracks, drop_frame=drop, markers=marks)


@dataclass(frozen=True)
class _Reader:
    """Reads sequences; the first <file> or <sequence> of an id defines it, later ones only name it."""

    definitions: dict[tuple[str, str], Element]
    links: Links
    notes: Notes
    inside: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, root: Element, notes: Notes) -> _Reader:
        definitions: dict[tuple[str, str], Element] = {}
        links = Links()
        for element in root.iter():
            if element.tag in ("file", "sequence") and len(element):
                definitions.setdefault((element.tag, element.get("id", "")), element)
            elif element.tag == "clipitem":
                for link in element.iterfind("link/linkclipref"):
                    links.join(element.get("id", ""), (link.text or "").strip())
        return cls(definitions, links, notes)

    def tracks(self, sequence: Element, kind: str, rate: Fraction, output: int | None = None) -> Iterator[Node]:
        """The tracks of a kind; `output` picks those that feed an output channel, from 1."""
        for index, track in enumerate(sequence.iterfind(f"media/{kind}/track"), 1):
            feeds = text_of(track, "outputchannelindex")
            if output is not None and feeds.isdigit() and int(feeds) != output:
                continue
            name = text_of(track, "name") or f"{kind[0].upper()}{index}"
            pieces = [self._piece(place, kind, rate) for place in places(track, rate)]
            enabled = text_of(track, "enabled").upper() != "FALSE"
            for lane, found in enumerate(lay.spread(piece for piece in pieces if piece) or [[]]):
                if lane:
                    self.notes.add("clips overlap; the later one lies on a track of its own", f"track {name}")
                cuts = _dissolves(track, pieces, rate) if not lane else []
                label = name if not lane else f"{name} overlap {lane}"
                yield nodes.track(label, kind.title(), lay.children(found, rate, cuts), enabled=enabled)

    def _piece(self, place: Place, kind: str, rate: Fraction) -> lay.Piece | None:
        name = text_of(place.element, "name")
        if place.duration <= 0:
            self.notes.add("it has no length and was left out", name)
            return None
        try:
            node = self._item(place, kind, rate)
        except ValueError as problem:
            raise ValueError(f"the clip {name!r}: {problem}") from problem
        return lay.Piece(place.start, place.duration, node)

    def _item(self, place: Place, kind: str, rate: Fraction) -> Node:
        element = place.element
        own = rate_of(element, rate)
        self._note_filters(element)
        sequence, file = self._defined(element, "sequence"), self._file(element, own)
        remap = Remap.of(element)
        length = number(text_of(element, "duration") or "0", "the duration") * abs(remap.speed)
        if file is not None and file.duration is not None:
            length = file.duration * own
        offset = number(text_of(element, "subclipinfo/startoffset", "0"), "a subclip's offset")
        frame = number(text_of(element, "in", "0"), "the in point") + place.lead * own
        first = (remap.media(frame, length) + offset) / own
        if sequence is not None:
            return self._nested(place, sequence, kind, rate, first, remap.speed)
        zero = Fraction(0) if file is None else file.zero
        if file is None and element.tag != "generatoritem":
            self.notes.add("it names no file", text_of(element, "name"))
        ramp = remap.variable and bool(remap.points)
        node = nodes.clip(
            text_of(element, "name"), (zero + first, place.duration), rate, _media(element, file),
            media_rate=file.rate if file else own, speed=Fraction(1) if ramp else remap.speed,
            metadata=self._metadata(element, file), enabled=_enabled(element), markers=self.markers(element, zero, own),
        )  # fmt: skip
        if ramp:
            self.notes.add("its speed changes while it plays; OTIO holds only that it does", node["name"])
            node["effects"] = [nodes.ramp()]
        return node

    def _file(self, element: Element, rate: Fraction) -> File | None:
        found = self._defined(element, "file")
        if found is None and (multiclip := element.find("multiclip")) is not None:
            found = self._angle(element, multiclip)
        return None if found is None else File.of(found, rate)

    def _angle(self, element: Element, multiclip: Element) -> Element | None:
        """The file of a multiclip's active angle."""
        angles = multiclip.findall("angle")
        active = [a for a in angles if text_of(a, "activevideoangle").upper() == "TRUE"] or angles[:1]
        clip = active[0].find("clip") if active else None
        name = text_of(element, "name")
        self.notes.add("of a multiclip the active angle is read, as if all angles began together", name)
        return None if clip is None else self._defined(clip, "file")

    def _defined(self, element: Element, tag: str) -> Element | None:
        """The <file> or <sequence> of an element, where it is defined."""
        named = element.find(tag)
        if named is None:
            return None
        return named if len(named) else self.definitions.get((tag, named.get("id", "")), named)

    def _nested(
        self, place: Place, sequence: Element, kind: str, rate: Fraction, first: Fraction, speed: Fraction
    ) -> Node:  # fmt: skip
        name = text_of(place.element, "name")
        key = sequence.get("id") or str(id(sequence))
        if key in self.inside:
            raise ValueError("holds a sequence that holds itself")
        channel = text_of(place.element, "sourcetrack/trackindex")
        output = int(channel) if kind == "audio" and channel.isdigit() else None
        self.inside.append(key)
        tracks = list(self.tracks(sequence, kind, rate_of(sequence, rate), output))
        self.inside.pop()
        return nested(
            name, tracks, (first, place.duration), rate, speed, self.notes, enabled=_enabled(place.element),
            metadata=self._metadata(place.element, None), markers=self.markers(place.element, Fraction(0), rate),
        )  # fmt: skip

    def _metadata(self, element: Element, file: File | None) -> Node:
        channel = text_of(element, "sourcetrack/trackindex")
        is_sound = text_of(element, "sourcetrack/mediatype") == "audio" and channel.isdigit()
        return nodes.known(
            event=element.get("id"), link=self.links.group(element.get("id", "")), reel=file.reel if file else None,
            file=file.name if file else None, channel=int(channel) - 1 if is_sound else None,
        )  # fmt: skip

    def markers(self, holder: Element, zero: Fraction, rate: Fraction) -> list[Node]:
        """The markers of a clip or sequence; `zero` is the label of its first frame."""
        found = []
        for mark in holder.iterfind("marker"):
            first = number(text_of(mark, "in", "0"), "a marker's in point")
            last = max(first + 1, number(text_of(mark, "out", "-1"), "a marker's out point"))
            at, length = zero + first / rate, (last - first) / rate
            found.append(nodes.marker(text_of(mark, "name"), at, length, rate, comment=text_of(mark, "comment")))
        return found

    def _note_filters(self, element: Element) -> None:
        for effect in element.iterfind("filter/effect"):
            if text_of(effect, "effectid") not in _CARRIED:
                what = text_of(effect, "name") or text_of(effect, "effectid")
                self.notes.add(f"the filter {what!r} is not carried", text_of(element, "name"))


def _dissolves(track: Element, pieces: list[lay.Piece | None], rate: Fraction) -> list[lay.Dissolve]:
    """The transitions of a track, each at the cut that lies under it."""
    edges = {edge for piece in pieces if piece for edge in (piece.start, piece.end)}
    found = []
    for item in track.iterfind("transitionitem"):
        start, end = (number(text_of(item, tag), "a transition's edge") / rate for tag in ("start", "end"))
        for at in sorted(edge for edge in edges if start <= edge <= end)[:1]:
            found.append(lay.Dissolve(at, at - start, end - at, text_of(item, "effect/name")))
    return found


def _media(element: Element, file: File | None) -> Node:
    if element.tag == "generatoritem":
        kind = text_of(element, "effect/effectid") or "generator"
        return nodes.generator(kind, text_of(element, "effect/name"))
    return nodes.file_reference(None, text_of(element, "name")) if file is None else file.reference


def _enabled(element: Element) -> bool:
    return text_of(element, "enabled").upper() != "FALSE"
