"""Nested sequences: as a stack, or, where one is retimed, as its clips retimed one by one.

A stack's own retime has no agreed length in OTIO (its source range would have to be as long as it shows and as long as
it uses), so a retimed sequence is laid out flat inside a stack that plays at normal speed.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from twopop_otio.dialects.plain import Dialect
from twopop_otio.imports import lay, nodes
from twopop_otio.imports.imported import Notes
from twopop_otio.layout import Placement, placements
from twopop_otio.tags import copy_of
from twopop_otio.times import Node, time_range


def nested(
    name: str, tracks: list[Node], source: nodes.Range, rate: Fraction, speed: Fraction, notes: Notes, **parts: object
) -> Node:  # fmt: skip
    """A nested sequence as one item.

    Args:
        name: Its name.
        tracks: The sequence's own, from its beginning.
        source: The moment of the sequence that shows first, and its length on the timeline, in seconds.
        rate: The timeline's frames per second.
        speed: Seconds of the sequence for each second of the timeline.
        notes: Takes what is lost.
        parts: What else the stack holds: metadata, markers, enabled.
    """
    start, duration = source
    if speed == 0:
        notes.add("a nested sequence that is frozen plays on at normal speed", name)
        speed = Fraction(1)
    if speed != 1:
        notes.add("inside a retimed nested sequence each clip is retimed; its dissolves are cuts", name)
        tracks, start = _retimed(tracks, start, duration, speed, rate), Fraction(0)
    shown = time_range(nodes.moment(start, rate), nodes.moment(duration, rate))
    return nodes.stack(name, tracks, shown, **parts)


def _retimed(tracks: list[Node], start: Fraction, duration: Fraction, speed: Fraction, rate: Fraction) -> list[Node]:
    rule = Dialect(float(rate)).record_duration
    by_track: dict[tuple[int, str], list[lay.Piece]] = {}
    edges = sorted((start, start + duration * speed))
    for found in placements(tracks, rule):
        if piece := _piece(found, edges[0], edges[1], speed, rate):
            kind = "Video" if found.kind == "video" else "Audio"
            by_track.setdefault((found.track, kind), []).append(piece)
    return list(_tracks(by_track, tracks, rate))


def _tracks(by_track: dict[tuple[int, str], list[lay.Piece]], old: list[Node], rate: Fraction) -> Iterable[Node]:
    for (index, kind), pieces in sorted(by_track.items(), key=lambda item: item[0][0]):
        for lane in lay.spread(pieces):
            yield nodes.track(old[index]["name"], kind, lay.children(lane, rate))


def _piece(found: Placement, low: Fraction, high: Fraction, speed: Fraction, rate: Fraction) -> lay.Piece | None:
    """The part of a clip between two times of the sequence, as it shows at a speed."""
    first, last = max(low, found.record_start), min(high, found.record_start + found.record_duration)
    if last <= first:
        return None
    own = Fraction(0) if found.speed is None else found.speed
    node = copy_of(found.node)
    label = found.source_start + ((first if speed > 0 else last) - found.record_start) * own
    length = (last - first) / abs(speed)
    node["source_range"] = nodes.played_range(label, length, own * speed, rate, rate)
    if found.speed is not None:
        node["effects"] = nodes.retime(own * speed)
    node["enabled"] = found.shown and node.get("enabled", True)
    hidden = first - low if speed > 0 else high - last
    return lay.Piece(hidden / abs(speed), length, node)
