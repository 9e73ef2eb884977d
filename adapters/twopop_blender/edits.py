"""Changing properties of one strip, and taking that back."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any, cast

from twopop.errors import ChangeUnsupported
from twopop_actions.changes import Change, GainKey, SetEnabled, SetGainKeys, SlipAudio
from twopop_actions.timeline import Timebase
from twopop_blender.media import speed_of
from twopop_blender.strips import Scene, Strip, left, volume_curve
from twopop_blender.tags import Field, Note, add_note, drop_notes, exact_offset, load, notes_of, store

HOST = "Blender"


def written(offset_s: Fraction, scene: Scene) -> float:
    """A strip's sound offset as it is written, in seconds: a fiftieth of a sample less than meant.

    Blender holds it as a 32-bit float and cuts what follows from it down to whole samples, so that a hair too much
    makes sound late by a sample. Its readers then lose a sample at some places of a file; all in all sound lies within
    one sample of where it belongs (measured in 4.5 and 5.0).
    """
    return float(offset_s - Fraction(1, 50 * int(scene.render.ffmpeg.audio_mixrate)))


def check(strip: Strip, scene: Scene, change: Change, timebase: Timebase) -> None:
    """Raises before anything is done when a strip cannot take a change.

    Raises:
        ChangeUnsupported: The message says why.
    """
    problem = ""
    if isinstance(change, SetGainKeys | SlipAudio) and strip.type != "SOUND":
        problem = "it is no sound strip."
    elif isinstance(change, SlipAudio) and speed_of(strip, timebase.rate) is None:
        problem = "it is retimed."
    elif isinstance(change, SetGainKeys) and len(change.keys) > 1 and volume_curve(scene, strip) is not None:
        problem = "its volume is animated already; take the keyframes off and plan again."
    if problem:
        raise ChangeUnsupported.of(HOST, change.describe(timebase), problem)


def make(strip: Strip, scene: Scene, change: Change, rate: Fraction) -> None:
    """Makes a change that `check` let pass, and writes on the strip what it did.

    Args:
        strip: The strip.
        scene: Its scene.
        change: What to do; markers and new clips are none of its business.
        rate: The scene's frames per second.
    """
    if isinstance(change, SetEnabled):
        _set(strip, change.id, "mute", not change.enabled)
    elif isinstance(change, SlipAudio):
        slipped = exact_offset(strip) + change.delay_s
        _set(strip, change.id, "sound_offset", written(slipped, scene))
        store(strip, load(strip) | {"offset": [str(slipped), strip.sound_offset]})
    elif isinstance(change, SetGainKeys):
        _set_gain(strip, scene, change, rate)


def take_back(strip: Strip, scene: Scene, ids: Collection[str] | None = None) -> None:
    """Takes back what we did to a strip, but for what somebody changed since.

    Args:
        strip: The strip.
        scene: Its scene.
        ids: Ids of the changes to take back; None: all.
    """
    for note in reversed([note for note in notes_of(strip) if ids is None or note.change in ids]):
        if note.field == "volume":
            _restore_gain(strip, scene, note)
        elif getattr(strip, note.field) == note.now:
            setattr(strip, note.field, note.was)
    drop_notes(strip, ids)


def volume_of(strip: Strip, scene: Scene) -> tuple[float, bool]:
    """The volume and whether a curve drives it."""
    curve = volume_curve(scene, strip)
    return strip.volume, curve is not None and not curve.mute


def _set(strip: Strip, change: str, field: Field, value: Any) -> None:
    was = getattr(strip, field)
    setattr(strip, field, value)
    add_note(strip, Note(change, field, was, getattr(strip, field)))


def _set_gain(strip: Strip, scene: Scene, change: SetGainKeys, rate: Fraction) -> None:
    """One key sets the volume, several make a curve; a curve of the user's is muted, not lost."""
    was = volume_of(strip, scene)
    if len(change.keys) == 1:
        if curve := volume_curve(scene, strip):
            curve.mute = True
        strip.volume = _factor(change.keys[0])
    else:
        for key in change.keys:
            strip.volume = _factor(key)
            strip.keyframe_insert("volume", frame=float(left(strip) + key.at * rate))
    add_note(strip, Note(change.id, "volume", was, volume_of(strip, scene)))


def _restore_gain(strip: Strip, scene: Scene, note: Note) -> None:
    """Puts a volume back unless it was touched since; a curve that we made is taken away."""
    (value, animated), now = cast(tuple[float, bool], note.was), cast(tuple[float, bool], note.now)
    curve = volume_curve(scene, strip)
    if now[1]:
        if curve is not None:
            for key in [point.co[0] for point in curve.keyframe_points]:
                strip.keyframe_delete("volume", frame=key)
        strip.volume = value
        return
    if volume_of(strip, scene) != now:
        return
    strip.volume = value
    if curve is not None and animated:
        curve.mute = False


def _factor(key: GainKey) -> float:
    return 0.0 if key.gain_db is None else float(10 ** (key.gain_db / 20))
