"""Takes on live items: the clip as it is stays the first take, so that nothing is lost.

`FinalizeTake` throws away all takes but the chosen one, so it is called only when the original is the only one left:
then the clip is as it was before it had takes.
"""

from __future__ import annotations

from collections.abc import Sequence

from twopop.errors import HostFailed
from twopop_actions.changes import AddTake
from twopop_resolve.api import Item, PoolItem, TimelineApi
from twopop_resolve.connection import Session
from twopop_resolve.live import HOST
from twopop_resolve.naming import plain_path
from twopop_resolve.pool import import_media, source_frames
from twopop_resolve.seats import Seat, items_at

Seats = Sequence[tuple[AddTake, Seat]]
"""Takes, each with where the clip sits that gets it."""


def add_takes(session: Session, timeline: TimelineApi, seats: Seats) -> None:
    """Adds takes.

    Args:
        session: The running program.
        timeline: The timeline, open.
        seats: Where the clips sit that get them.

    Raises:
        HostFailed: One was not added or not chosen.
    """
    files = import_media(session, (take.media.path for take, _ in seats))
    items = items_at(timeline, (seat for _, seat in seats))
    for take, seat in seats:
        _add(items[seat], files[take.media.path], take)


def check_takes(timeline: TimelineApi, seats: Seats) -> None:
    """Checks that takes are there.

    Raises:
        HostFailed: One is not, or is not chosen as it was asked for.
    """
    items = items_at(timeline, (seat for _, seat in seats))
    for take, seat in seats:
        number = number_of(items[seat], take.media.path)
        chosen = items[seat].GetSelectedTakeIndex()
        if number is None or (chosen == number) != take.active:
            how = "there, but not chosen as asked for" if number else "not there"
            raise HostFailed.of(HOST, f"the take {take.key} of {take.target} is {how}")


def remove_take(item: Item, path: str, original: str | None) -> None:
    """Takes a take away, and lets the one before it play where it did.

    Args:
        item: The clip.
        path: What the take plays.
        original: What the clip played before; None where that is not known.
    """
    number = number_of(item, path)
    if number is None:
        return
    if item.GetSelectedTakeIndex() == number:
        item.SelectTakeByIndex((number_of(item, original) if original else None) or 1)
    item.DeleteTakeByIndex(number)
    if item.GetTakesCount() == 1:  # the original alone: as it was before there were takes
        item.FinalizeTake()


def number_of(item: Item, path: str) -> int | None:
    """The number of the take that plays a file; None when there is none."""
    for number in range(1, (item.GetTakesCount() or 0) + 1):
        media = (item.GetTakeByIndex(number) or {}).get("mediaPoolItem")
        if media is not None and plain_path(str(media.GetClipProperty("File Path"))) == plain_path(path):
            return number
    return None


def _add(item: Item, media: PoolItem, take: AddTake) -> None:
    """Adds a take that is exactly as long as the clip.

    Whether the last frame counts was measured both ways, so it is tried and read back.
    """
    first, count = source_frames(media, take.media.start, take.media.duration)
    length, before, had = item.GetDuration(), item.GetSelectedTakeIndex() or 1, item.GetTakesCount()
    for last in (first + count, first + count - 1):
        item.AddTake(media, first, last)
        number = number_of(item, take.media.path)
        if number is None:
            break
        item.SelectTakeByIndex(number)
        if item.GetSelectedTakeIndex() == number and item.GetDuration() == length:
            if not take.active:
                item.SelectTakeByIndex(before)
            return
        item.SelectTakeByIndex(before)
        item.DeleteTakeByIndex(number)
        if not had and item.GetTakesCount() == 1:
            item.FinalizeTake()
    raise HostFailed.of(HOST, f"the take {take.key} was not added to {take.target}; is its track locked?")
