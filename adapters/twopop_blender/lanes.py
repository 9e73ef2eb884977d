"""New strips on channels of their own, and markers on the scene."""

from __future__ import annotations

import os
from bisect import bisect_left, insort
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import bpy

from twopop.errors import HostFailed, TimelineMoved
from twopop.timing import round_half_up
from twopop_actions.changes import AddMarker, PlaceClip
from twopop_blender.edits import HOST, written
from twopop_blender.notes import Lane, Mark, Notes
from twopop_blender.strips import LAST_CHANNEL, Scene, Strip, all_strips, collection, content_start, cut, left, right
from twopop_blender.tags import is_ours, load, store

_MARKER_BYTES = 63
_MAKE_ROOM = f"move the topmost strips to lower channels, or unlock and unmute those above, of {LAST_CHANNEL} in all"


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


def channels_for(scene: Scene, changes: Sequence[PlaceClip], rate: Fraction) -> dict[str, int]:
    """A channel for each track name: the one that we gave that name, else a free one above all others.

    Raises:
        TimelineMoved: Something lies where a clip is to go.
        HostFailed: There is no channel left.
    """
    lanes, channels, taken = Notes.of(scene).lanes, scene.sequence_editor.channels, _taken(scene)
    found = {lane.name: n for n, lane in lanes.items() if channels[n].name == lane.name and not channels[n].lock}
    free = iter(range(max([0, *taken, *found.values()]) + 1, LAST_CHANNEL + 1))
    for change in sorted(changes, key=lambda change: change.record_start):
        if change.track not in found:
            number = next((n for n in free if not channels[n].lock and not channels[n].mute), None)
            if number is None:
                raise HostFailed.of(HOST, f"no channel is free for {change.track} above all strips; {_MAKE_ROOM}")
            found[change.track] = number
        number, room = found[change.track], Room.of(change, rate)
        spans = taken.setdefault(number, [])
        at = bisect_left(spans, (room.first, room.end))
        if (at and spans[at - 1][1] > room.first) or (at < len(spans) and spans[at][0] < room.end):
            raise TimelineMoved.at(f"channel {number} ({change.track})")
        spans.insert(at, (room.first, room.end))
    return found


def place(scene: Scene, change: PlaceClip, channel: int, rate: Fraction) -> Strip:
    """Makes the strip of a change.

    Blender moves a strip to another channel when its edges touch a neighbour's, and a new one is as long as its media:
    so it is made where nothing lies, cut, and moved to its channel last.

    Raises:
        HostFailed: Blender did not take the sound.
    """
    room, editor = Room.of(change, rate), scene.sequence_editor
    strip = collection(editor).new_sound(change.name, _stored(change.media.path), LAST_CHANNEL, room.content)
    store(strip, {"change": change.id})  # so that it is found should anything below fail
    cut(strip, room.first, room.end)
    strip.channel = channel
    strip.sound_offset = written(room.offset_s, scene)
    store(strip, {"change": change.id, "offset": [str(room.offset_s), strip.sound_offset], **change.tag})
    strip.select = False
    lies = strip.channel, left(strip), right(strip), content_start(strip)
    if lies != (channel, room.first, room.end, room.content):
        raise HostFailed.of(
            HOST, f"{change.name} did not land at frame {room.first} of channel {channel}; nothing was changed"
        )
    return strip


def name_channels(scene: Scene, names: Mapping[str, int], notes: Notes) -> None:
    """Names channels, and notes what they were called."""
    for name, number in names.items():
        channel = scene.sequence_editor.channels[number]
        if number not in notes.lanes or notes.lanes[number].name != channel.name:
            notes.lanes[number] = Lane(name, channel.name)
            channel.name = name


def remove_placed(scene: Scene, notes: Notes, ids: Collection[str] | None = None) -> None:
    """Takes out the strips that we placed, all or those of some changes, and the names of channels left empty."""
    owners = [scene.sequence_editor, *(strip for strip in all_strips(scene) if strip.type == "META")]
    for owner in owners:
        strips = collection(owner)
        for strip in [s for s in strips if is_ours(s) and (ids is None or load(s)["change"] in ids)]:
            sound = strip.sound
            strips.remove(strip)
            if sound is not None and not sound.users:
                bpy.data.sounds.remove(sound)
    used = {strip.channel for strip in collection(scene.sequence_editor) if is_ours(strip)}
    for number, lane in [item for item in notes.lanes.items() if item[0] not in used]:
        channel = scene.sequence_editor.channels[number]
        if channel.name == lane.name:
            channel.name = lane.was
        del notes.lanes[number]


def mark(scene: Scene, change: AddMarker, frame: int, notes: Notes) -> None:
    """Sets a marker; Blender's has no colour and a short name, the whole sentence is noted for the scene."""
    marker = scene.timeline_markers.new(_short(change.name), frame=frame)
    notes.marks.append(Mark(change.id, change.clip, marker.name, frame, change.comment))


def unmark(
    scene: Scene, notes: Notes, clips: Collection[str] | None = None, ids: Collection[str] | None = None
) -> None:
    """Takes away our markers, wherever they were moved to.

    Args:
        scene: The scene.
        notes: What we know of its markers; those that go are taken off.
        clips: Ids of the camera clips that they serve; None: any.
        ids: Ids of the changes that set them; None: any.
    """
    gone = [m for m in notes.marks if (clips is None or m.clip in clips) and (ids is None or m.change in ids)]
    for item in gone:
        named = [marker for marker in scene.timeline_markers if marker.name == item.name]
        if named:
            scene.timeline_markers.remove(min(named, key=lambda marker: abs(marker.frame - item.frame)))
    notes.marks = [item for item in notes.marks if item not in gone]


def _stored(path: str) -> str:
    """A file's path as the .blend keeps it: counted from the .blend where Blender does so, so that both may move."""
    if not (bpy.data.filepath and bpy.context.preferences.filepaths.use_relative_paths):
        return path
    drives = {os.path.splitdrive(os.path.abspath(each))[0].lower() for each in (bpy.data.filepath, path)}
    if len(drives) > 1:
        return path
    relative = str(bpy.path.relpath(path))
    found = bpy.path.abspath(relative)  # behind a linked folder ".." leads elsewhere
    return relative if os.path.exists(found) and os.path.samefile(found, path) else path


def _taken(scene: Scene) -> dict[int, list[tuple[int, int]]]:
    """What is taken of each channel, by time."""
    taken: dict[int, list[tuple[int, int]]] = {}
    for strip in collection(scene.sequence_editor):
        insort(taken.setdefault(strip.channel, []), (left(strip), right(strip)))
    return taken


def _short(text: str) -> str:
    """As much of a text as a marker's name holds."""
    data = text.encode()
    if len(data) <= _MARKER_BYTES:
        return text
    return data[: _MARKER_BYTES - 3].decode(errors="ignore").rstrip() + "…"
