"""The machine: room and rights in the folders that are written to, open files, the clock."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from twopop_cli.health.row import Row

LITTLE_BYTES = 1 << 30
LOW_BYTES = 10 << 30
FEW_FILES = 512
"""Workers, watchers and media open at the same time stay well below."""

_SKEW_S = 2.0
_LONG_AGO_S = 1_700_000_000.0  # November 2023: before any build of twopop


def check_folders(folders: Mapping[str, Path]) -> Iterator[Row]:
    """Whether there is room in each folder, and whether it can be written to.

    Args:
        folders: By what they are for.
    """
    for name, folder in folders.items():
        here = folder
        while not here.exists() and here != here.parent:
            here = here.parent
        yield _folder_row(name, folder, here)


def check_files() -> Iterator[Row]:
    """How many files a process may open."""
    if sys.platform == "win32":
        return
    import resource

    limit, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        yield Row("Open files", "ok", "no limit")
    elif limit < FEW_FILES:
        able = hard == resource.RLIM_INFINITY or hard >= FEW_FILES
        mend = "ulimit -n 4096" if able else f"raise the limit of the system, which is {hard} for this user"
        yield Row("Open files", "warning", f"{limit} at once", mend)
    else:
        yield Row("Open files", "ok", f"{limit} at once")


def check_clock(folder: Path) -> Iterator[Row]:
    """Whether the clock is set, and agrees with that of the drive: media are told apart by their times, too.

    Args:
        folder: Where to write a file; one that does not exist is not looked at.
    """
    now_s = time.time()
    if now_s < _LONG_AGO_S:
        yield Row("Clock", "warning", f"says {time.strftime('%Y-%m-%d')}", "set the clock")
        return
    skew_s = 0.0
    if folder.is_dir() and os.access(folder, os.W_OK):
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".twopop-check-") as file:
            skew_s = os.stat(file.name).st_mtime - time.time()
    if abs(skew_s) > _SKEW_S:
        what = f"the drive of {folder} is {skew_s:+.0f} s off"
        yield Row("Clock", "warning", what, "set the clocks of this machine and of the server")
    else:
        yield Row("Clock", "ok", time.strftime("%Y-%m-%d %H:%M:%S %z"))


def _folder_row(name: str, folder: Path, here: Path) -> Row:
    """One folder's answer.

    Args:
        name: What it is for.
        folder: The folder.
        here: It, or the nearest one above that exists.
    """
    label = f"Folder for {name}"
    if not here.is_dir():
        return Row(label, "problem", f"{folder}: {here} is no folder", "remove or rename it")
    try:
        with tempfile.TemporaryFile(dir=here) as file:
            file.write(b"twopop")
        free_bytes = shutil.disk_usage(here).free
    except OSError as problem:
        mend = f"make {here} writable, or name another folder ({_variable(name)})"
        return Row(label, "problem", f"{folder}: cannot be written to: {problem.strerror or problem}", mend)
    what = f"{folder}, {free_bytes / 2**30:.1f} GiB free"
    mend = f"make room, or name another folder ({_variable(name)})"
    if free_bytes < LITTLE_BYTES:
        return Row(label, "problem", what, mend)
    return Row(label, "warning", what, mend) if free_bytes < LOW_BYTES else Row(label, "ok", what)


def _variable(name: str) -> str:
    return {"the engine": "$TWOPOP_HOME", "results": "$TWOPOP_DATA"}.get(name, "$TMPDIR")
