"""Rules about what part of a file a clip plays.

Resolve wants the file's own timecode in the source range and in the available range. Blender's add-ons want frames from
the file's first. Which of the two a file holds is told by its available range alone: nothing is probed.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from twopop_otio.lint.cut import Cut, Item
from twopop_otio.lint.rule import Hit
from twopop_otio.timeline import kind_of
from twopop_otio.times import Node, rate_of, rational_time, seconds, span, time_range

_NEAR_S = Fraction(1, 10**6)
_FROM_ZERO = ("premiere", "blender", "kdenlive")
"""Editors that write every file as if it began at zero."""


def missing_sources(cut: Cut) -> Iterator[Hit]:
    """Clips without a source range."""
    for clip in cut.clips:
        if clip.node.get("source_range") is None and clip.available is not None:
            whole = span((clip.media or {})["available_range"])
            yield Hit("It has no source range.", clip, partial(_write_source, clip.node, *whole, cut.editor.rate))


def _write_source(node: Node, start: Fraction, duration: Fraction, rate: float) -> None:
    node["source_range"] = time_range(rational_time(start, rate), rational_time(duration, rate))


def missing_available(cut: Cut) -> Iterator[Hit]:
    """Clips whose media does not say what there is of it."""
    for clip in cut.clips:
        if clip.media and kind_of(clip.media) == "ExternalReference" and clip.available is None:
            yield Hit(
                "Its media has no available range, which only the file can tell: link it again "
                "(otioconvert --media-linker does so for a folder), or export the timeline anew.",
                clip,
            )


def counted_from_zero(cut: Cut) -> Iterator[Hit]:
    """Source ranges that count from the file's first frame while the available range has its timecode."""
    for clip in cut.clips:
        if _counts_from_zero(clip) and clip.available:
            zero = clip.available[0]
            message = f"It counts from the file's first frame, and the file begins at {float(zero):g} s."
            yield Hit(message, clip, partial(_shift, clip.node, zero, Fraction(0)))


def counted_from_timecode(cut: Cut) -> Iterator[Hit]:
    """Source ranges that count from the file's timecode."""
    for clip in cut.clips:
        if clip.available and clip.available[0]:
            zero = clip.available[0]
            by = Fraction(0) if _counts_from_zero(clip) else -zero
            message = f"It counts from the file's timecode, {float(zero):g} s, and Blender from the file's first frame."
            yield Hit(message, clip, partial(_shift, clip.node, by, -zero))


def unknown_timecodes(cut: Cut) -> Iterator[Hit]:
    """Files that were written as if they began at zero, whether they do or not."""
    if cut.written.name in _FROM_ZERO:
        count = sum(
            bool(clip.available) and not clip.is_still and clip.available == _at_zero(clip) for clip in cut.clips
        )
        if count:
            yield Hit(
                f"The media of {count} clips is written as beginning at zero, as {cut.written.name} does for every "
                "file; where a file has a timecode, Resolve shows another part of it."
            )


def beyond_media(cut: Cut) -> Iterator[Hit]:
    """Clips that use more than there is."""
    for clip in cut.clips:
        used = _used(cut, clip)
        if used and clip.available and not clip.is_still and not _counts_from_zero(clip):
            first, last = clip.available[0], sum(clip.available)
            if used[0] < first - _NEAR_S or used[1] > last + _NEAR_S:
                missing = max(first - used[0], used[1] - last)
                yield Hit(f"It uses {float(missing):g} s more than its media has.", clip)


def _used(cut: Cut, clip: Item) -> tuple[Fraction, Fraction] | None:
    """First and last moment of the file that a clip shows."""
    if clip.source is None or clip.speed is None:
        return None
    start = clip.source[0]
    return start, start + cut.written.record_duration(clip.source[1], clip.speed) * abs(clip.speed)


def _counts_from_zero(clip: Item) -> bool:
    """Whether a clip's range can only be meant as counted from the file's first frame."""
    if clip.source is None or clip.available is None or clip.is_still:
        return False
    (start, duration), (zero, whole) = clip.source, clip.available
    return 0 <= start < zero and start + duration <= min(zero, whole)


def _at_zero(clip: Item) -> tuple[Fraction, Fraction] | None:
    return (Fraction(0), clip.available[1]) if clip.available else None


def _shift(clip: Node, source_s: Fraction, available_s: Fraction) -> None:
    """Moves a clip's labels, those of its markers, and those of its media; takes keep what they show."""
    if clip.get("source_range") is not None:
        _move(clip["source_range"], source_s)
    for marker in clip.get("markers") or ():
        if marker.get("marked_range") is not None:
            _move(marker["marked_range"], source_s)
    active = clip.get("active_media_reference_key", "DEFAULT_MEDIA")
    references = clip.get("media_references") or {active: clip.get("media_reference")}
    for key, reference in references.items():
        if reference and reference.get("available_range") is not None:
            _move(reference["available_range"], available_s if key == active else source_s)


def _move(time_range_node: Node, by_s: Fraction) -> None:
    start = time_range_node["start_time"]
    time_range_node["start_time"] = rational_time(seconds(start) + by_s, rate_of(start))
