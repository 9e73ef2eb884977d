"""A seal on what we wrote, so that a timeline that somebody edited since is never replaced."""

from __future__ import annotations

import hashlib
from pathlib import Path

from twopop_otio.timeline import write_whole

_NAME = "output.sha256"


def put_seal(output: Path, folder: Path) -> None:
    """Notes what an output holds.

    Args:
        output: The timeline that was written.
        folder: Its work folder.

    Raises:
        OutputUnwritable: The folder cannot be written to.
    """
    write_whole(folder / _NAME, (_digest(output) + "\n").encode())


def is_sealed(output: Path, folder: Path) -> bool:
    """Whether an output is as we left it."""
    try:
        return (folder / _NAME).read_text(encoding="ascii").strip() == _digest(output)
    except (OSError, UnicodeDecodeError):
        return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
