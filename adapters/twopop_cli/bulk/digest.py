"""What tells whether a timeline has to be conformed again: its content, the options, and the sound that is there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import twopop
from twopop.errors import TimelineUnreadable
from twopop_actions.action import Value
from twopop_otio.opening import Opening

_BLOCK_BYTES = 1 << 20


def content_digest(path: Path) -> str:
    """SHA-256 of a timeline, in hexadecimal digits; of a bundle, its files' names, sizes and times.

    Raises:
        TimelineUnreadable: It cannot be read.
    """
    try:
        if path.is_dir():
            return hashlib.sha256("\n".join(_listing(path, None)).encode("utf-8", "surrogatepass")).hexdigest()
        found = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                found.update(block)
        return found.hexdigest()
    except OSError as problem:
        raise TimelineUnreadable.at(str(path), f"cannot be read: {problem.strerror}") from problem


def options_digest(values: Mapping[str, Value | None], opening: Opening, *, with_files: bool, out: Path) -> str:
    """SHA-256 of what shapes a conform besides its timeline.

    Args:
        values: The options.
        opening: What is said of the timelines.
        with_files: Whether the names, sizes and times of the files in the folders named count as well.
        out: Where results go; it may lie in such a folder and does not count.

    Returns:
        Hexadecimal digits.
    """
    sound = values.get("sound")
    folders = [*(sound if isinstance(sound, tuple) else ()), *map(str, opening.media)]
    listing = [line for name in folders for line in _listing(Path(name), out)] if with_files else []
    said = [*map(str, opening.media), opening.timeline, str(opening.rate), opening.whole_frames]
    text = json.dumps([twopop.__version__, dict(values), said, listing], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _listing(folder: Path, skipped: Path | None) -> Iterator[str]:
    """A line for each file in a folder and those below; what cannot be read has none."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.endswith(".twopop") and Path(place, n) != skipped)
        for name in sorted(files):
            path = Path(place, name)
            try:
                state = path.stat()
            except OSError:  # a broken link, or gone since
                continue
            yield f"{path}\t{state.st_size}\t{state.st_mtime_ns}"
