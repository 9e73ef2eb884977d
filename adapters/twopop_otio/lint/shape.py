"""Rules about the objects themselves: schemas, the fields that must stand there, tracks, the start."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from twopop_otio.dialects.plain import metadata_of
from twopop_otio.layout import track_kind
from twopop_otio.lint.cut import Cut, is_of_unknown_length
from twopop_otio.lint.rule import Hit
from twopop_otio.timeline import kind_of, schema
from twopop_otio.times import Node, rational_time, seconds

_NEWEST = {"Marker": 2, "Effect": 1, "SerializableCollection": 1}
"""Newest versions in the OTIO library 0.18.1 of what does not concern timing; the rest is refused on reading."""

_KNOWN = {
    "Clip", "Gap", "Stack", "Track", "Transition", "Marker", "Effect", "TimeEffect", "LinearTimeWarp", "FreezeFrame",
    "ExternalReference", "MissingReference", "GeneratorReference", "ImageSequenceReference", "Timeline",
}  # fmt: skip


def newer_schemas(cut: Cut) -> Iterator[Hit]:
    """Markers and effects of a version that the library refuses."""
    for node in cut.objects():
        name, version = schema(node)
        if version > _NEWEST.get(name, version):
            mend = partial(_older_marker, node) if (name, version) == ("Marker", 3) else None
            message = (
                f"{name}.{version} is newer than {name}.{_NEWEST[name]}, and one such object stops the whole import"
            )
            yield Hit(f"{message}: {_called(node)}.", None, mend)


def _older_marker(marker: Node) -> None:
    """Version 3 differs by its colour, an object that has a name, and may lack the comment."""
    color = marker.get("color")
    if isinstance(color, dict):
        marker["color"] = str(color.get("name") or "RED").upper()
    marker.setdefault("comment", "")
    marker["OTIO_SCHEMA"] = "Marker.2"


def unknown_schemas(cut: Cut) -> Iterator[Hit]:
    """Objects of schemas that no editor knows."""
    for node in cut.objects():
        if kind_of(node) not in _KNOWN:
            yield Hit(f"{node['OTIO_SCHEMA']} is no schema of OTIO's; it is left out: {_called(node)}.")


def old_clips(cut: Cut) -> Iterator[Hit]:
    """Clips that hold one media reference without a key."""
    for clip in cut.clips:
        if schema(clip.node)[1] < 2:
            yield Hit(
                "Clip.1 holds its media in a way that Resolve does not read.", clip, partial(_newer_clip, clip.node)
            )


def _newer_clip(clip: Node) -> None:
    clip["media_references"] = {"DEFAULT_MEDIA": clip.pop("media_reference", None) or _missing()}
    clip["active_media_reference_key"] = "DEFAULT_MEDIA"
    clip["OTIO_SCHEMA"] = "Clip.2"


def _missing() -> Node:
    return {"OTIO_SCHEMA": "MissingReference.1", "metadata": {}, "name": "", "available_range": None}


def missing_fields(cut: Cut) -> Iterator[Hit]:
    """Stack, tracks and items without `enabled` or `metadata`, tracks and clips without a block of Resolve's."""
    stack = cut.root["tracks"]
    if lacking := _lacking(stack):
        yield Hit(f"The stack of tracks lacks {lacking}.", None, partial(_complete, stack))
    for track in cut.tracks:
        if lacking := _lacking(track):
            yield Hit(f"The track lacks {lacking}.", track, partial(_complete, track))
    for item in cut.items:
        if lacking := _lacking(item.node):
            yield Hit(f"The {item.schema.lower()} lacks {lacking}.", item, partial(_complete, item.node))


def _lacking(node: Node) -> str:
    lacking = [] if "enabled" in node or kind_of(node) == "Transition" else ["enabled"]
    metadata = node.get("metadata")
    if not isinstance(metadata, dict):
        lacking.append("metadata")
    elif kind_of(node) in ("Track", "Clip") and not isinstance(metadata.get("Resolve_OTIO"), dict):
        lacking.append("metadata.Resolve_OTIO")
    return " and ".join(lacking)


def _complete(node: Node) -> None:
    if kind_of(node) != "Transition":
        node.setdefault("enabled", True)
    if not isinstance(node.get("metadata"), dict):
        node["metadata"] = {}
    if kind_of(node) in ("Track", "Clip") and not metadata_of(node, "Resolve_OTIO"):
        node["metadata"]["Resolve_OTIO"] = _block(node)


def _block(node: Node) -> Node:
    """What Resolve itself writes; tracks that it makes for sound are stereo."""
    if kind_of(node) == "Clip":
        return {}
    sound = {"Audio Type": "Stereo", "SoloOn": False} if track_kind(node) == "audio" else {}
    return {**sound, "Locked": False}


def unknown_lengths(cut: Cut) -> Iterator[Hit]:
    """Clips and gaps that tell neither what they use nor what there is."""
    for item in cut.items:
        if is_of_unknown_length(item.node):
            yield Hit("It has no source range and no available range, so nobody can tell how long it is.", item)


def other_tracks(cut: Cut) -> Iterator[Hit]:
    """Tracks that carry neither picture nor sound."""
    for track in cut.tracks:
        if track_kind(track) is None:
            yield Hit(f"A track of the kind {track.get('kind')!r} carries neither picture nor sound.", track)


def loose_items(cut: Cut) -> Iterator[Hit]:
    """Items that lie in no track."""
    for node in cut.document.tracks:
        if kind_of(node) != "Track":
            yield Hit(f"A {kind_of(node)} lies beside the tracks, in none of them: {_called(node)}.")


def missing_start(cut: Cut) -> Iterator[Hit]:
    """A timeline that does not say at which timecode it starts."""
    if cut.root.get("global_start_time") is None:
        yield Hit("The start timecode is not written, and Resolve takes its own default.", None, partial(_start, cut))


def _start(cut: Cut) -> None:
    cut.root["global_start_time"] = rational_time(Fraction(0), cut.editor.rate)


def dropped_start(cut: Cut) -> Iterator[Hit]:
    """A start timecode other than zero."""
    start = cut.root.get("global_start_time")
    if start is not None and seconds(start):
        yield Hit(f"The start timecode {cut.timecode(Fraction(0))} is not taken over.")


def _called(node: Node) -> str:
    name = node.get("name")
    return repr(name) if name else "it has no name"
