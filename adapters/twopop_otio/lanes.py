"""New clips on new tracks: making the track, finding room in its gaps, taking clips out again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from fractions import Fraction

from twopop.errors import TimelineMoved
from twopop_actions.changes import PlaceClip
from twopop_otio.dialects import Dialect
from twopop_otio.edits import external_reference
from twopop_otio.layout import length
from twopop_otio.tags import KEY, is_ours
from twopop_otio.timeline import kind_of
from twopop_otio.times import Node, finest, rational_time, seconds, time_range

_SAMPLE_RATE_HZ = 48000  # for gaps that begin or end between frames


def place(tracks: list[Node], changes: Iterable[PlaceClip], dialect: Dialect) -> None:
    """Puts new clips on their tracks.

    Args:
        tracks: The top-level tracks; new ones are put last.
        changes: What to place.
        dialect: The timeline's dialect.

    Raises:
        TimelineMoved: Something else lies there.
    """
    by_track: dict[str, list[PlaceClip]] = {}
    for change in changes:
        by_track.setdefault(change.track, []).append(change)
    for name, wanted in by_track.items():
        track = next((t for t in tracks if is_ours(t) and t.get("name") == name), None)
        if track is None:
            track = new_track(name, dialect)
            tracks.append(track)
        wanted.sort(key=lambda change: change.record_start)
        track["children"] = _filled(track["children"], wanted, dialect)


def _filled(children: list[Node], wanted: list[PlaceClip], dialect: Dialect) -> list[Node]:
    """A track's items with clips put into its gaps and behind its end."""
    filled: list[Node] = []
    position = Fraction(0)
    queue = deque(wanted)
    for child in children:
        end = position if kind_of(child) == "Transition" else position + length(child, dialect.record_duration)
        if not queue or queue[0].record_start >= end:
            filled.append(child)
        elif kind_of(child) != "Gap":
            raise TimelineMoved.at(f"track {queue[0].track}")
        else:
            position = _fill(filled, position, end, queue, dialect)
            if position < end:
                filled.append(gap_node(finest(end - position, dialect.rate, _SAMPLE_RATE_HZ)))
        position = end
    _fill(filled, position, None, queue, dialect)
    return filled


def _fill(
    filled: list[Node], position: Fraction, end: Fraction | None, queue: deque[PlaceClip], dialect: Dialect
) -> Fraction:
    """Appends the next clips up to a gap's end, gaps before them; returns where it stopped.

    Raises:
        TimelineMoved: A clip does not fit.
    """
    while queue and (end is None or queue[0].record_start < end):
        change = queue.popleft()
        stop = change.record_start + change.media.duration
        if change.record_start < position or (end is not None and stop > end):
            raise TimelineMoved.at(f"track {change.track}")
        if change.record_start > position:
            before = finest(change.record_start - position, dialect.rate, change.media.sample_rate_hz)
            filled.append(gap_node(before))
        filled.append(new_clip(change, dialect))
        position = stop
    return position


def new_track(name: str, dialect: Dialect) -> Node:
    """An empty audio track of ours."""
    track: Node = {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {KEY: {"made": True}},
        "name": name,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "children": [],
        "kind": "Audio",
    }
    dialect.dress_track(track)
    return track


def new_clip(change: PlaceClip, dialect: Dialect) -> Node:
    """The clip that a change places, the source of what was rendered as its alternate reference."""
    source, available = dialect.ranges(change.media)
    references = {"DEFAULT_MEDIA": external_reference(change.media.path, available, dialect)}
    clip: Node = {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {KEY: {"change": change.id, **change.tag}},
        "name": change.name,
        "source_range": source,
        "effects": [],
        "markers": [],
        "enabled": True,
        "media_references": references,
        "active_media_reference_key": "DEFAULT_MEDIA",
    }
    if change.original:
        # Its range is labelled so that the clip's source range shows the same moment of either file.
        at = change.original.sample_rate_hz
        first = rational_time(seconds(source["start_time"]) - change.original.start, at)
        whole = rational_time(change.original.file_duration, at)
        references["original"] = external_reference(change.original.path, time_range(first, whole), dialect)
    dialect.dress_clip(clip, change)
    return clip


def remove(tracks: list[Node], is_placed: Callable[[Node], bool], dialect: Dialect) -> None:
    """Takes clips of ours out, and our tracks that then hold nothing.

    A track on which somebody else's clips lie stays, with gaps where ours were.

    Args:
        tracks: The top-level tracks.
        is_placed: Whether a clip is to go.
        dialect: The timeline's dialect.
    """
    gone = []
    for track in tracks:
        items = track.get("children") or []
        touched = any(is_placed(item) for item in items)
        if touched:
            items = track["children"] = _without(items, is_placed, dialect)
        if (touched or is_ours(track)) and all(kind_of(item) == "Gap" for item in items):
            gone.append(track)
    tracks[:] = [track for track in tracks if not any(track is other for other in gone)]


def _without(children: list[Node], is_placed: Callable[[Node], bool], dialect: Dialect) -> list[Node]:
    """A track's items with gaps in place of some; gaps that then meet become one."""
    kept: list[Node] = []
    for child in children:
        if is_placed(child):
            child = gap_node(finest(length(child, dialect.record_duration), dialect.rate, _SAMPLE_RATE_HZ))
        if kept and _is_plain_gap(child) and _is_plain_gap(kept[-1]):
            whole = sum((seconds(gap["source_range"]["duration"]) for gap in (kept.pop(), child)), Fraction(0))
            child = gap_node(finest(whole, dialect.rate, _SAMPLE_RATE_HZ))
        kept.append(child)
    return kept


def _is_plain_gap(item: Node) -> bool:
    said = (item.get(key) for key in ("name", "metadata", "effects", "markers"))
    return kind_of(item) == "Gap" and bool(item.get("source_range")) and not any(said)


def gap_node(duration: Node) -> Node:
    """A gap."""
    return {
        "OTIO_SCHEMA": "Gap.1",
        "metadata": {},
        "name": "",
        "source_range": time_range({**duration, "value": 0.0}, duration),
        "effects": [],
        "markers": [],
        "enabled": True,
    }
