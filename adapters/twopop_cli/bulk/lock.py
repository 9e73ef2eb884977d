"""One program for each folder: a lock that the system takes back when its holder dies, so that none is ever stale."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import TracebackType

from twopop.errors import InputError, OutputUnwritable
from twopop_otio.timeline import output_problem

_HEAD_BYTES = 1 << 20  # Windows keeps others from reading what is locked: the byte locked lies beyond the text


class FolderLock:
    """Held by the program that works in a folder; a context manager."""

    def __init__(self, file: Path, what: str) -> None:
        """Takes the lock.

        Args:
            file: The lock's file; made when missing, and left there.
            what: Who works, in words: "a watch of /exports".

        Raises:
            InputError: Another process holds it.
            OutputUnwritable: The file cannot be made.
        """
        try:
            self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise OutputUnwritable.at(str(file), output_problem(problem)) from problem
        try:
            _lock(self._descriptor)
        except OSError as problem:
            pid = _holder(self._descriptor)
            os.close(self._descriptor)
            raise InputError(f"{what} runs already (process {pid}); stop it first", path=str(file)) from problem
        os.truncate(self._descriptor, 0)
        os.write(self._descriptor, json.dumps({"pid": os.getpid()}).encode())

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gives the lock back; the file stays, so that two programs never lock different files of one name."""
        os.close(self._descriptor)


def _holder(descriptor: int) -> str:
    """Process id that the file names."""
    try:
        return str(int(json.loads(os.read(descriptor, 256))["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _HEAD_BYTES, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
