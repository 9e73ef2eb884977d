"""Taking back what was done in place: after a failure and for undo, from what a fresh export and our tags tell."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from twopop.errors import HostFailed
from twopop_otio.layout import Placement, active_media, track_kind
from twopop_otio.tags import is_ours, tag_of
from twopop_otio.times import Node
from twopop_resolve.api import Item, TimelineApi
from twopop_resolve.live import HOST
from twopop_resolve.marks import remove_marker
from twopop_resolve.matching import media_name
from twopop_resolve.placing import made_tracks
from twopop_resolve.reading import Reading
from twopop_resolve.seats import Seat, items_at, seats_of
from twopop_resolve.takes import number_of, remove_take


@dataclass(frozen=True)
class Scope:
    """What is to be taken back.

    Attributes:
        ids: Of the changes.
        media: Files of which clips are taken away wherever they came to lie, unless they lay there before.
        before: Where clips lay before.
        tracks: Numbers of audio tracks that were added.
    """

    ids: frozenset[str]
    media: frozenset[str] = frozenset()
    before: frozenset[Seat] = frozenset()
    tracks: Collection[int] = field(default_factory=tuple)


def take_back(timeline: TimelineApi, reading: Reading, scope: Scope) -> None:
    """Takes changes back, on the open timeline with the Edit page shown; what came of it, a fresh reading tells.

    Args:
        timeline: The timeline.
        reading: What it is now.
        scope: What is to be taken back.

    Raises:
        HostFailed: A clip that was exported is not found.
    """
    seats = [(clip, seat) for clip, seat in seats_of(reading.document, reading.dialect) if len(clip.path) == 1]
    gone = [seat for clip, seat in seats if _is_to_go(clip, seat, reading, scope)]
    touched = [
        (clip, seat)
        for clip, seat in seats
        if seat not in gone and {*_notes(clip.node), *_marks(clip.node)} & scope.ids
    ]
    items = items_at(timeline, [*gone, *(seat for _, seat in touched)])
    for clip, seat in touched:
        _restore(items[seat], clip.node, reading, scope.ids)
    if gone:
        timeline.DeleteClips([items[seat] for seat in gone], False)
    for number in sorted({*made_tracks(reading.document).values(), *scope.tracks}, reverse=True):
        if timeline.GetItemListInTrack("audio", number) == []:
            timeline.DeleteTrack("audio", number)


def check_taken_back(timeline: TimelineApi, reading: Reading, scope: Scope, most_tracks: int) -> None:
    """Checks that nothing of it is left.

    Args:
        timeline: The timeline.
        reading: What it is now.
        scope: What was to be taken back.
        most_tracks: How many audio tracks it may have.

    Raises:
        HostFailed: Something is left; the message says what.
    """
    for clip, seat in seats_of(reading.document, reading.dialect):
        if _is_to_go(clip, seat, reading, scope):
            raise HostFailed.of(HOST, f"the clip at {seat} that was placed cannot be taken away")
        if any(marker in scope.ids for marker in _marks(clip.node)):
            raise HostFailed.of(HOST, f"the marker on the clip at {seat} cannot be taken away")
        for change, note in _notes(clip.node).items():
            if change in scope.ids and _is_left(timeline, seat, clip.node, note, reading):
                raise HostFailed.of(HOST, f"what was done to the clip at {seat} cannot be taken back: {note['change']}")
    if audio_tracks(reading) > most_tracks:
        raise HostFailed.of(HOST, "an empty audio track cannot be removed; remove it by hand")


def _is_left(timeline: TimelineApi, seat: Seat, clip: Node, note: Node, reading: Reading) -> bool:
    if note["change"] == "SetEnabled":
        return bool(clip.get("enabled", True) == note["now"])
    path = _take_path(clip, note, reading) if note["change"] == "AddTake" else None
    return path is not None and number_of(items_at(timeline, [seat])[seat], path) is not None


def audio_tracks(reading: Reading) -> int:
    """How many audio tracks a timeline has."""
    return sum(track_kind(track) == "audio" for track in reading.document.tracks)


def _is_to_go(clip: Placement, seat: Seat, reading: Reading, scope: Scope) -> bool:
    if tag_of(clip.node).get("change") in scope.ids:
        return True
    is_new = clip.kind == "audio" and seat not in scope.before
    return is_new and media_name(active_media(clip.node), reading.dialect) in scope.media


def _notes(clip: Node) -> dict[str, Node]:
    return tag_of(clip).get("changes") or {}


def _marks(clip: Node) -> list[str]:
    """Ids of our markers on a clip."""
    return [tag_of(marker)["change"] for marker in clip.get("markers") or () if is_ours(marker)]


def _take_path(clip: Node, note: Node, reading: Reading) -> str | None:
    return media_name(clip["media_references"][note["now"]["key"]], reading.dialect)


def _restore(item: Item, clip: Node, reading: Reading, ids: Collection[str]) -> None:
    for change in _marks(clip):
        if change in ids:
            remove_marker(item, change)
    for change, note in reversed(list(_notes(clip).items())):
        if change not in ids:
            continue
        if note["change"] == "SetEnabled" and clip.get("enabled", True) == note["now"]:
            item.SetClipEnabled(not note["now"])
        elif note["change"] == "AddTake" and (path := _take_path(clip, note, reading)):
            original = clip["media_references"].get(note["was"]["active"])
            remove_take(item, path, media_name(original, reading.dialect))
