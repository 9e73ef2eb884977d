"""Slots: the stretches of camera sound that recorder sound is wanted for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath

from twopop_actions.changes import change_id
from twopop_actions.timeline import Clip, ClipMedia, Timeline

_STILLS = {".bmp", ".dpx", ".exr", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".psd", ".tga", ".tif", ".tiff", ".webp"}

_Key = tuple[str | None, Fraction, Fraction, Fraction, Fraction | None]


@dataclass(frozen=True)
class Slot:
    """One stretch of camera sound.

    Attributes:
        id: Follows from the media and the part used, not from where it stands: it survives a ripple edit.
        media: The camera's file.
        source_start: Label of the first media frame used, in seconds; without our slips.
        record_start: Where it begins, in seconds of record time.
        duration: Its length on the timeline, in seconds.
        speed: Media seconds for each record second; None for ramps and freezes.
        pictures: The video clips that it belongs to.
        scratch: The audio clips that play it.
        link: The host's link group.
    """

    id: str
    media: ClipMedia
    source_start: Fraction
    record_start: Fraction
    duration: Fraction
    speed: Fraction | None
    pictures: tuple[Clip, ...]
    scratch: tuple[Clip, ...]
    link: str | None

    @property
    def anchor(self) -> Clip:
        """The clip that speaks for it: the picture, else the scratch sound."""
        return (self.pictures or self.scratch)[0]

    @property
    def record_end(self) -> Fraction:
        """Where it ends, in seconds of record time."""
        return self.record_start + self.duration

    def shared(self, clip: Clip) -> Fraction:
        """How long a clip lies beside it, in seconds; negative when apart."""
        return min(clip.record_end, self.record_end) - max(clip.record_start, self.record_start)

    def lies_in(self, places: Collection[tuple[int, tuple[int, ...]]]) -> bool:
        """Whether one of its clips lies at one of some places, each a track and a path."""
        return any((clip.target.track, clip.target.path) in places for clip in (*self.pictures, *self.scratch))


def find_slots(timeline: Timeline) -> tuple[Slot, ...]:
    """The slots of a timeline, by record time.

    The scratch sound is what lies on audio tracks and plays a file that is also seen on a video track: its edges are
    the edges of the sound edit, also where they differ from the picture's. A picture without such sound is a slot of
    its own. Still images, titles and disabled clips are none.

    Args:
        timeline: What the host read.

    Returns:
        One slot for each stretch, however many clips play it.
    """
    pictures = [clip for clip in timeline.clips if clip.kind == "video" and clip.enabled and _is_camera(clip)]
    cameras = {_path(clip) for clip in pictures} - {None}
    sounds = [c for c in timeline.clips if c.kind == "audio" and c.enabled and not c.tag and _path(c) in cameras]
    slots: dict[_Key, tuple[list[Clip], list[Clip]]] = {}
    keys_of: dict[str | None, dict[_Key, None]] = {}
    for clip in sounds:
        slots.setdefault(_key(clip), ([], []))[1].append(clip)
        keys_of.setdefault(_path(clip), {})[_key(clip)] = None
    linked_elsewhere = _links_to_other_sound(timeline, cameras)
    for clip in pictures:
        own = [k for k in keys_of.get(_path(clip), ()) if any(_belongs(clip, sound) for sound in slots[k][1])]
        if not own and clip.link in linked_elsewhere:
            continue  # somebody has put it in sync already
        for key in own or [_key(clip)]:
            slots.setdefault(key, ([], []))[0].append(clip)
    return tuple(_number(sorted(slots.items(), key=lambda item: (item[0][3], str(item[0][0]), item[0][1]))))


def _is_camera(clip: Clip) -> bool:
    return clip.media is not None and PurePath(clip.media.path or clip.name).suffix.lower() not in _STILLS


def _path(clip: Clip) -> str | None:
    return clip.media.path if clip.media else None


def _key(clip: Clip) -> _Key:
    return _path(clip) or clip.name, clip.unslipped_start, clip.record_duration, clip.record_start, clip.speed


def _belongs(picture: Clip, sound: Clip) -> bool:
    """Whether a sound is the picture's own: linked, or of the same file in the same sync and at the same time."""
    if _path(picture) != _path(sound):
        return False
    if picture.link is not None and picture.link == sound.link:
        return True
    in_sync = picture.record_start - picture.source_start == sound.record_start - sound.unslipped_start
    return in_sync and picture.record_start < sound.record_end and sound.record_start < picture.record_end


def _links_to_other_sound(timeline: Timeline, cameras: set[str | None]) -> set[str | None]:
    known = cameras | {None}  # of sound that is offline nobody knows whose it is
    others = (c for c in timeline.clips if c.kind == "audio" and c.enabled and not c.tag and _path(c) not in known)
    return {clip.link for clip in others} - {None}


def _number(items: Iterable[tuple[_Key, tuple[list[Clip], list[Clip]]]]) -> Iterable[Slot]:
    seen: dict[tuple[object, ...], int] = {}
    for (path, source_start, duration, record_start, speed), (pictures, scratch) in items:
        same = (path, source_start, duration)
        seen[same] = seen.get(same, 0) + 1
        first = (scratch or pictures)[0]
        if first.media is None:
            continue
        yield Slot(
            id=change_id("slot", path, source_start, duration, seen[same]),
            media=first.media,
            source_start=source_start,
            record_start=record_start,
            duration=duration,
            speed=speed,
            pictures=tuple(pictures),
            scratch=tuple(scratch),
            link=next((clip.link for clip in (*pictures, *scratch) if clip.link is not None), None),
        )
