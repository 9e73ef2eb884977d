"""The identity of a media file without reading it whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

from twopop_engine.media.container import check_file

_BLOCK_BYTES = 1 << 20
_MIDDLE_BLOCKS = 8


def media_digest(path: Path) -> str:
    """The identity of a file: size, modification time, and a hash of its first, last and eight middle MiB.

    Args:
        path: The file.

    Returns:
        A SHA-256 in hexadecimal digits. Copies of a file differ when their modification times do.

    Raises:
        MediaNotFound: No such file.
        MediaUnreadable: A directory, empty, or not readable.
    """
    stat = check_file(path)
    digest = hashlib.sha256(f"{stat.st_size} {stat.st_mtime_ns}".encode())
    last = max(0, stat.st_size - _BLOCK_BYTES)
    steps = _MIDDLE_BLOCKS + 1
    with path.open("rb") as file:
        for offset in sorted({last * step // steps for step in range(steps + 1)}):
            file.seek(offset)
            digest.update(file.read(_BLOCK_BYTES))
    return digest.hexdigest()
