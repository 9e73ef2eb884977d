"""A document as the plain timeline that actions plan on."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from twopop.timing import Frames, Timecode, round_half_up, snap_rate
from twopop_actions.timeline import Clip, ClipMedia, Target, Timebase, Timeline, Track
from twopop_otio.dialects import Dialect
from twopop_otio.edits import take_back
from twopop_otio.layout import Placement, active_media, placements, track_kind
from twopop_otio.tags import applied_ids, copy_of, digest_of, is_ours, placed_tag, tag_of
from twopop_otio.timeline import Document, kind_of, name_of
from twopop_otio.times import Node, seconds, span
from twopop_otio.urls import locate

_DROP_FRAME_RATES = (Fraction(30000, 1001), Fraction(60000, 1001))


def snapshot(document: Document, dialect: Dialect) -> Timeline:
    """What actions plan on.

    Args:
        document: A timeline file.
        dialect: The dialect that it is written in.

    Returns:
        Its tracks and clips; each clip as it is without our changes.

    Raises:
        ValueError: An item's length is unknown.
    """
    clips = tuple(_clip(p, document.path.parent, dialect) for p in placements(document.tracks, dialect.record_duration))
    return Timeline(
        name=name_of(document.root) or document.path.stem,
        source=str(document.path),
        digest=digest_of(document.root),
        timebase=timebase(document),
        tracks=tuple(_tracks(document)),
        clips=clips,
        applied=frozenset(applied_ids(document.root)),
    )


def plain(clip: Node, dialect: Dialect) -> Node:
    """A clip without our changes and markers; the clip itself when it carries none."""
    if not tag_of(clip) and not any(is_ours(marker) for marker in clip.get("markers") or ()):
        return clip
    copy = copy_of(clip)
    take_back(copy, dialect)
    return copy


def timebase(document: Document) -> Timebase:
    """The frames and timecode of a timeline.

    OTIO does not say whether labels are drop-frame. What was read from a format that does carries it in our tag. Else,
    at 29.97 and 59.94, they are when the start is a whole hour only under that reading: 01:00:00;00 is frame 107892,
    01:00:00:00 is frame 108000.
    """
    rate = snap_rate(document.rate)
    head = document.root.get("global_start_time")
    start = seconds(head) if head is not None else Fraction(0)
    said = tag_of(document.root).get("drop_frame")
    drop_frame = said if isinstance(said, bool) else _is_drop_frame(start, rate)
    return Timebase(rate, start, drop_frame and rate in _DROP_FRAME_RATES)


def _is_drop_frame(start: Fraction, rate: Fraction) -> bool:
    if rate not in _DROP_FRAME_RATES or start <= 0:
        return False
    frame = Frames(round_half_up(start * rate))
    return str(Timecode(frame, rate, True))[2:] == ":00:00;00" and frame % (3600 * round_half_up(rate)) != 0


def _tracks(document: Document) -> list[Track]:
    found = []
    for index, track in enumerate(document.tracks):
        kind = track_kind(track) if kind_of(track) == "Track" else None
        if kind:
            made = tag_of(track).get("made") is True
            found.append(Track(index, name_of(track), kind, made=made, locked=_is_locked(track)))
    return found


def _is_locked(track: Node) -> bool:
    """Whether an editor wrote that the user locked a track: Resolve does so in its block of metadata."""
    blocks = (track.get("metadata") or {}).values()
    return any(isinstance(block, dict) and block.get("Locked") is True for block in blocks)


def _clip(placement: Placement, folder: Path, dialect: Dialect) -> Clip:
    clip = plain(placement.node, dialect)
    return Clip(
        target=Target(
            track=placement.track,
            path=placement.path,
            name=name_of(placement.node),
            record_start=placement.record_start,
            record_duration=placement.record_duration,
            digest=digest_of(clip),
        ),
        kind=placement.kind,
        media=_media(clip, folder, dialect),
        source_start=placement.source_start,
        record_start=placement.record_start,
        record_duration=placement.record_duration,
        speed=placement.speed,
        link=dialect.link(clip),
        enabled=placement.shown and clip.get("enabled", True) is not False,
        gain=dialect.gain(clip),
        tag=placed_tag(placement.node),
        slipped_s=_start(clip) - _start(placement.node),
    )


def _start(clip: Node) -> Fraction:
    return span(clip["source_range"])[0] if clip.get("source_range") else Fraction(0)


def _media(clip: Node, folder: Path, dialect: Dialect) -> ClipMedia | None:
    reference = active_media(clip)
    if reference is None:
        return ClipMedia(None, "the timeline names no media file")
    if kind_of(reference) in ("GeneratorReference", "ImageSequenceReference"):
        return None
    location = locate(dialect.media_path(reference), folder)
    available = reference.get("available_range")
    start, duration = span(available) if available is not None else (None, None)
    return ClipMedia(location.path, location.problem, start, duration)
