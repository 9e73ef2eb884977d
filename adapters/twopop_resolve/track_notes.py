"""What of the tracks Resolve did not keep: transitions, names, audio types. Clips are compared elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from twopop_actions.timeline import TrackKind
from twopop_otio.dialects.plain import metadata_of
from twopop_otio.layout import track_kind
from twopop_otio.timeline import Document, kind_of, name_of
from twopop_otio.times import Node
from twopop_resolve.matching import track_numbers

_Place = tuple[TrackKind | None, int]


def track_notes(expected: Document, found: Document) -> tuple[str, ...]:
    """Sentences on what the tracks lost; none where they are as they should be."""
    there = dict(_tracks(found))
    notes: list[str] = []
    cuts = 0
    for place, track in _tracks(expected):
        said = f"{place[0]} track {place[1]} ({name_of(track)})"
        twin = there.get(place)
        if twin is None:
            notes.append(f"The {said} is not there.")
            continue
        cuts += (Counter(_cuts(track)) - Counter(_cuts(twin))).total()
        if name_of(twin) != name_of(track):
            notes.append(f"The {said} is now named {name_of(twin)!r}.")
        wanted, kind = _audio_type(track), _audio_type(twin)
        if wanted and kind != wanted:
            notes.append(f"The {said} is now {kind or 'of no known audio type'}, and was {wanted}.")
    return (*([f"{cuts} transition(s) were lost; make them again in Resolve."] if cuts else []), *notes)


def _tracks(document: Document) -> Iterator[tuple[_Place, Node]]:
    numbers = track_numbers(document.tracks)
    return (((track_kind(track), numbers[index]), track) for index, track in enumerate(document.tracks))


def _cuts(track: Node) -> Iterator[int]:
    """The transitions of a track, each by how many clips lie before it."""
    clips = 0
    for item in track.get("children") or ():
        if kind_of(item) == "Transition":
            yield clips
        clips += kind_of(item) not in ("Gap", "Transition")


def _audio_type(track: Node) -> str:
    return str(metadata_of(track, "Resolve_OTIO").get("Audio Type") or "").lower()
