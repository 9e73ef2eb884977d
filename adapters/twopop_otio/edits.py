"""Changes to a clip that is there, and how each is taken back.

What stood there before is noted on the clip itself, so that taking back needs nothing else. A value that somebody
changed after us is theirs and stays.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from twopop.errors import OptionInvalid
from twopop_actions.changes import AddMarker, AddTake, Change, MediaStretch, SetEnabled, SetGainKeys, SlipAudio
from twopop_otio.dialects import Dialect
from twopop_otio.layout import active_media
from twopop_otio.tags import KEY, drop_changes, drop_markers, note_change, tag_of
from twopop_otio.times import Node, rate_of, rational_time, seconds, span, time_range

_DEFAULT_KEY = "DEFAULT_MEDIA"


def make(clip: Node, change: Change, dialect: Dialect) -> None:
    """Makes a change to a clip and notes what was there.

    Raises:
        OptionInvalid: The clip cannot take it.
    """
    if isinstance(change, AddMarker):
        _mark(clip, change, dialect)
        return
    was: Any = None
    now: Any = None
    if isinstance(change, SetEnabled):
        was, now = clip.get("enabled"), change.enabled
        clip["enabled"] = change.enabled
    elif isinstance(change, SetGainKeys):
        was, now = dialect.gain(clip), dialect.gain_block(change.keys)
        dialect.set_gain(clip, now)
    elif isinstance(change, SlipAudio):
        was = clip["source_range"]
        now = clip["source_range"] = _slipped(clip, change)
    elif isinstance(change, AddTake):
        was, now = _add_take(clip, change, dialect)
    note_change(clip, change.id, type(change).__name__, was, now)


def take_back(clip: Node, dialect: Dialect) -> None:
    """Takes our changes and markers off a clip, newest first."""
    drop_markers(clip)
    noted = tag_of(clip).get("changes")
    if not isinstance(noted, dict):
        return
    for note in reversed(list(noted.values())):
        _restore(clip, note["change"], note["was"], note["now"], dialect)
    drop_changes(clip)


def _restore(clip: Node, kind: str, was: Any, now: Any, dialect: Dialect) -> None:
    """Puts back what a change of a kind replaced, unless somebody changed it since."""
    if kind == "SetEnabled" and clip.get("enabled") == now:
        if was is None:
            del clip["enabled"]
        else:
            clip["enabled"] = was
    elif kind == "SetGainKeys":
        dialect.restore_gain(clip, was, now)
    elif kind == "SlipAudio" and clip.get("source_range") == now:
        clip["source_range"] = was
    elif kind == "AddTake":
        _remove_take(clip, was, now)


def external_reference(path: str, available: Node, dialect: Dialect) -> Node:
    """A media reference to a file."""
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": "",
        "available_range": available,
        "available_image_bounds": None,
        "target_url": dialect.target_url(path),
    }


def _mark(clip: Node, change: AddMarker, dialect: Dialect) -> None:
    tag: Node = {"change": change.id, "clip": change.clip}
    if not isinstance(clip.get("markers"), list):
        clip["markers"] = []
        tag["absent"] = ["markers"]
    shown = clip.get("source_range") or (active_media(clip) or {}).get("available_range")
    start = span(shown)[0] if shown else Fraction(0)
    frame = time_range(rational_time(start, dialect.rate), {**rational_time(Fraction(0), dialect.rate), "value": 1.0})
    marker: Node = {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {KEY: tag},
        "name": change.name,
        "color": change.color,
        "marked_range": frame,
        "comment": change.comment,
    }
    dialect.dress_marker(marker, change)
    clip["markers"].append(marker)


def _slipped(clip: Node, change: SlipAudio) -> Node:
    old: Node = clip["source_range"]
    start, duration = span(old)
    moved = start - change.delay_s
    available = (active_media(clip) or {}).get("available_range")
    if available is not None:
        first, whole = span(available)
        if moved < first or moved + duration > first + whole:
            problem = f"{change.target} has too little media to be slipped by {float(change.delay_s) * 1000:.3f} ms"
            raise OptionInvalid.of("delay_s", problem)
    return {**old, "start_time": rational_time(moved, rate_of(old["start_time"]))}


def _add_take(clip: Node, change: AddTake, dialect: Dialect) -> tuple[Any, Any]:
    """What was and is: schema, references, active key, source range."""
    if "media_references" not in clip:
        raise OptionInvalid.of("key", f"{change.target} is of an OTIO version that holds one media reference only")
    if change.key in clip["media_references"]:
        raise OptionInvalid.of("key", f"{change.target} has a take of the name {change.key} already")
    was = {"active": clip.get("active_media_reference_key", _DEFAULT_KEY), "source_range": clip.get("source_range")}
    source, available = dialect.ranges(change.media)
    if not change.active:
        available = aligned_range(clip, change.media)
    clip["media_references"][change.key] = external_reference(change.media.path, available, dialect)
    now = {"key": change.key, "active": was["active"], "source_range": was["source_range"]}
    if change.active:
        clip["active_media_reference_key"] = now["active"] = change.key
        clip["source_range"] = now["source_range"] = source
    return was, now


def aligned_range(clip: Node, media: MediaStretch) -> Node:
    """An available range under which the clip's present source range shows a stretch of another file."""
    start = seconds(clip["source_range"]["start_time"]) - media.start
    at = media.sample_rate_hz
    return time_range(rational_time(start, at), rational_time(media.file_duration, at))


def _remove_take(clip: Node, was: Any, now: Any) -> None:
    clip.get("media_references", {}).pop(now["key"], None)
    if clip.get("active_media_reference_key") == now["key"]:
        clip["active_media_reference_key"] = was["active"]
        if clip.get("source_range") == now["source_range"]:
            clip["source_range"] = was["source_range"]
