"""Stand-ins for media that is not there: Resolve imports no timeline that names a file which it cannot find.

A title, a generator or an offline picture becomes a transparent still (PNG, ISO/IEC 15948), so that what lies below it
is seen; offline sound becomes silence (RIFF WAVE).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from twopop.errors import OutputUnwritable
from twopop.timing import snap_rate
from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.layout import Placement, active_media, placements
from twopop_otio.tags import copy_of
from twopop_otio.timeline import Document, kind_of, name_of, output_problem, write_whole
from twopop_otio.times import Node, rational_time, time_range
from twopop_otio.urls import locate
from twopop_resolve.recall import items_below

_WIDTH, _HEIGHT = 1920, 1080
_SAMPLE_RATE_HZ = 48000
_FRAME_BYTES = 4  # stereo, 16 bit


@dataclass(frozen=True)
class Filled:
    """A timeline without missing media.

    Attributes:
        document: The timeline.
        notes: What was replaced, a sentence for each kind of thing.
    """

    document: Document
    notes: tuple[str, ...]


def fill(document: Document, folder: Path, dialect: ResolveDialect) -> Filled:
    """Puts stand-ins where media is missing.

    Args:
        document: The timeline; it is not changed.
        folder: Where the stand-ins are written, when they are needed.
        dialect: Resolve's.

    Raises:
        OutputUnwritable: They cannot be written.
    """
    if all(_is_there(item, document.path.parent, dialect) for item in items_below(document.root) if _is_clip(item)):
        return Filled(document, ())
    document = replace(document, root=copy_of(document.root))
    clips = placements(document.tracks, dialect.record_duration)
    missing = [clip for clip in clips if not _is_there(clip.node, document.path.parent, dialect)]
    named = [bool(dialect.media_path(active_media(clip.node) or {})) for clip in missing]
    titles = [name_of(clip.node) for clip, has_path in zip(missing, named, strict=True) if not has_path]
    offline = [name_of(clip.node) for clip, has_path in zip(missing, named, strict=True) if has_path]
    silence_s = max((_needed_s(clip) for clip in missing if clip.kind == "audio"), default=Fraction(0))
    for clip in missing:
        if clip.kind == "audio":
            _stand_in(clip, folder / "offline.wav", silence_s, dialect)
        else:
            _stand_in(clip, folder / "offline.png", 1 / snap_rate(dialect.rate), dialect)
    _write(folder, silence_s)
    return Filled(document, (*_note("title(s) and generator(s)", titles), *_note("offline clip(s)", offline)))


def _is_clip(item: Node) -> bool:
    return kind_of(item) == "Clip"


def _needed_s(clip: Placement) -> Fraction:
    """Seconds of media that a clip plays."""
    return clip.record_duration * max(Fraction(1), abs(clip.speed or Fraction(1)))


def _note(what: str, names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    shown = ", ".join(dict.fromkeys(name or "unnamed" for name in names[:5])) + (", ..." if len(names) > 5 else "")
    return (
        f"{len(names)} {what} came into the new timeline as empty stand-ins, since Resolve imports no timeline without "
        f"their media: {shown}. Copy them from the original timeline, or place in place instead.",
    )


def _is_there(clip: Node, folder: Path, dialect: ResolveDialect) -> bool:
    reference = active_media(clip)
    if reference is None or kind_of(reference) != "ExternalReference":
        return False
    location = locate(dialect.media_path(reference), folder)
    return location.path is not None and location.problem is None and Path(location.path).exists()


def _stand_in(placement: Placement, path: Path, length_s: Fraction, dialect: ResolveDialect) -> None:
    """Lets a clip play a stand-in from its beginning; its length on the timeline stays."""
    clip, rate = placement.node, dialect.rate
    zero = rational_time(Fraction(0), rate)
    clip["source_range"] = time_range(zero, rational_time(placement.record_duration, rate))
    active = clip.setdefault("active_media_reference_key", "DEFAULT_MEDIA")
    clip["media_references"] = {
        **(clip.get("media_references") or {}),
        active: {
            "OTIO_SCHEMA": "ExternalReference.1",
            "metadata": {},
            "name": path.name,
            "available_range": time_range(zero, rational_time(length_s, rate)),
            "available_image_bounds": None,
            "target_url": dialect.target_url(str(path)),
        },
    }


def _write(folder: Path, sound_s: Fraction) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OutputUnwritable.at(str(folder), output_problem(problem)) from problem
    write_whole(folder / "offline.png", _png())
    if sound_s:
        _write_silence(folder / "offline.wav", int(sound_s * _SAMPLE_RATE_HZ) + 1)


def _png() -> bytes:
    """A transparent still."""
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 6, 0, 0, 0)
    rows = zlib.compress(bytes((1 + 4 * _WIDTH) * _HEIGHT), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _write_silence(path: Path, frames: int) -> None:
    """Writes silence, as a sparse file where the drive knows such; a longer one that is there is left."""
    size = frames * _FRAME_BYTES
    form = struct.pack("<HHIIHH", 1, 2, _SAMPLE_RATE_HZ, _SAMPLE_RATE_HZ * _FRAME_BYTES, _FRAME_BYTES, 16)
    head = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + struct.pack("<I", 16) + form
    try:
        if path.exists() and path.stat().st_size >= 44 + size:
            return
        with path.open("wb") as file:
            file.write(head + b"data" + struct.pack("<I", size))
            file.truncate(44 + size)
    except OSError as problem:
        raise OutputUnwritable.at(str(path), output_problem(problem)) from problem
