"""Markers of a timeline, its tracks and its clips, by record time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from twopop_actions.timeline import Timebase
from twopop_otio.exports.cut import Mark
from twopop_otio.layout import Placement
from twopop_otio.timeline import name_of
from twopop_otio.times import Node, exact_rate, rate_of, span


def clip_marks(placement: Placement, track: str) -> Iterator[Mark]:
    """Markers of a clip; they stand on its media's labels."""
    speed = placement.speed or Fraction(1)
    for node in placement.node.get("markers") or ():
        start, duration = span(node["marked_range"])
        # Backwards, the end of what is marked comes first; a marker of no length stands on one frame.
        seen = start if speed > 0 else start + (duration or 1 / exact_rate(rate_of(node["marked_range"]["start_time"])))
        into = (seen - placement.source_start) / speed
        yield _mark(node, placement.record_start + into, duration / abs(speed), placement.node, track)


def item_marks(item: Node, record_start: Fraction, speed: Fraction | None, track: str) -> Iterator[Mark]:
    """Markers of a gap or a nested sequence; they stand on its own time."""
    source = item.get("source_range")
    first = span(source)[0] if source is not None else Fraction(0)
    for node in item.get("markers") or ():
        start, duration = span(node["marked_range"])
        yield _mark(node, record_start + (start - first) / (speed or 1), duration, item, track)


def plain_marks(holder: Node, track: str = "") -> Iterator[Mark]:
    """Markers of a track or of the timeline."""
    for node in holder.get("markers") or ():
        start, duration = span(node["marked_range"])
        yield _mark(node, start, duration, {}, track)


def shifted_to_zero(mark_start: Fraction, timebase: Timebase, duration: Fraction) -> Fraction:
    """A timeline marker's record time.

    The standard counts from zero; some count from the start timecode, and then it lies behind the timeline's end.
    """
    counts_from_start = timebase.start > 0 and mark_start > duration and mark_start >= timebase.start
    return mark_start - timebase.start if counts_from_start else mark_start


def _mark(node: Node, record: Fraction, duration: Fraction, holder: Node, track: str) -> Mark:
    return Mark(record, duration, name_of(node), _comment(node), _colour(node), name_of(holder), track)


def _comment(node: Node) -> str:
    metadata = node.get("metadata") or {}
    choices = [node.get("comment")]
    choices += [(metadata.get(name) or {}).get(key) for name, key in (("Resolve_OTIO", "Note"), ("fcp_xml", "comment"))]
    return next((text for text in choices if isinstance(text, str) and text), "")


def _colour(node: Node) -> str:
    colour = node.get("color")
    if isinstance(colour, dict):
        colour = colour.get("name")
    return colour.upper() if isinstance(colour, str) else ""
