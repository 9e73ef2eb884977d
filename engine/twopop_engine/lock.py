"""One engine for each home: a lock that the system takes back when its holder dies."""

from __future__ import annotations

import os
import sys

from twopop.errors import EngineUnavailable
from twopop.locations import Home


class HomeLock:
    """Held by the engine that serves a home."""

    def __init__(self, home: Home) -> None:
        """Takes the lock.

        Raises:
            EngineUnavailable: Another engine holds it.
        """
        self._file = os.open(home.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._file)
        except OSError as error:
            os.close(self._file)
            raise EngineUnavailable(f"another engine already serves {home.root}", home=str(home.root)) from error

    def release(self) -> None:
        """Gives the lock back; the file stays, so that two engines never lock different files of one name."""
        os.close(self._file)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
