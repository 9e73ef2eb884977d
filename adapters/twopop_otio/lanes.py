"""New clips on new tracks: making the track, finding room in its gaps, taking clips out again."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from twopop.errors import TimelineMoved
from twopop_actions.changes import PlaceClip
from twopop_otio.dialect import Dialect
from twopop_otio.edits import external_reference
from twopop_otio.layout import gap_length, length, track_kind
from twopop_otio.tags import KEY, copy_of, is_ours
from twopop_otio.timeline import kind_of
from twopop_otio.times import Node, finest, rational_time, seconds, time_range


def place(tracks: list[Node], change: PlaceClip, dialect: Dialect) -> None:
    """Puts a new clip on its track.

    Args:
        tracks: The top-level tracks; a new one is put last.
        change: What to place.
        dialect: The timeline's dialect.

    Raises:
        TimelineMoved: Something else lies there.
    """
    track = next((t for t in tracks if is_ours(t) and t.get("name") == change.track), None)
    if track is None:
        track = new_track(change.track, dialect)
        tracks.append(track)
    end = change.record_start + change.media.duration
    position = Fraction(0)
    children: list[Node] = track["children"]
    for index, child in enumerate(children):
        if kind_of(child) == "Transition":
            continue
        after = position + length(child, dialect.record_duration)
        if after > change.record_start:
            if kind_of(child) != "Gap" or position > change.record_start or after < end:
                raise TimelineMoved.at(f"track {change.track}")
            gaps = [(position, change.record_start), (end, after)]
            before, behind = ([_gap(high - low, change, dialect)] if high > low else [] for low, high in gaps)
            children[index : index + 1] = [*before, new_clip(change, dialect), *behind]
            return
        position = after
    if change.record_start > position:
        children.append(_gap(change.record_start - position, change, dialect))
    children.append(new_clip(change, dialect))


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
    emptied = []
    for track in [t for t in tracks if kind_of(t) == "Track" and track_kind(t) == "audio"]:
        for clip in [child for child in track["children"] if is_placed(child)]:
            _to_gap(track["children"], clip, dialect)
            emptied.append(track)
    gone = [t for t in emptied if all(kind_of(child) == "Gap" for child in t["children"])]
    tracks[:] = [t for t in tracks if not any(t is other for other in gone)]


def _to_gap(children: list[Node], clip: Node, dialect: Dialect) -> None:
    index = next(i for i, child in enumerate(children) if child is clip)
    gap = gap_node(copy_of(clip["source_range"]["duration"]))
    children[index] = gap
    for neighbour in (index + 1, index - 1):
        if 0 <= neighbour < len(children) and kind_of(children[neighbour]) == "Gap":
            whole = gap_length(children[neighbour]) + gap_length(gap)
            gap["source_range"]["duration"] = finest(whole, dialect.rate, 48000)
            del children[neighbour]


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


def _gap(duration: Fraction, change: PlaceClip, dialect: Dialect) -> Node:
    return gap_node(finest(duration, dialect.rate, change.media.sample_rate_hz))
