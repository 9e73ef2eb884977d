"""The media files below some folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from twopop.errors import OptionInvalid
from twopop_otio.imports.imported import Notes

MEDIA_SUFFIXES = frozenset({
    ".3gp", ".aac", ".aif", ".aifc", ".aiff", ".ari", ".avi", ".braw", ".bwf", ".caf", ".crm", ".dv", ".flac", ".m2t",
    ".m2ts", ".m4a", ".m4v", ".mka", ".mkv", ".mov", ".mp3", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".oga", ".ogg",
    ".opus", ".r3d", ".rf64", ".ts", ".w64", ".wav", ".webm", ".wma", ".wmv",
})  # fmt: skip
_OURS = ".twopop"  # what a conform rendered lies in folders of this suffix


def media_files(folders: Iterable[Path], notes: Notes) -> list[Path]:
    """All media files in folders and their sub-folders, sorted.

    Args:
        folders: Where to look.
        notes: Takes sub-folders that cannot be read, and files whose names cannot be sent.

    Raises:
        OptionInvalid: One of the folders is none.
    """
    found: set[Path] = set()
    seen: set[str] = set()
    for folder in folders:
        if not folder.is_dir():
            raise OptionInvalid.of("--media", f"{folder} is not a folder")
        for path in _walk(folder.absolute(), seen, notes):
            try:
                path.stat()
            except OSError as problem:
                notes.add(f"it cannot be looked at: {problem.strerror}", str(path))
            else:
                found.add(path)
    return sorted(found)


def _walk(folder: Path, seen: set[str], notes: Notes) -> Iterator[Path]:
    """Media files below a folder; a folder that was seen, or that links lead to again, is not entered again."""

    def refused(problem: OSError) -> None:
        notes.add(f"the folder cannot be read: {problem.strerror}", str(problem.filename))

    for place, inner, files in os.walk(folder, onerror=refused, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            inner.clear()
            continue
        seen.add(real)
        inner[:] = sorted(name for name in inner if not name.startswith(".") and not name.endswith(_OURS))
        for name in sorted(files):
            if os.path.splitext(name)[1].lower() not in MEDIA_SUFFIXES or name.startswith("."):
                continue
            if not _is_text(name):
                notes.add("its name is not Unicode text; rename it", repr(name))
                continue
            yield Path(place, name)


def _is_text(name: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in name)
