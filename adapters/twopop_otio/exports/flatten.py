"""A document as a flat cut: nested sequences laid out, labels turned into the files' own clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from twopop_actions.timeline import TrackKind
from twopop_otio.dialects import recognise
from twopop_otio.exports.cut import Cut, Event, Lane, Mark
from twopop_otio.exports.dissolves import Placed, dissolves_of, note_kinds, note_nested
from twopop_otio.exports.events import EventReader, note_metadata
from twopop_otio.exports.losses import Ledger
from twopop_otio.exports.marks import item_marks, plain_marks, shifted_to_zero
from twopop_otio.layout import Placement, RecordDuration, active_media, length, placements, speed_of, track_kind
from twopop_otio.snapshot import timebase
from twopop_otio.timeline import Document, kind_of, name_of
from twopop_otio.times import Node, span

_LaneKey = tuple[TrackKind, int]


def flatten(document: Document, ledger: Ledger) -> Cut:
    """Everything that a timeline places.

    Args:
        document: The timeline.
        ledger: Takes what no format can carry.

    Returns:
        The flat timeline.

    Raises:
        ValueError: An item's length is unknown or negative.
    """
    dialect = recognise(document.root, document.rate)
    base = timebase(document)
    rule = dialect.record_duration
    reader = EventReader(document.path.parent, dialect, base, ledger)
    placed: dict[int, list[Placement]] = {}
    for placement in placements(document.tracks, rule):
        placed.setdefault(placement.track, []).append(placement)
    lanes: list[Lane] = []
    duration = Fraction(0)
    for index, track in enumerate(document.tracks):
        if kind_of(track) != "Track" or track_kind(track) is None:
            continue
        lanes += _lanes(track, placed.get(index, []), reader, rule)
        duration = max(duration, length(track, rule))
    marks = tuple(
        replace(mark, record=shifted_to_zero(mark.record, base, duration))
        for mark in plain_marks(document.root["tracks"])
    )
    _note_metadata(document, ledger)
    name = name_of(document.root) or document.path.stem
    return Cut(name, base, duration, tuple(lanes), marks, _picture_size(placed.values()))


def _lanes(track: Node, placed: list[Placement], reader: EventReader, rule: RecordDuration) -> Iterator[Lane]:
    """The lanes that a track becomes: one, or more where a nested sequence has several tracks."""
    own_kind = track_kind(track) or "video"
    ranks = _ranks(track, placed)
    lanes: dict[_LaneKey, list[Event]] = {(own_kind, 0): []}
    index: dict[int, int] = {}
    for placement in placed:
        key = (placement.kind, ranks[placement.path])
        event = reader.event(placement, name_of(track))
        if event is not None:
            lanes.setdefault(key, []).append(event)
            if len(placement.path) == 1:
                index[placement.path[0]] = len(lanes[key]) - 1
    starts = _starts(track, rule)
    note_kinds(track, reader.ledger)
    note_nested(track, placed, reader.timebase, reader.ledger)
    dissolves = dissolves_of(track, Placed(lanes[(own_kind, 0)], index, starts), reader.timebase, reader.ledger)
    marks = (*plain_marks(track, name_of(track)), *_inner_marks(track, starts))
    enabled = track.get("enabled", True) is not False
    for (kind, rank), events in sorted(lanes.items(), key=lambda item: (item[0][0] != own_kind, item[0][1])):
        main = kind == own_kind and rank == 0
        name = name_of(track) if main else f"{name_of(track)} ({kind} {rank + 1})".strip()
        yield Lane(name, kind, enabled, tuple(events), dissolves if main else (), marks if main else ())


def _ranks(track: Node, placed: Iterable[Placement]) -> dict[tuple[int, ...], int]:
    """Above how many others of its nested sequence a clip lies; zero outside of nested sequences."""
    layers = {placement.path: _layer(track, placement.path) for placement in placed}
    groups: dict[tuple[int, TrackKind], set[tuple[int, ...]]] = {}
    for placement in placed:
        groups.setdefault((placement.path[0], placement.kind), set()).add(layers[placement.path])
    order = {group: {layer: rank for rank, layer in enumerate(sorted(found))} for group, found in groups.items()}
    return {p.path: order[p.path[0], p.kind][layers[p.path]] for p in placed}


def _layer(track: Node, path: tuple[int, ...]) -> tuple[int, ...]:
    """Which children of stacks lead to a clip; clips that share them lie one after the other."""
    layer = []
    node = track
    for index in path:
        if kind_of(node) == "Stack":
            layer.append(index)
        node = node["children"][index]
    return tuple(layer)


def _starts(track: Node, rule: RecordDuration) -> list[Fraction]:
    """Record time at which each item of a track begins; a transition's is its cut."""
    source = track.get("source_range")
    position = -span(source)[0] if source is not None else Fraction(0)
    starts = []
    for child in track.get("children") or ():
        starts.append(position)
        position += length(child, rule) if kind_of(child) != "Transition" else Fraction(0)
    return starts


def _inner_marks(track: Node, starts: list[Fraction]) -> Iterator[Mark]:
    """Markers of gaps and nested sequences."""
    for child, start in zip(track.get("children") or (), starts, strict=True):
        if kind_of(child) not in ("Clip", "Transition"):
            yield from item_marks(child, start, speed_of(child), name_of(track))


def _note_metadata(document: Document, ledger: Ledger) -> None:
    holders = [("the timeline", document.root), ("its stack", document.root["tracks"])]
    holders += [(f"track {name_of(track)!r}", track) for track in document.tracks]
    for what, node in holders:
        note_metadata(node, what, ledger)


def _picture_size(groups: Iterable[list[Placement]]) -> tuple[int, int] | None:
    """Width and height of the first picture whose bounds the timeline gives in pixels."""
    for placement in (placement for group in groups for placement in group if placement.kind == "video"):
        bounds: Any = (active_media(placement.node) or {}).get("available_image_bounds")
        if isinstance(bounds, dict):
            width, height = (bounds["max"][axis] - bounds["min"][axis] for axis in ("x", "y"))
            if width >= 16 and height >= 16:
                return round(width), round(height)
    return None
