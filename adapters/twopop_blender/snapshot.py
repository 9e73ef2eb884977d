"""A scene's sequencer as the plain timeline that actions plan on.

Record time zero is frame 0, to which Blender's own timecode counts; the scene's first frame is often moved about for
previews. Channel n is track n - 1; meta strips are descended into, as far as they show. Reading writes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy

from twopop.timing import snap_rate
from twopop_actions.timeline import Clip, Target, Timebase, Timeline, Track
from twopop_blender.edits import volume_of
from twopop_blender.media import kind_of, media_of, sped_up, speed_of
from twopop_blender.notes import Notes
from twopop_blender.strips import Scene, Strip, collection, content_start, inputs, left, right
from twopop_blender.tags import exact_offset, notes_of, placed_tag, plain


@dataclass(frozen=True)
class Shown:
    """A strip and the part of it that shows.

    Attributes:
        strip: The strip.
        channel: Its top-level channel.
        path: Its place in the channel; within meta strips one index more a level.
        first: The first frame that shows.
        end: The first frame behind it.
        muted: Whether a channel or a meta strip around it is muted.
        locked: Whether a channel or a meta strip around it is locked.
        selected: Whether it, or a meta strip around it, is selected.
    """

    strip: Strip
    channel: int
    path: tuple[int, ...]
    first: int
    end: int
    muted: bool
    locked: bool
    selected: bool


def rate_of(scene: Scene) -> Fraction:
    """Frames per second, exact: 24 / 1.001 is kept by Blender as a 32-bit float."""
    return snap_rate(Fraction(scene.render.fps) / Fraction(scene.render.fps_base))


def shown(scene: Scene) -> list[Shown]:
    """All strips that play or draw something, by channel and time."""
    return list(_walk(scene.sequence_editor, None))


def snapshot(scene: Scene) -> Timeline:
    """What actions plan on.

    Args:
        scene: A scene with a sequencer.

    Returns:
        Its tracks and clips; each clip as it is without our changes.
    """
    rate, sped, found = rate_of(scene), sped_up(scene), shown(scene)
    clips = tuple(clip_of(scene, item, rate, sped) for item in found)
    applied = {str(clip.tag["change"]) for clip in clips if clip.tag}
    applied |= {note.change for item in found for note in notes_of(item.strip)}
    applied |= {mark.change for mark in Notes.of(scene).marks}
    return Timeline(
        name=f"{Path(bpy.data.filepath).stem}, {scene.name}" if bpy.data.filepath else scene.name,
        source=bpy.data.filepath or scene.name,
        digest=_sha([[str(rate)], *([clip.target.digest, *_place(clip)] for clip in clips if not clip.tag)]),
        timebase=Timebase(rate),
        tracks=_tracks(scene, found),
        clips=clips,
        applied=frozenset(applied),
    )


def clip_of(scene: Scene, item: Shown, rate: Fraction, sped: frozenset[str]) -> Clip:
    """A strip as a clip.

    Args:
        scene: Its scene.
        item: The strip.
        rate: The scene's frames per second.
        sped: Names of the strips that speed effects play.
    """
    strip = item.strip
    speed = None if strip.name in sped else speed_of(strip, rate)
    start, length = Fraction(item.first) / rate, Fraction(item.end - item.first) / rate
    clip = Clip(
        target=Target(item.channel - 1, item.path, strip.name, start, length, "", strip.name),
        kind=kind_of(strip),
        media=media_of(strip),
        source_start=Fraction(item.first - content_start(strip)) / rate * (speed or 1) - _offset(strip),
        record_start=start,
        record_duration=length,
        speed=speed,
        enabled=not (plain(strip, "mute", strip.mute) or item.muted),
        gain=_gain(scene, strip),
        tag=placed_tag(strip),
        slipped_s=_slipped(strip),
    )
    return replace(clip, target=replace(clip.target, digest=_digest(clip, item)))


def _offset(strip: Strip) -> Fraction:
    return exact_offset(strip) if strip.type == "SOUND" else Fraction(0)


def _slipped(strip: Strip) -> Fraction:
    """By how much later we made its sound, in seconds."""
    if strip.type != "SOUND":
        return Fraction(0)
    before = plain(strip, "sound_offset", strip.sound_offset)
    return Fraction(0) if before == strip.sound_offset else exact_offset(strip) - Fraction(before)


def _gain(scene: Scene, strip: Strip) -> str | None:
    """The volume without us; "animated" where a curve of the user's drives it."""
    if strip.type != "SOUND":
        return None
    value, animated = plain(strip, "volume", volume_of(strip, scene))
    return "animated" if animated else repr(value)


def _walk(owner: Any, around: Shown | None) -> Iterator[Shown]:
    channels = owner.channels
    by_channel: dict[int, list[Strip]] = {}
    for strip in sorted(collection(owner), key=lambda strip: (strip.channel, left(strip), strip.name)):
        by_channel.setdefault(strip.channel, []).append(strip)
    count = 0
    for number, strips in by_channel.items():
        channel = channels[number]
        for index, strip in enumerate(strips):
            item = Shown(
                strip, around.channel if around else number, (*around.path, count) if around else (index,),
                left(strip), right(strip), channel.mute, channel.lock or strip.lock, strip.select,
            )  # fmt: skip
            count += 1
            yield from _within(item, around)


def _within(item: Shown, around: Shown | None) -> Iterator[Shown]:
    """A strip as far as the meta strip around it shows it; a meta strip's own strips in its place."""
    if around:
        item = replace(
            item,
            first=max(item.first, around.first), end=min(item.end, around.end),
            muted=item.muted or around.muted, locked=item.locked or around.locked,
            selected=item.selected or around.selected,
        )  # fmt: skip
    if item.first >= item.end:
        return
    if item.strip.type == "META":
        yield from _walk(item.strip, replace(item, muted=item.muted or item.strip.mute))
    elif not inputs(item.strip):
        yield item


def _tracks(scene: Scene, found: list[Shown]) -> tuple[Track, ...]:
    lanes = Notes.of(scene).lanes
    channels = scene.sequence_editor.channels
    numbers = {item.channel for item in found}
    made = {n for n, lane in lanes.items() if channels[n].name == lane.name}
    return tuple(
        Track(
            index=number - 1,
            name=channels[number].name,
            kind="video" if any(kind_of(i.strip) == "video" for i in found if i.channel == number) else "audio",
            made=number in made,
            locked=channels[number].lock or any(_bars(item) for item in found if item.channel == number),
        )
        for number in sorted(numbers | made)
    )


def _bars(item: Shown) -> bool:
    """Whether it is sound that the user locked: a clip has no lock of its own in a plan, so its track gets it."""
    return item.locked and item.strip.type == "SOUND"


def _place(clip: Clip) -> list[Any]:
    return [clip.target.track, str(clip.record_start), str(clip.record_duration), clip.enabled]


def _digest(clip: Clip, item: Shown) -> str:
    """What the strip is, wherever it lies: media and the part of it, without anything of ours."""
    strip = item.strip
    offset_s = plain(strip, "sound_offset", strip.sound_offset) if strip.type == "SOUND" else 0.0
    return _sha(
        [
            strip.type, clip.media.path if clip.media else None, item.first - content_start(strip), offset_s,
            str(clip.record_duration), str(clip.speed), clip.gain, clip.enabled, getattr(strip, "pan", None),
            getattr(strip, "stream_index", None), list(clip.tag),
        ]
    )  # fmt: skip


def _sha(data: Any) -> str:
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()
