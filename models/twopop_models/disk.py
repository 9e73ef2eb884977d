"""Writing into the store: folders private to the user, room on the disk, and one pull of a model at a time."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from twopop_models.errors import StoreUnwritable

SPARE_BYTES = 16 << 20
"""What is left free on the disk beside what is fetched."""

_POLL_S = 0.1


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Tells of a full or read-only disk, around the lines that write.

    Args:
        path: What the error is about, when the system does not name it.

    Raises:
        StoreUnwritable: The system refused to write.
    """
    try:
        yield
    except OSError as error:
        raise StoreUnwritable(str(error.filename or path), (error.strerror or str(error)).lower()) from error


def make_folder(folder: Path) -> None:
    """Makes a folder, private to the user.

    Raises:
        StoreUnwritable: It cannot be made.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def need_room(folder: Path, size_bytes: int) -> None:
    """Asks whether a disk has room for what comes.

    Raises:
        StoreUnwritable: It has not.
    """
    with writing(folder):
        free_bytes = shutil.disk_usage(folder).free
    if free_bytes < size_bytes + SPARE_BYTES:
        needed_mb, free_mb = -(-(size_bytes + SPARE_BYTES) // 1_000_000), free_bytes // 1_000_000
        raise StoreUnwritable(
            str(folder), f"{needed_mb} MB are needed and {free_mb} MB are free; make room, or move it with $TWOPOP_DATA"
        )


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds a lock; the system takes it back when its holder dies.

    Args:
        path: A file to lock; it stays, so that two never lock different files of one name.
        waiting: Called every tenth of a second for as long as another holds it; may raise.

    Raises:
        StoreUnwritable: The file cannot be made.
    """
    with writing(path):
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _lock(file):
            waiting()
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(file)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
