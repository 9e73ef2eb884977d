"""Files taken into the media pool."""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

from twopop.errors import HostFailed
from twopop.timing import snap_rate
from twopop_resolve.api import Folder, PoolItem
from twopop_resolve.connection import Session
from twopop_resolve.live import HOST
from twopop_resolve.naming import plain_path

_MOST_SEARCHED = 1000  # items of the pool, a call or two each: some thousands stall Resolve
_MOST_BINS = 500


def import_media(session: Session, paths: Iterable[str]) -> dict[str, PoolItem]:
    """Takes files into the open bin of the media pool, or finds those that lie in the pool already.

    Args:
        session: The running program.
        paths: Absolute paths.

    Returns:
        The item of each path.

    Raises:
        HostFailed: A file did not get there.
    """
    wanted = list(dict.fromkeys(paths))
    if gone := [path for path in wanted if not Path(path).is_file()]:
        raise HostFailed.of(HOST, f"{gone[0]} is not there, so it was not imported")
    found = _by_path(session.pool.ImportMedia(wanted) or [])
    if any(plain_path(path) not in found for path in wanted):  # what is in the pool already may not be told again
        found = {**_by_path(_in_bins(session, wanted)), **found}
    by_hand = "can it be dragged there by hand? If it lies there already, open its bin and try again"
    if lost := [path for path in wanted if plain_path(path) not in found]:
        raise HostFailed.of(HOST, f"{lost[0]} was not imported into the media pool; {by_hand}")
    return {path: found[plain_path(path)] for path in wanted}


def frame_rate(item: PoolItem) -> Fraction:
    """Frames per second by which a file is counted; sound takes the project's at its import, and keeps it.

    Raises:
        HostFailed: It is not told.
    """
    told = item.GetClipProperty("FPS")
    try:
        return snap_rate(float(told or 0))
    except (TypeError, ValueError) as problem:
        raise HostFailed.of(
            HOST, f"it does not tell the frame rate of {item.GetName()} (it says {told!r})"
        ) from problem


def source_frames(item: PoolItem, start_s: Fraction, duration_s: Fraction) -> tuple[int, int]:
    """First frame and number of frames of a part of a file, counted as Resolve counts them in it.

    Raises:
        HostFailed: The part does not begin and end on such frames.
    """
    rate = frame_rate(item)
    first, count = start_s * rate, duration_s * rate
    if first.denominator != 1 or count.denominator != 1:
        problem = (
            f"it counts {item.GetName()} by {float(rate):g} frames per second, in which the part that is wanted does "
            "not begin and end on frames; set the project's frame rate to the timeline's, or conform to a new timeline"
        )
        raise HostFailed.of(HOST, problem)
    return int(first), int(count)


def _by_path(items: Iterable[PoolItem]) -> dict[str, PoolItem]:
    return {plain_path(str(path)): item for item in items if (path := item.GetClipProperty("File Path"))}


def _in_bins(session: Session, wanted: list[str]) -> list[PoolItem]:
    """What lies in the pool and is named like one of the files: in the open bin, then in all others."""
    names = {unicodedata.normalize("NFC", Path(path).name) for path in wanted}
    found: list[PoolItem] = []
    searched = 0
    for folder in _bins(session):
        items = (folder.GetClipList() or [])[searched - _MOST_SEARCHED :]  # the latest are the last
        searched += len(items)
        found += [item for item in items if unicodedata.normalize("NFC", item.GetName() or "") in names]
        if searched >= _MOST_SEARCHED:
            break
    return found


def _bins(session: Session) -> Iterator[Folder]:
    """The open bin, then all from the top down."""
    if current := session.pool.GetCurrentFolder():
        yield current
    root = session.pool.GetRootFolder()
    waiting = deque([root] if root else [])
    for _ in range(_MOST_BINS):
        if not waiting:
            return
        folder = waiting.popleft()
        yield folder
        waiting.extend(folder.GetSubFolderList() or [])
