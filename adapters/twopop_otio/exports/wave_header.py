"""What the header of a WAV file says: its "fmt " chunk, as AAF wants it, and the number of channels.

EBU Tech 3306 (RF64) and the RIFF form. Only a few bytes are read; anything else than a WAV file has no answer.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

_SEARCHED = 1 << 20


@dataclass(frozen=True)
class WaveHeader:
    """A WAV file's format.

    Attributes:
        channels: Channels.
        rate_hz: Samples per second.
        bits: Of a sample.
        frames: Samples of each channel; None where the header does not say.
        summary: RIFF header and "fmt " chunk.
    """

    channels: int
    rate_hz: int
    bits: int
    frames: int | None
    summary: bytes


def wave_header(path: str) -> WaveHeader | None:
    """Reads a header; None when there is no such file or it is no WAV file."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(_SEARCHED)
    except (OSError, ValueError):
        return None
    if data[:4] not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        return None
    return _read(data)


def _read(data: bytes) -> WaveHeader | None:
    at, summary, fields, frames = 12, b"", None, None
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])[0]
        if name == b"fmt " and size >= 16 and at + 24 <= len(data):
            fields = struct.unpack("<HHIIHH", data[at + 8 : at + 24])
            summary = data[:12] + data[at : at + 8 + size]
        if name == b"data":
            frames = size // fields[4] if fields and fields[4] and size != 0xFFFFFFFF else None
            break
        at += 8 + size + size % 2
    if fields is None or fields[1] < 1 or fields[2] < 1:
        return None
    return WaveHeader(fields[1], fields[2], fields[5], frames, summary)
