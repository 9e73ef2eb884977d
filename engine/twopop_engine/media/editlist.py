"""Edit lists of movies (ISO/IEC 14496-12, 8.6.5 and 8.6.6): what the muxer cannot say, written into its file.

A sound that is delayed needs two edits: emptiness, then the media from behind the encoder's priming on. FFmpeg's muxer
writes the one or the other, so that the priming, with the encoder's pre-echo in it, would be heard before the sound.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_EMPTY = -1
_NORMAL_RATE = 0x00010000


@dataclass(frozen=True)
class DelayedStart:
    """How a track of sound is to begin.

    Attributes:
        delay: Emptiness before it, in ticks of the movie.
        skip: Priming that is not played, in ticks of the track.
        duration: Length of what is played, in ticks of the movie.
    """

    delay: int
    skip: int
    duration: int

    def box(self) -> bytes:
        """The edts box: 64-bit edits."""
        edits = ((self.delay, _EMPTY), (self.duration, self.skip))
        content = struct.pack(">II", 1 << 24, len(edits))
        content += b"".join(struct.pack(">QqI", length, start, _NORMAL_RATE) for length, start in edits)
        return _box(b"edts", _box(b"elst", content))


def write_delayed_starts(path: Path, starts: list[DelayedStart | None]) -> None:
    """Replaces the edit lists of a movie's sound.

    Args:
        path: The movie; its moov box stands last, as a muxer that streams leaves it.
        starts: One for each track of sound, in their order; None leaves a track as it is.

    Raises:
        ValueError: Not a movie of that form.
    """
    with path.open("r+b") as file:
        offset = _find_last_box(path, b"moov")
        file.seek(offset)
        moov = file.read()
        waiting = iter(starts)
        children = b""
        for kind, content in _boxes(moov[8:]):
            start = next(waiting) if kind == b"trak" and _handler(content) == b"soun" else None
            children += _box(kind, content) if start is None else _with_edits(content, start)
        file.seek(offset)
        file.write(_box(b"moov", children))


def _with_edits(trak: bytes, start: DelayedStart) -> bytes:
    children = [(kind, content) for kind, content in _boxes(trak) if kind != b"edts"]
    boxes = [_box(kind, content) + (start.box() if kind == b"tkhd" else b"") for kind, content in children]
    return _box(b"trak", b"".join(boxes))


def _handler(trak: bytes) -> bytes:
    mdia = dict(_boxes(trak)).get(b"mdia", b"")
    return dict(_boxes(mdia)).get(b"hdlr", b"")[8:12]


def _find_last_box(path: Path, wanted: bytes) -> int:
    end = path.stat().st_size
    offset, kind = 0, b""
    with path.open("rb") as file:
        while offset < end:
            start = offset
            file.seek(start)
            size, kind, large = struct.unpack(">I4sQ", file.read(16).ljust(16, b"\0"))
            offset += large if size == 1 else size or end
    if kind != wanted or offset != end:
        raise ValueError(f"{path}: its last box is {kind!r}, not {wanted!r}")
    return start


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    offset = 0
    while offset + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, offset)
        yield kind, content[offset + 8 : offset + size]
        offset += max(8, size)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content
