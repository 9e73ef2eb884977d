"""Where an item sits, so that the exported clip and the live item can be told to be one.

An export has no ids. Kind, number of the track and first frame name an item; on its track it is as far along as the
clip is in the export, so that it is found with a call or two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from twopop.errors import HostFailed
from twopop_actions.changes import Change
from twopop_actions.timeline import Target, TrackKind
from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.layout import Placement, placements
from twopop_otio.timeline import Document, kind_of
from twopop_otio.times import Node
from twopop_resolve.api import Item, TimelineApi
from twopop_resolve.live import HOST, required
from twopop_resolve.matching import frame_of, track_numbers
from twopop_resolve.reading import Reading


@dataclass(frozen=True)
class Seat:
    """Where an item sits.

    Attributes:
        kind: Kind of its track.
        track: The track's number among those of its kind, from 1.
        frame: Its first frame, counted from the timeline's first.
        position: How many items lie before it on the track, as far as known.
    """

    kind: TrackKind
    track: int
    frame: int
    position: int = 0

    def __str__(self) -> str:
        return f"{self.kind} track {self.track}, frame {self.frame}"


def seats_of(document: Document, dialect: ResolveDialect) -> Iterator[tuple[Placement, Seat]]:
    """The clips of a document and where each sits, or where the compound clip sits that holds it."""
    positions, numbers = _positions(document.tracks), track_numbers(document.tracks)
    starts: dict[tuple[int, int], int] = {}
    for placement in placements(document.tracks, dialect.record_duration):
        place = (placement.track, placement.path[0])
        frame = starts.setdefault(place, frame_of(placement.record_start, dialect))
        yield placement, Seat(placement.kind, numbers[placement.track], frame, positions[place])


def seats_by_change(changes: Iterable[Change], reading: Reading) -> dict[str, Seat]:
    """Where the clips sit that changes name, by the change's id; they were checked to be there."""
    places = {(p.track, p.path): seat for p, seat in seats_of(reading.document, reading.dialect)}
    return {change.id: places[change.target.track, change.target.path] for change in changes}


def _positions(tracks: Sequence[Node]) -> dict[tuple[int, int], int]:
    """How many items lie before one on its track, by the track's index and its own."""
    found = {}
    for index, track in enumerate(tracks):
        position = 0
        for number, item in enumerate(track.get("children") or ()):
            found[index, number] = position
            position += kind_of(item) not in ("Gap", "Transition")
    return found


def items_at(timeline: TimelineApi, seats: Iterable[Seat]) -> dict[Seat, Item]:
    """The live items that sit on some seats.

    Raises:
        HostFailed: There is none at one of them.
    """
    found: dict[Seat, Item] = {}
    first = first_frame(timeline)
    lists: dict[tuple[TrackKind, int], list[Item]] = {}
    for seat in seats:
        place = (seat.kind, seat.track)
        if place not in lists:
            lists[place] = timeline.GetItemListInTrack(seat.kind, seat.track) or []
        item = _item_at(lists[place], first + seat.frame, seat.position)
        if item is None:
            raise HostFailed.of(HOST, f"there is no clip at {seat}, though it was exported; was the timeline edited?")
        found[seat] = item
    return found


def first_frame(timeline: TimelineApi) -> int:
    """The timeline's first frame, counted from midnight."""
    return int(required(timeline.GetStartFrame(), "the timeline's first frame"))


def _item_at(items: Sequence[Item], frame: int, position: int) -> Item | None:
    """The item that begins at a frame; the one at its likely position is asked first."""
    if position < len(items) and _start(items[position]) == frame:
        return items[position]
    low, high = 0, len(items)
    while low < high:  # items lie in order of time
        middle = (low + high) // 2
        start = _start(items[middle])
        if start == frame:
            return items[middle]
        low, high = (middle + 1, high) if start < frame else (low, middle)
    return None


def _start(item: Item) -> int:
    start: float = required(item.GetStart(), "where a clip begins")
    return round(start)


def selected_seats(timeline: TimelineApi, items: Sequence[Item]) -> frozenset[Seat]:
    """Where the selected items sit; what lies on no track is left out."""
    first = first_frame(timeline)
    seats = []
    for item in items:
        place = item.GetTrackTypeAndIndex() or ("", 0)
        kind: TrackKind | None = "video" if place[0] == "video" else "audio" if place[0] == "audio" else None
        if kind:
            seats.append(Seat(kind, int(place[1]), _start(item) - first))
    return frozenset(seats)


def targets_at(reading: Reading, seats: frozenset[Seat]) -> tuple[Target, ...]:
    """The clips of a reading that sit on some seats."""
    places = {
        (placement.track, placement.path)
        for placement, seat in seats_of(reading.document, reading.dialect)
        if replace(seat, position=0) in seats
    }
    return tuple(clip.target for clip in reading.timeline.clips if (clip.target.track, clip.target.path) in places)
