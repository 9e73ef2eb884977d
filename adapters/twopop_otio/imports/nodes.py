"""OTIO objects for timelines that come from other formats.

Plain OTIO: a clip's source range counts in the media's own labels and is as long as the clip shows on the timeline,
whatever its speed. What the other format knew of a clip stands in its metadata under `IMPORTED`:

    {"link": group of linked clips, "reel": tape or card, "file": file name, "event": its number there,
     "channel": sound channel, from 0}
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from twopop_otio.dialects.plain import IMPORTED
from twopop_otio.tags import KEY
from twopop_otio.times import Node, finest, time_range

_SAMPLE_RATE_HZ = 48000  # for times between frames

Range = tuple[Fraction, Fraction]
"""Start and duration, in seconds."""


def moment(value_s: Fraction, rate: Fraction) -> Node:
    """A RationalTime: in frames where the value is a whole number of them, else in samples at 48 kHz."""
    return finest(value_s, float(rate), _SAMPLE_RATE_HZ)


def known(**facts: str | int | None) -> Node:
    """A clip's metadata: what its format knew of it; facts that are None or empty are left out."""
    return {IMPORTED: {name: fact for name, fact in facts.items() if fact not in (None, "")}}


def clip(
    name: str, source: Range, rate: Fraction, media: Node, *, media_rate: Fraction | None = None,
    speed: Fraction = Fraction(1), metadata: Node | None = None, enabled: bool = True, markers: Iterable[Node] = (),
) -> Node:  # fmt: skip
    """A clip.

    Args:
        name: Its name.
        source: Label of the moment shown first, and length on the timeline, in seconds. Played backwards, the frame
            that is seen first ends at that label; what is written is where the stretch begins that is used up to it.
        rate: The timeline's frames per second.
        media: Its media reference.
        media_rate: The media's frames per second; None: the timeline's.
        speed: Media seconds for each record second; 0: a freeze.
        metadata: Its metadata.
        enabled: Whether it plays.
        markers: On it.
    """
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": metadata or {},
        "name": name,
        "source_range": played_range(*source, speed, media_rate or rate, rate),
        "effects": retime(speed),
        "markers": list(markers),
        "enabled": enabled,
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def played_range(first: Fraction, duration: Fraction, speed: Fraction, media_rate: Fraction, rate: Fraction) -> Node:
    """The source range of what shows `first` first and lasts `duration` seconds of the timeline."""
    low = first + duration * min(speed, Fraction(0))
    return time_range(moment(low, media_rate), moment(duration, rate))


def retime(speed: Fraction) -> list[Node]:
    """The effects that play something at a speed."""
    if speed == 1:
        return []
    plain: Node = {"metadata": {}, "name": "", "enabled": True}
    if speed == 0:
        return [{"OTIO_SCHEMA": "FreezeFrame.1", **plain, "effect_name": "FreezeFrame", "time_scalar": 0.0}]
    return [{"OTIO_SCHEMA": "LinearTimeWarp.1", **plain, "effect_name": "LinearTimeWarp", "time_scalar": float(speed)}]


def ramp() -> Node:
    """The effect that says that a clip's speed changes while it plays."""
    return {"OTIO_SCHEMA": "TimeEffect.1", "metadata": {}, "name": "", "effect_name": "TimeEffect", "enabled": True}


def file_reference(
    url: str | None, name: str = "", available: Range | None = None, rate: Fraction | None = None
) -> Node:
    """A reference to a media file; a MissingReference where the file is known by its name at most.

    Args:
        url: Path or URL.
        name: What the other format calls the file.
        available: Label of its first frame, and its length, in seconds; None when not known.
        rate: Its frames per second, where `available` is known.
    """
    reference: dict[str, Any] = {
        "OTIO_SCHEMA": "ExternalReference.1" if url else "MissingReference.1",
        "metadata": {},
        "name": name,
        "available_range": None,
        "available_image_bounds": None,
    }
    if url:
        reference["target_url"] = url
    if available and rate:
        reference["available_range"] = span_node(available, rate)
    return reference


def span_node(span: Range, rate: Fraction) -> Node:
    """A TimeRange, in frames where it can be."""
    return time_range(moment(span[0], rate), moment(span[1], rate))


def generator(kind: str, name: str = "") -> Node:
    """A reference to what an editor makes itself: titles, bars, colours."""
    return {
        "OTIO_SCHEMA": "GeneratorReference.1",
        "metadata": {},
        "name": name,
        "available_range": None,
        "available_image_bounds": None,
        "generator_kind": kind,
        "parameters": {},
    }


def transition(before: Fraction, behind: Fraction, rate: Fraction, name: str = "") -> Node:
    """A dissolve from `before` seconds before a cut to `behind` seconds behind it."""
    return {
        "OTIO_SCHEMA": "Transition.1",
        "metadata": {},
        "name": name,
        "transition_type": "SMPTE_Dissolve",
        "in_offset": moment(before, rate),
        "out_offset": moment(behind, rate),
    }


def marker(
    name: str, start: Fraction, duration: Fraction, rate: Fraction, *, comment: str = "", color: str = ""
) -> Node:
    """A marker, at a time of the item that carries it, in seconds."""
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {},
        "name": name,
        "color": color or "GREEN",
        "marked_range": time_range(moment(start, rate), moment(duration, rate)),
        "comment": comment,
    }


def track(name: str, kind: str, children: Iterable[Node], *, enabled: bool = True) -> Node:
    """A track; `kind` is "Video" or "Audio"."""
    return {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {},
        "name": name,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": enabled,
        "children": list(children),
        "kind": kind,
    }


def stack(name: str, tracks: Iterable[Node], source: Node | None = None, **parts: Any) -> Node:
    """A nested timeline; `parts` replaces what is empty by default."""
    empty: Node = {"metadata": {}, "effects": [], "markers": [], "enabled": True}
    return {"OTIO_SCHEMA": "Stack.1", "name": name, "source_range": source, **empty, **parts, "children": list(tracks)}


def timeline(
    name: str, start: Fraction, rate: Fraction, tracks: Iterable[Node], *, drop_frame: bool,
    markers: Iterable[Node] = (),
) -> Node:  # fmt: skip
    """A timeline.

    Args:
        name: Its name.
        start: Timecode of its first frame, in seconds since midnight.
        rate: Frames per second.
        tracks: The lowest first.
        drop_frame: Whether its labels are drop-frame.
        markers: On the whole.
    """
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {KEY: {"drop_frame": drop_frame}},
        "name": name,
        "global_start_time": moment(start, rate),
        "tracks": stack("tracks", tracks, markers=list(markers)),
    }
