"""What the fake finds out about a file when it imports it."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

_STILLS = {".png", ".jpg", ".tif"}


@dataclass(frozen=True)
class Facts:
    """A file's truth.

    Attributes:
        duration: In seconds; None when nobody knows.
        start: Timecode of its first frame, in seconds since midnight.
        fps: Frames per second; None for sound, which has none.
        channels: Channels of sound.
        still: Whether it is a picture.
    """

    duration: Fraction | None = None
    start: Fraction = Fraction(0)
    fps: Fraction | None = None
    channels: int = 1
    still: bool = False


def facts_of(path: Path) -> Facts | None:
    """A file's truth: by its header for WAV, else by a note beside it; None when the file is not there."""
    if not path.is_file():
        return None
    if path.suffix.lower() in _STILLS:
        return Facts(still=True)
    note = path.with_name(path.name + ".facts")
    if note.is_file():
        data = json.loads(note.read_text())
        return Facts(Fraction(data["duration"]), Fraction(data["start"]), Fraction(data["fps"]), data["channels"])
    return _wav(path.read_bytes()) if path.suffix.lower() == ".wav" else Facts()


def note_facts(
    path: Path, duration: Fraction, fps: Fraction, start: Fraction = Fraction(0), channels: int = 1, *,
    keep: bool = False,
) -> None:  # fmt: skip
    """Makes a camera file that the fake can import, or keeps the real one that is there."""
    if not keep:
        path.write_bytes(b"picture")
    data = {"duration": str(duration), "start": str(start), "fps": str(fps), "channels": channels}
    path.with_name(path.name + ".facts").write_text(json.dumps(data))


def _wav(data: bytes) -> Facts | None:
    if data[:4] != b"RIFF":
        return Facts()
    at, rate, channels, width, length, reference = 12, 0, 0, 0, 0, 0
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])[0]
        if name == b"fmt ":
            channels, rate, width = struct.unpack("<2xHI4xH", data[at + 8 : at + 22])
        elif name == b"bext":
            reference = struct.unpack("<Q", data[at + 346 : at + 354])[0]
        elif name == b"data":
            length = size
        at += 8 + size + size % 2
    return Facts(Fraction(length // width, rate), Fraction(reference, rate), None, channels)
