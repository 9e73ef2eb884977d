"""Which files a command that takes videos is to look at: those named, and those in folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from twopop.errors import InputError

SUFFIXES = (
    ".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts",
    ".vob", ".webm", ".wmv",
)  # fmt: skip
"""Names of the files that are looked at in a folder; a file that is named by itself may be called anything."""


def find_videos(words: Iterable[Path]) -> list[Path]:
    """The videos that a command line names, each once.

    Args:
        words: Files, in any order, and folders, which are searched in depth and by name; hidden folders and those in
            which twopop keeps its own files are not.

    Returns:
        Paths as they were named or below the folder that was named.

    Raises:
        InputError: A folder holds none or cannot be read.
    """
    found: dict[str, Path] = {}
    for word in words:
        for path in _below(word) if word.is_dir() else (word,):
            found.setdefault(os.path.normcase(os.path.abspath(path)), path)
    return list(found.values())


def _below(folder: Path) -> list[Path]:
    videos = list(_walk(folder))
    if not videos:
        raise InputError(f"{folder}: there is no video in this folder; names must end in {', '.join(SUFFIXES)}")
    return videos


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder, onerror=_complain):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not name.endswith(".twopop"))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield Path(place, name)


def _complain(problem: OSError) -> None:
    raise InputError(f"{problem.filename}: the folder cannot be read: {problem.strerror}") from problem
