"""Half-written files on record, so that who outlives a killed job can remove them.

A worker notes each temporary file before it writes it and forgets it afterwards. A note is a small file in the engine's
folder, named after the worker's process id, that holds the path.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

_MARK = ".partial"
_folder: Path | None = None


def keep_notes(folder: Path) -> None:
    """From now on this process notes its half-written files in a folder; without this it keeps no notes."""
    global _folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _folder = folder


@contextlib.contextmanager
def noted(path: Path) -> Iterator[None]:
    """Keeps a note of a file for as long as the block runs.

    Args:
        path: Absolute path of a temporary file; its name holds ".partial".
    """
    note = None
    if _folder:
        note = _folder / f"{os.getpid()}.{secrets.token_hex(8)}"
        with contextlib.suppress(OSError):  # a note is worth less than the work
            note.write_bytes(os.fsencode(path))
    try:
        yield
    finally:
        if note:
            note.unlink(missing_ok=True)


def remove_noted(folder: Path, pid: int | None = None) -> None:
    """Removes the half-written files of a process that is dead, and their notes.

    Args:
        folder: Where the notes lie.
        pid: The process; default: all of them.
    """
    for note in folder.glob(f"{'*' if pid is None else pid}.*"):
        with contextlib.suppress(OSError):  # an unplugged disk must not keep an engine from starting
            path = Path(os.fsdecode(note.read_bytes()))
            if path.is_absolute() and _MARK in path.name:
                path.unlink(missing_ok=True)
            note.unlink()
