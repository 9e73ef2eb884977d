"""Which files are timelines to conform: named, below a folder, or matching a pattern; never what twopop wrote."""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from twopop_otio.host import work_folder
from twopop_otio.tags import applied_ids

SUFFIXES = (".otio", ".otioz", ".otiod", ".edl", ".aaf", ".xml", ".fcpxml", ".fcpxmld")
"""Names of the files, and of the folders that count as files, that are looked at in a folder."""

_OWN_NAME = re.compile(r"_conformed(-\d+)?$")
_TAG = b'"twopop"'
_HEAD_BYTES = 4096
_XML_ROOTS = (b"<xmeml", b"<fcpxml")


@dataclass(frozen=True)
class Source:
    """A timeline to conform.

    Attributes:
        path: Absolute.
        place: Its path below the folder that was searched; its results lie at the same place.
    """

    path: Path
    place: Path


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Attributes:
        sources: Each timeline once, in the order named; those of a folder by name.
        own: Files that twopop wrote and that are passed over.
        unreadable: Folders that could not be read.
    """

    sources: tuple[Source, ...]
    own: tuple[Path, ...]
    unreadable: tuple[Path, ...]


def find(words: Iterable[str], out: Path) -> Found:
    """Finds the timelines that a command line names.

    Args:
        words: Files, folders and patterns such as "reels/**/*.otio".
        out: Folder of results, which is not searched.

    Returns:
        What was found. A name that leads nowhere is a source as well: conforming it says what is wrong.
    """
    unreadable: list[Path] = []
    own: list[Path] = []
    sources: dict[str, Source] = {}
    for word in words:
        for source, is_named in _matches(word, out, unreadable):
            if not is_named and is_own(source.path):
                own.append(source.path)
            else:
                sources.setdefault(os.path.normcase(source.path.resolve()), source)
    return Found(tuple(sources.values()), tuple(own), tuple(unreadable))


def is_timeline(path: Path) -> bool:
    """Whether a file or bundle in a folder may be a timeline, by its name; one of XML by its first lines as well."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES or path.name.startswith("."):
        return False
    return suffix != ".xml" or any(root in _head(path) for root in _XML_ROOTS)


def is_own(path: Path, *, by_name: bool = False) -> bool:
    """Whether twopop wrote a timeline: it has a work folder beside it, or our tags in it.

    Args:
        path: The file.
        by_name: Whether the name of a result is enough; an editor's own export of one has lost the tags.
    """
    if by_name and _OWN_NAME.search(path.stem):
        return True
    if (work_folder(path) / "changes.json").exists():
        return True
    try:
        data = path.read_bytes() if path.suffix.lower() == ".otio" else b""
        return _TAG in data and any(True for _ in applied_ids(json.loads(data)))
    except (OSError, ValueError, RecursionError):  # conforming it will say what is wrong
        return False


def _matches(word: str, out: Path, unreadable: list[Path]) -> Iterator[tuple[Source, bool]]:
    """Sources that a word of the command line stands for, and whether each was named by itself."""
    path = Path(word).absolute()
    if is_folder(path):
        yield from ((Source(it, it.relative_to(path)), False) for it in _below(path, out, unreadable))
    elif path.exists() or not glob.has_magic(word):
        yield Source(path, Path(path.name)), True
    else:
        root = _fixed_part(path)
        for match in sorted(glob.glob(str(path), recursive=True)):
            found = Path(match)
            if is_timeline(found) and out not in found.parents and not _is_in_work_folder(found):
                yield Source(found, found.relative_to(root)), False


def is_folder(path: Path) -> bool:
    """Whether a path is a folder to search, not a bundle."""
    return path.is_dir() and path.suffix.lower() not in SUFFIXES


def _head(path: Path) -> bytes:
    """A file's first bytes, those of UTF-16 as if they were ASCII."""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES).replace(b"\0", b"")
    except OSError:
        return b""


def _below(folder: Path, out: Path, unreadable: list[Path]) -> Iterator[Path]:
    def note(problem: OSError) -> None:
        unreadable.append(Path(problem.filename))

    for place, folders, files in os.walk(folder, onerror=note):
        here = Path(place)
        bundles = [name for name in folders if is_timeline(here / name)]
        folders[:] = sorted(n for n in folders if _is_searched(here / n, out) and n not in bundles)
        yield from (here / name for name in sorted([*files, *bundles]) if is_timeline(here / name))


def _is_searched(folder: Path, out: Path) -> bool:
    return folder != out and not folder.name.startswith(".") and folder.suffix != ".twopop"


def _is_in_work_folder(path: Path) -> bool:
    return any(parent.suffix == ".twopop" for parent in path.parents)


def _fixed_part(pattern: Path) -> Path:
    """The folder above the first part of a pattern that has wildcards."""
    fixed = pattern
    while glob.has_magic(str(fixed)):
        fixed = fixed.parent
    return fixed
