"""Names of results: at the place of their timeline, each its own, and short enough for every file system."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

_STEM_BYTES = 160  # of 255: what is written beside a result has longer names


def candidates(place: Path) -> Iterator[str]:
    """The names that a result may have, the best first.

    Args:
        place: The timeline's path below the folder that was searched.

    Yields:
        Paths below the folder of results, with "/".
    """
    stem = _short(place.stem)
    folder = PurePosixPath(*place.parent.parts)
    yield str(folder / f"{stem}_conformed.otio")
    number = 2
    while True:
        yield str(folder / f"{stem}_conformed-{number}.otio")
        number += 1


def free_name(place: Path, out: Path, source: Path, taken: Mapping[str, str]) -> str:
    """The first name that no other timeline's result has, and that no file has.

    Args:
        place: The timeline's path below the folder that was searched.
        out: The folder of results.
        source: The timeline.
        taken: The timeline that each result belongs to, by its path in small letters.
    """
    return next(
        name
        for name in candidates(place)
        if taken.get(name.casefold(), str(source)) == str(source) and not (out / name).exists()
    )


def _short(stem: str) -> str:
    data = stem.encode("utf-8", "surrogatepass")
    if len(data) <= _STEM_BYTES:
        return stem
    mark = hashlib.sha256(data).hexdigest()[:8]
    return f"{data[: _STEM_BYTES - 9].decode('utf-8', 'ignore')}-{mark}"
