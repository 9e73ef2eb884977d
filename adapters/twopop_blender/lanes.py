"""New strips on channels of their own, and markers on the scene."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction

import bpy

from twopop.errors import HostFailed, TimelineMoved
from twopop.timing import round_half_up
from twopop_actions.changes import AddMarker, PlaceClip
from twopop_blender.edits import HOST, written
from twopop_blender.notes import Lane, Mark, Notes
from twopop_blender.strips import Scene, Strip, all_strips, collection, content_start, cut, left, right
from twopop_blender.tags import is_ours, load, store

_MARKER_BYTES = 63
_LAST_CHANNEL = 128


@dataclass(frozen=True)
class Room:
    """Where a new strip goes: whole frames, and what lies between them.

    Attributes:
        first: Its first frame.
        end: The first frame behind it.
        content: The frame on which the media begins.
        offset_s: How much later than that it sounds, in seconds, half a frame at most.
    """

    first: int
    end: int
    content: int
    offset_s: Fraction

    @classmethod
    def of(cls, change: PlaceClip, rate: Fraction) -> Room:
        """The room that a change wants; edges between frames go to the nearest ones, the sound stays where it is."""
        first = round_half_up(change.record_start * rate)
        end = max(first + 1, round_half_up((change.record_start + change.media.duration) * rate))
        source_s = change.media.start + Fraction(first) / rate - change.record_start
        content = first - round_half_up(source_s * rate)
        return cls(first, end, content, Fraction(first - content) / rate - source_s)


def channels_for(scene: Scene, changes: Iterable[PlaceClip], rate: Fraction) -> dict[str, int]:
    """A channel for each track name: the one that we gave that name, else a free one above all others.

    Raises:
        TimelineMoved: Something lies where a clip is to go.
        HostFailed: There is no channel left.
    """
    lanes, channels = Notes.of(scene).lanes, scene.sequence_editor.channels
    top = max((strip.channel for strip in collection(scene.sequence_editor)), default=0)
    found = {lane.name: n for n, lane in lanes.items() if channels[n].name == lane.name and not channels[n].lock}
    free = iter(range(max([top, *found.values()]) + 1, _LAST_CHANNEL + 1))
    for change in changes:
        if change.track not in found:
            number = next((n for n in free if not channels[n].lock and not channels[n].mute), None)
            if number is None:
                raise HostFailed.of(HOST, f"no channel is free for {change.track}; free one and try again")
            found[change.track] = number
        elif not _is_free(scene, found[change.track], Room.of(change, rate)):
            raise TimelineMoved.at(f"channel {found[change.track]} ({change.track})")
    return found


def place(scene: Scene, change: PlaceClip, channel: int, rate: Fraction) -> Strip:
    """Makes the strip of a change.

    Raises:
        HostFailed: Blender did not take the sound.
    """
    room, editor = Room.of(change, rate), scene.sequence_editor
    strip = collection(editor).new_sound(change.name, change.media.path, channel, room.content)
    cut(strip, room.first, room.end)
    strip.sound_offset = written(room.offset_s, scene)
    store(strip, {"change": change.id, "offset": [str(room.offset_s), strip.sound_offset], **change.tag})
    strip.select = False
    if (left(strip), right(strip), content_start(strip)) != (room.first, room.end, room.content):
        raise HostFailed.of(HOST, f"{change.name} did not land at frame {room.first} of channel {channel}")
    return strip


def name_channel(scene: Scene, number: int, name: str) -> None:
    """Names a channel and notes what it was called."""
    channel, notes = scene.sequence_editor.channels[number], Notes.of(scene)
    if number in notes.lanes and notes.lanes[number].name == channel.name:
        return
    notes.lanes[number] = Lane(name, channel.name)
    channel.name = name
    notes.save(scene)


def remove_placed(scene: Scene, ids: Collection[str] | None = None) -> None:
    """Takes out the strips that we placed, all or those of some changes, and the names of channels left empty."""
    owners = [scene.sequence_editor, *(strip for strip in all_strips(scene) if strip.type == "META")]
    for owner in owners:
        strips = collection(owner)
        for strip in [s for s in strips if is_ours(s) and (ids is None or load(s)["change"] in ids)]:
            sound = strip.sound
            strips.remove(strip)
            if sound is not None and not sound.users:
                bpy.data.sounds.remove(sound)
    notes, used = Notes.of(scene), {strip.channel for strip in collection(scene.sequence_editor) if is_ours(strip)}
    for number, lane in [item for item in notes.lanes.items() if item[0] not in used]:
        channel = scene.sequence_editor.channels[number]
        if channel.name == lane.name:
            channel.name = lane.was
        del notes.lanes[number]
    notes.save(scene)


def mark(scene: Scene, change: AddMarker, frame: int) -> None:
    """Sets a marker; Blender's has no colour and a short name, the whole sentence is noted on the scene."""
    marker = scene.timeline_markers.new(_short(change.name), frame=frame)
    notes = Notes.of(scene)
    notes.marks.append(Mark(change.id, change.clip, marker.name, frame, change.comment))
    notes.save(scene)


def unmark(scene: Scene, clips: Collection[str] | None = None, ids: Collection[str] | None = None) -> None:
    """Takes away our markers, wherever they were moved to.

    Args:
        scene: The scene.
        clips: Ids of the camera clips that they serve; None: any.
        ids: Ids of the changes that set them; None: any.
    """
    notes = Notes.of(scene)
    gone = [m for m in notes.marks if (clips is None or m.clip in clips) and (ids is None or m.change in ids)]
    for item in gone:
        named = [marker for marker in scene.timeline_markers if marker.name == item.name]
        if named:
            scene.timeline_markers.remove(min(named, key=lambda marker: abs(marker.frame - item.frame)))
    notes.marks = [item for item in notes.marks if item not in gone]
    notes.save(scene)


def _is_free(scene: Scene, channel: int, room: Room) -> bool:
    strips = (strip for strip in collection(scene.sequence_editor) if strip.channel == channel)
    return all(right(strip) <= room.first or room.end <= left(strip) for strip in strips)


def _short(text: str) -> str:
    """As much of a text as a marker's name holds."""
    data = text.encode()
    if len(data) <= _MARKER_BYTES:
        return text
    return data[: _MARKER_BYTES - 3].decode(errors="ignore").rstrip() + "…"
