"""Which file a strip plays, and how fast."""

from __future__ import annotations

import os
from fractions import Fraction

import bpy

from twopop.timing import snap_rate
from twopop_actions.timeline import ClipMedia, TrackKind
from twopop_blender.strips import Scene, Strip, all_strips, content_length, inputs, is_retimed

_ZERO = Fraction(0)
_ROUNDING_FRAMES = 2
_RATES: dict[tuple[str, int, int], Fraction | None] = {}


def kind_of(strip: Strip) -> TrackKind:
    """What a strip carries."""
    return "audio" if strip.type == "SOUND" else "video"


def media_of(strip: Strip) -> ClipMedia | None:
    """The media of a strip, labelled from zero; None for scenes, titles and all else that is no file."""
    owner = strip.sound if strip.type == "SOUND" else strip
    stored = _stored_path(strip)
    if stored is None or owner is None:
        return None
    library = getattr(owner, "library", None)
    if stored.startswith("//") and not (bpy.data.filepath or library):
        return ClipMedia(None, f"its path {stored} counts from a .blend that was never saved; save it", _ZERO)
    path = os.path.normpath(bpy.path.abspath(stored, library=library))
    if any("\ud800" <= letter <= "\udfff" for letter in path):
        return ClipMedia(None, "its path is not Unicode text", _ZERO)
    if getattr(owner, "packed_file", None) and not os.path.exists(path):
        return ClipMedia(path, "it is packed into the .blend; unpack it", _ZERO)
    return ClipMedia(path, None, _ZERO)


def sped_up(scene: Scene) -> frozenset[str]:
    """Names of the strips that speed effects play, at rates that cannot be told."""
    return frozenset(item.name for strip in all_strips(scene) if strip.type == "SPEED" for item in inputs(strip))


def speed_of(strip: Strip, rate: Fraction) -> Fraction | None:
    """Media seconds for each record second; None for ramps and what cannot be told.

    A movie whose rate is not the scene's plays frame by frame, faster or slower, unless Blender adapted it when it was
    added. The strip does not say which; its length in frames beside its length in seconds does.

    Args:
        strip: A strip.
        rate: The scene's frames per second.
    """
    if is_retimed(strip) or (is_retimed(strip) is None and strip.type == "SOUND" and _is_stretched(strip, rate)):
        return None
    if strip.type != "MOVIE":
        return Fraction(1)
    own = _rate_of(strip) or rate
    speed = Fraction(1) if own == rate or _is_adapted(strip, own, rate) else rate / own
    return -speed if strip.use_reverse_frames else speed


def _rate_of(strip: Strip) -> Fraction | None:
    """A movie's own frames per second; None when it cannot be opened."""
    identity = _identity(strip)
    if identity is None:
        return None
    if identity not in _RATES:  # Blender opens the file anew for each look at it
        _RATES[identity] = snap_rate(strip.fps) if strip.fps else None
    return _RATES[identity]


def _identity(strip: Strip) -> tuple[str, int, int] | None:
    """Path, size and time of a movie's file; None when it is not there."""
    media = media_of(strip)
    try:
        stat = os.stat(media.path) if media and media.path else None
    except OSError:
        return None
    return (media.path, stat.st_size, stat.st_mtime_ns) if media and media.path and stat else None


def _is_stretched(strip: Strip, rate: Fraction) -> bool:
    """Whether a sound strip's content is longer or shorter than its file, by more than rounding."""
    media = media_of(strip)
    length_s = _length_s(media.path) if media and media.path and not media.problem else None
    return length_s is not None and abs(content_length(strip) - length_s * rate) > _ROUNDING_FRAMES


def _is_adapted(strip: Strip, own: Fraction, rate: Fraction) -> bool:
    identity = _identity(strip)
    length_s = _length_s(identity[0]) if identity else None
    if length_s is None:
        return True  # no sound to keep in sync with; adapting is what Blender does unasked
    frames = content_length(strip)
    return abs(frames - length_s * rate) <= abs(frames - length_s * own)


def _length_s(path: str) -> Fraction | None:
    """Length of a file's sound; None when it has none, or this Blender was built without sound."""
    try:
        import aud
    except ImportError:
        return None
    try:
        sound = aud.Sound(path)
        return Fraction(sound.length) / Fraction(sound.specs[0])
    except (aud.error, ZeroDivisionError):
        return None


def _stored_path(strip: Strip) -> str | None:
    if strip.type == "SOUND":
        return str(strip.sound.filepath) if strip.sound else None
    if strip.type == "MOVIE":
        return str(strip.filepath)
    if strip.type == "IMAGE" and len(strip.elements):
        return os.path.join(str(strip.directory), str(strip.elements[0].filename))
    return None
