"""Names: of the timelines that are made, of the folder for what belongs to a timeline, and of files."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path

from twopop.locations import data_folder

_MADE = re.compile(r"(.*?) \(twopop(?: \d+)?\)", re.DOTALL)
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_LONGEST = 200  # bytes, of the 255 that a file name may have; the rest is for what is put behind it
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def base_name(name: str) -> str:
    """A timeline's name without the mark of those that are made here."""
    made = _MADE.fullmatch(name)
    return made[1] if made else name


def free_name(name: str, taken: Collection[str]) -> str:
    """The name of a new timeline: "NAME (twopop)", "NAME (twopop 2)"; Resolve makes none under a name that exists.

    Args:
        name: Of the timeline that it is made from.
        taken: Names that exist.
    """
    base, known = base_name(name), {other.casefold() for other in taken}
    number = 1
    while True:
        wanted = f"{base} (twopop)" if number == 1 else f"{base} (twopop {number})"
        if wanted.casefold() not in known:
            return wanted
        number += 1


def file_name(name: str) -> str:
    """A name that every file system takes; a name that had to be changed carries a mark, so that no two are one."""
    short = name.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
    safe = _UNSAFE.sub("_", short).strip(" .")
    if safe and safe == name and not _RESERVED.fullmatch(name):
        return safe
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe}_{mark}" if safe else mark


def plain_path(path: str) -> str:
    """A path spelled as everyone spells it: macOS composes letters otherwise, Windows minds no case."""
    return unicodedata.normalize("NFC", os.path.normcase(path))


def work_folder(project: str, timeline: str) -> Path:
    """The folder for what belongs to a timeline and to those that are made from it."""
    return data_folder() / "resolve" / file_name(project) / f"{file_name(base_name(timeline))}.twopop"
