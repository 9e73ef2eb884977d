"""What sound recorders write beside the samples: the bext chunk (EBU Tech 3285, versions 0 to 2) and iXML 3.0.

Reads RIFF (WAV), RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088).
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

RIFF_MAGIC = (b"RIFF", b"RF64", b"BW64")
_IN_DS64 = 0xFFFFFFFF
_METADATA_LIMIT_BYTES = 16 << 20
_BEXT = struct.Struct("<256s32s32s10s8sIIH")
_BEXT_BYTES = 602  # with UMID, loudness and reserve


@dataclass(frozen=True)
class Chunk:
    """A chunk of a RIFF file.

    Attributes:
        name: Four bytes: b"bext".
        offset: Where its content begins.
        size: Length of its content as the header says, in bytes.
    """

    name: bytes
    offset: int
    size: int


@dataclass(frozen=True)
class BroadcastExtension:
    """The bext chunk.

    Attributes:
        description: Description, up to 256 characters.
        originator: Originator, up to 32.
        originator_reference: OriginatorReference, up to 32.
        origination_date: "YYYY-MM-DD".
        origination_time: "HH:MM:SS".
        time_reference: Samples since midnight of the first sample.
        version: Version of the chunk.
        coding_history: CodingHistory.
    """

    description: str = ""
    originator: str = ""
    originator_reference: str = ""
    origination_date: str = ""
    origination_time: str = ""
    time_reference: int = 0
    version: int = 1
    coding_history: str = ""


def read_chunks(path: Path) -> list[Chunk]:
    """The chunks of a file in their order; empty when it is no RIFF file.

    Args:
        path: The file.
    """
    with path.open("rb") as file:
        return list(_walk(file))


def _walk(file: BinaryIO) -> Iterator[Chunk]:
    head = file.read(12)
    if len(head) < 12 or head[:4] not in RIFF_MAGIC or head[8:] != b"WAVE":
        return
    data_size: int | None = None
    while len(header := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", header)
        offset = file.tell()
        if name == b"ds64" and size >= 24:
            (data_size,) = struct.unpack("<8xQ", file.read(16))
        elif name == b"data" and size == _IN_DS64 and data_size is not None:
            size = data_size
        yield Chunk(name, offset, size)
        file.seek(offset + size + size % 2)


def data_bytes_missing(path: Path) -> int:
    """How many bytes of samples the header promises and the file lacks; zero when it is no RIFF file."""
    end = path.stat().st_size
    return sum(max(0, c.offset + c.size - end) for c in read_chunks(path) if c.name == b"data" and c.size != _IN_DS64)


def read_chunk(path: Path, name: bytes) -> bytes | None:
    """The content of the first chunk of a name, or None."""
    for chunk in read_chunks(path):
        if chunk.name == name and chunk.size <= _METADATA_LIMIT_BYTES:
            with path.open("rb") as file:
                file.seek(chunk.offset)
                return file.read(chunk.size)
    return None


def parse_bext(content: bytes) -> BroadcastExtension | None:
    """Reads a bext chunk.

    Args:
        content: The chunk's content.

    Returns:
        The chunk; None when it is too short to be one.
    """
    if len(content) < _BEXT.size:
        return None
    *texts, low, high, version = _BEXT.unpack_from(content)
    description, originator, reference, date, time = (_text(text) for text in texts)
    return BroadcastExtension(
        description=description,
        originator=originator,
        originator_reference=reference,
        origination_date=date,
        origination_time=time,
        time_reference=low | high << 32,
        version=version,
        coding_history=_text(content[_BEXT_BYTES:]),
    )


def _text(raw: bytes) -> str:
    """A padded field: ASCII by the standard, UTF-8 or Latin-1 in practice."""
    raw = raw.split(b"\0", 1)[0]
    try:
        return raw.decode().strip()
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip()


def build_bext(bext: BroadcastExtension) -> bytes:
    """The content of a bext chunk, version 1: no loudness values.

    Args:
        bext: What to write; texts that are too long are cut.

    Returns:
        602 bytes and the coding history.
    """
    fields = (
        _fit(bext.description, 256),
        _fit(bext.originator, 32),
        _fit(bext.originator_reference, 32),
        _fit(bext.origination_date, 10),
        _fit(bext.origination_time, 8),
    )
    head = _BEXT.pack(*fields, bext.time_reference & _IN_DS64, bext.time_reference >> 32, 1)
    history = _fit(bext.coding_history, _METADATA_LIMIT_BYTES) + b"\r\n" if bext.coding_history else b""
    return head.ljust(_BEXT_BYTES, b"\0") + history + bytes(len(history) % 2)


def _fit(text: str, size: int) -> bytes:
    """ASCII, as the standard asks and strict readers insist: accents are dropped; iXML holds the full text."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.encode("ascii", "replace")[:size]
