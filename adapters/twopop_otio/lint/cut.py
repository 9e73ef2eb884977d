"""A timeline laid out for the rules: every track and item with its place, whoever wrote it and whoever shall read it.

Built anew after each mend, since one mend moves what the next rule looks at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from struct import pack, unpack

from twopop.timing import snap_rate
from twopop_actions.timeline import TrackKind
from twopop_otio.dialects import EDITORS, Dialect, recognise
from twopop_otio.layout import active_media, length, speed_of, track_kind
from twopop_otio.snapshot import timebase
from twopop_otio.timeline import Document, kind_of, name_of
from twopop_otio.times import Node, span
from twopop_otio.urls import MediaLocation, locate


@dataclass(frozen=True)
class Item:
    """A clip, gap, transition or nested composition in a track.

    Attributes:
        node: Its object.
        siblings: The list that holds it.
        track: The nearest track.
        track_number: Place of the top-level track, from 1.
        number: Place in the list that holds it, from 1.
        kind: What the nearest track carries.
        record_start: Where the outermost item that holds it begins, in seconds of record time.
        record_duration: Its length in the list that holds it, in seconds.
        nested: Whether it lies inside another item.
    """

    node: Node
    siblings: list[Node]
    track: Node
    track_number: int
    number: int
    kind: TrackKind | None
    record_start: Fraction
    record_duration: Fraction
    nested: bool

    @property
    def schema(self) -> str:
        """Name of its schema: "Clip"."""
        return kind_of(self.node)

    @property
    def speed(self) -> Fraction | None:
        """Source seconds for each second; None for ramps and freezes."""
        return speed_of(self.node)

    @property
    def media(self) -> Node | None:
        """The media reference that a clip plays."""
        return active_media(self.node)

    @cached_property
    def source(self) -> tuple[Fraction, Fraction] | None:
        """Start and duration of its source range, in seconds."""
        return _span(self.node.get("source_range"))

    @cached_property
    def available(self) -> tuple[Fraction, Fraction] | None:
        """Start and duration of its media as the file says, in seconds."""
        return _span((self.media or {}).get("available_range"))

    @property
    def is_still(self) -> bool:
        """Whether its media is a single frame, which an editor shows for any time."""
        available = (self.media or {}).get("available_range")
        return available is not None and bool(available["duration"]["value"] <= 1)

    def replace(self, node: Node) -> None:
        """Puts another object in its place."""
        self.siblings[self._index()] = node

    def remove(self) -> None:
        """Takes it out."""
        del self.siblings[self._index()]

    def neighbours(self) -> tuple[Node | None, Node | None]:
        """What stands before and behind it."""
        index = self._index()
        behind = self.siblings[index + 1] if index + 1 < len(self.siblings) else None
        return self.siblings[index - 1] if index else None, behind

    @property
    def is_beside_transition(self) -> bool:
        """Whether a transition reaches into it."""
        return any(node is not None and kind_of(node) == "Transition" for node in self.neighbours())

    def _index(self) -> int:
        return next(index for index, node in enumerate(self.siblings) if node is self.node)


class Cut:
    """What a rule looks at.

    Attributes:
        document: The timeline; mends change it.
        editor: The dialect of the editor that shall read it.
        written: The dialect that it is written in.
        rate: Frames per second, exact.
        items: All items, nested ones too.
    """

    def __init__(self, document: Document, editor: str) -> None:
        self.document = document
        self.rate = snap_rate(document.rate)
        spelling = document.rate if document.rate in spellings(self.rate, editor) else float(self.rate)
        self.editor: Dialect = EDITORS[editor](spelling)
        self.written = recognise(document.root, spelling)
        self.items = tuple(self._all_items())
        self._timebase = timebase(document)

    @property
    def root(self) -> Node:
        """The Timeline object."""
        return self.document.root

    @property
    def tracks(self) -> list[Node]:
        """The top-level tracks."""
        return [node for node in self.document.tracks if kind_of(node) == "Track"]

    @property
    def clips(self) -> Iterator[Item]:
        """All clips."""
        return (item for item in self.items if item.schema == "Clip")

    def timecode(self, record_s: Fraction) -> str:
        """The timecode of a record time."""
        return self._timebase.timecode(record_s)

    def location(self, reference: Node | None) -> MediaLocation:
        """The file that a media reference names, in the spelling of the machine that wrote it."""
        url = self.written.media_path(reference) if reference else None
        return locate(url, self.document.path.parent)

    def objects(self) -> Iterator[Node]:
        """Every object that may carry metadata: timeline, stack, tracks, items, references, effects, markers."""
        yield self.root
        yield from _objects(self.root["tracks"])

    def _all_items(self) -> Iterator[Item]:
        for number, track in enumerate(self.document.tracks, 1):
            if kind_of(track) == "Track":
                yield from self._items_of(track, track, number, None)

    def _items_of(self, holder: Node, track: Node, number: int, outer: Item | None) -> Iterator[Item]:
        position = Fraction(0)
        siblings = holder.get("children") or []
        for index, node in enumerate(siblings, 1):
            takes_time = kind_of(node) != "Transition"
            duration = self._length(node) if takes_time else Fraction(0)
            start = outer.record_start if outer else position
            item = Item(node, siblings, track, number, index, track_kind(track), start, duration, outer is not None)
            yield item
            if "children" in node:
                inner = node if kind_of(node) == "Track" else track
                yield from self._items_of(node, inner, number, outer or item)
            position += duration

    def _length(self, node: Node) -> Fraction:
        """Length of an item; zero where it is not told, which a rule of its own reports."""
        if is_unmeasured(node):
            return Fraction(0)
        return length(node, self.written.record_duration)


def is_unmeasured(node: Node) -> bool:
    """Whether an item, or one inside it, is of unknown length."""
    return any(is_of_unknown_length(inner) for inner in _objects(node))


def is_of_unknown_length(node: Node) -> bool:
    """Whether a clip or gap tells neither what it uses nor what there is."""
    if kind_of(node) not in ("Clip", "Gap") or node.get("source_range") is not None:
        return False
    return (active_media(node) or {}).get("available_range") is None


def spellings(rate: Fraction, editor: str) -> tuple[float, ...]:
    """How a rate may be spelled: as the nearest double, and in Resolve also as the 32-bit float that it writes."""
    exact = float(rate)
    narrow: float = unpack("<f", pack("<f", exact))[0]
    return (exact, narrow) if editor == "resolve" else (exact,)


def label(node: Node, other: str) -> str:
    """An object's name, or what to call it when it has none."""
    return name_of(node) or other


def _span(node: Node | None) -> tuple[Fraction, Fraction] | None:
    return span(node) if node is not None else None


def _objects(node: Node) -> Iterator[Node]:
    yield node
    references = node.get("media_references")
    held = list(references.values()) if isinstance(references, dict) else [node.get("media_reference")]
    for other in (*held, *(node.get("effects") or ()), *(node.get("markers") or ())):
        if isinstance(other, dict):
            yield other
    for child in node.get("children") or ():
        yield from _objects(child)
