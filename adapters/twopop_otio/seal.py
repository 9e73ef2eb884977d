"""A seal on what we wrote, so that a timeline that somebody edited since is never replaced."""

from __future__ import annotations

import hashlib
from pathlib import Path

from twopop_otio.timeline import write_whole

_NAME = "output.sha256"


def announce(folder: Path, data: bytes) -> None:
    """Notes what an output is about to hold, so that a writer that is killed leaves no output without a seal.

    Args:
        folder: The output's work folder.
        data: What will be written.

    Raises:
        OutputUnwritable: The folder cannot be written to.
    """
    digests = (hashlib.sha256(data).hexdigest(), *_sealed(folder))
    write_whole(folder / _NAME, "".join(f"{digest}\n" for digest in digests).encode())


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
    sealed = _sealed(folder)
    try:
        return bool(sealed) and _digest(output) in sealed
    except OSError:
        return False


def _sealed(folder: Path) -> tuple[str, ...]:
    """Digests of what an output may hold."""
    try:
        return tuple((folder / _NAME).read_text(encoding="ascii").split())
    except (OSError, UnicodeDecodeError):
        return ()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
