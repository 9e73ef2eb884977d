"""Where every clip lies in record time: tracks, gaps, nested stacks and retimes, in exact fractions.

Transitions take no record time: they overlap their neighbours. A retimed clip's length follows the dialect's rule.
An item with a negative speed uses the stretch from its range's start upwards, its length on the timeline times the
speed, and plays it from the end: so the programs have it that read Resolve's OTIO.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from twopop_actions.timeline import TrackKind
from twopop_otio.dialects.multicam import active_angle
from twopop_otio.timeline import kind_of
from twopop_otio.times import Node, span

RecordDuration = Callable[[Fraction, Fraction | None], Fraction]
"""A dialect's rule: length on the timeline of an item's source length and speed (None: ramp or freeze)."""


@dataclass(frozen=True)
class Placement:
    """One clip and where it lies.

    Attributes:
        node: The clip's object.
        track: Index of the top-level track.
        path: Index of the item in that track; for nested items one index more a level.
        kind: What the nearest track carries.
        record_start: Where it begins, in seconds of record time.
        record_duration: Its visible length on the timeline, in seconds.
        source_start: The media's label at `record_start`, in seconds. Played backwards it counts down from there: the
            frame that is seen first ends at it.
        speed: Media seconds for each record second, negative when played backwards; None for ramps and freezes.
        shown: Whether all that holds it plays; the clip itself may be switched off.
    """

    node: Node
    track: int
    path: tuple[int, ...]
    kind: TrackKind
    record_start: Fraction
    record_duration: Fraction
    source_start: Fraction
    speed: Fraction | None
    shown: bool


@dataclass(frozen=True)
class _Window:
    """What shows of a composition: its own times [start, end), from `record_start` on; the end first if `speed` < 0."""

    start: Fraction
    end: Fraction
    record_start: Fraction
    speed: Fraction | None
    shown: bool

    def cut(self, start: Fraction, end: Fraction) -> tuple[Fraction, Fraction, Fraction, Fraction]:
        """The part of a child's [start, end) that shows: its start and end, and record start and duration."""
        low, high = max(start, self.start), min(end, self.end)
        speed = self.speed or Fraction(1)
        hidden = low - self.start if speed > 0 else self.end - high
        return low, high, self.record_start + hidden / abs(speed), max(Fraction(0), (high - low) / abs(speed))


def placements(tracks: list[Node], rule: RecordDuration) -> Iterator[Placement]:
    """All clips of a timeline by track and time.

    Args:
        tracks: Its top-level tracks.
        rule: The dialect's rule for retimed lengths.

    Yields:
        Each clip that shows, nested ones too.

    Raises:
        ValueError: An item's length is unknown or negative.
    """
    for index, track in enumerate(tracks):
        if kind_of(track) != "Track":
            continue
        start, duration = _trim(track, rule)
        window = _Window(start, start + duration, Fraction(0), speed_of(track), _plays(track))
        for placement in _children(track, (), window, rule, track_kind(track)):
            yield _placed_on(placement, index)


def track_kind(track: Node) -> TrackKind | None:
    """What a track carries; None for kinds other than picture and sound."""
    kinds: dict[str, TrackKind] = {"video": "video", "audio": "audio"}
    return kinds.get(str(track.get("kind")).lower())


def speed_of(item: Node) -> Fraction | None:
    """Source seconds for each second that an item shows; None for freezes, ramps and standstill."""
    speed = Fraction(1)
    for effect in item.get("effects") or ():
        if effect.get("enabled", True) is False:
            continue
        kind = kind_of(effect)
        if kind == "LinearTimeWarp":
            speed *= Fraction(effect.get("time_scalar", 1)).limit_denominator(10**6)
        elif kind in ("FreezeFrame", "TimeEffect"):
            return None
    return speed or None


def length(item: Node, rule: RecordDuration) -> Fraction:
    """Length of an item in its parent's time, in seconds.

    Raises:
        ValueError: It is unknown.
    """
    return rule(_trim(item, rule)[1], speed_of(item))


def origin(item: Node, rule: RecordDuration) -> Fraction:
    """What an untrimmed item begins with, in its own time: its range's start, played backwards the stretch's end.

    Raises:
        ValueError: Its length is unknown.
    """
    start, duration = _trim(item, rule)
    own = speed_of(item)
    return start - rule(duration, own) * own if own is not None and own < 0 else start


def active_media(clip: Node) -> Node | None:
    """The media reference that a clip plays (Clip.1 holds one, Clip.2 several by key)."""
    if "media_references" in clip:
        reference = (clip["media_references"] or {}).get(clip.get("active_media_reference_key", "DEFAULT_MEDIA"))
    else:
        reference = clip.get("media_reference")
    return reference if isinstance(reference, dict) else None


def _trim(item: Node, rule: RecordDuration) -> tuple[Fraction, Fraction]:
    """Start and duration of an item in its own time."""
    if item.get("source_range") is not None:
        return span(item["source_range"])
    kind = kind_of(item)
    children = item.get("children") or ()
    if kind == "Track":
        return Fraction(0), sum((length(child, rule) for child in children if _takes_time(child)), Fraction(0))
    if kind == "Stack":
        return Fraction(0), max((length(child, rule) for child in children if _takes_time(child)), default=Fraction(0))
    available = (active_media(item) or {}).get("available_range")
    if available is not None:
        return span(available)
    raise ValueError(f"the {kind} {item.get('name') or ''!r} has no source range, so its length is unknown")


def _takes_time(item: Node) -> bool:
    return kind_of(item) != "Transition"


def _plays(item: Node) -> bool:
    return item.get("enabled", True) is not False


def _children(
    parent: Node, path: tuple[int, ...], window: _Window, rule: RecordDuration, kind: TrackKind | None
) -> Iterator[Placement]:
    in_track = kind_of(parent) == "Track"
    angle = None if in_track else active_angle(parent)
    position = Fraction(0)
    for index, child in enumerate(parent.get("children") or ()):
        if not _takes_time(child):
            continue
        duration = length(child, rule)
        low, high, record_start, record_duration = window.cut(position, position + duration)
        if high > low:
            plays = window.shown and angle in (None, child.get("name"))
            shown = _Window(low - position, high - position, record_start, window.speed, plays)
            yield from _item(child, (*path, index), shown, record_duration, rule, kind)
        if in_track:
            position += duration


def _item(
    item: Node, path: tuple[int, ...], shown: _Window, record_duration: Fraction, rule: RecordDuration,
    kind: TrackKind | None,
) -> Iterator[Placement]:  # fmt: skip
    own = speed_of(item)
    speed = None if own is None or shown.speed is None else own * shown.speed
    edges = [origin(item, rule) + time * (own or Fraction(1)) for time in (shown.start, shown.end)]
    name = kind_of(item)
    if name == "Clip":
        if kind:
            first = max(edges) if speed is not None and speed < 0 else min(edges)
            yield Placement(item, 0, path, kind, shown.record_start, record_duration, first, speed, shown.shown)
    elif name in ("Stack", "Track"):
        inner = track_kind(item) if name == "Track" else kind
        if kind == "audio" and inner == "video":
            return  # the picture of a sequence nested on an audio track is not shown
        window = _Window(min(edges), max(edges), shown.record_start, speed, shown.shown and _plays(item))
        yield from _children(item, path, window, rule, inner)


def _placed_on(placement: Placement, track: int) -> Placement:
    return replace(placement, track=track)
