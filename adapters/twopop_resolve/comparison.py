"""Whether what was asked for is there: the timeline as it should be, beside a fresh export of what is there.

Resolve answers as if it had worked and drops things all the same, so nothing but this counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.layout import Placement, active_media
from twopop_otio.tags import canonical, is_ours, tag_of
from twopop_otio.timeline import Document, kind_of, name_of
from twopop_otio.times import Node, exact_rate, span
from twopop_resolve.matching import frame_of, media_name
from twopop_resolve.seats import seats_of
from twopop_resolve.track_notes import track_notes

_NEAR_DB = 0.05
_MISSING: Node = {"OTIO_SCHEMA": "MissingReference.1"}


@dataclass(frozen=True)
class Landing:
    """What came of it.

    Attributes:
        missing: Ids of changes that are not there as asked for.
        lost: What else is not as it was and must be: a sentence for each clip.
        notes: What Resolve did not keep of the rest.
    """

    missing: tuple[str, ...]
    lost: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Piece:
    """A clip as both sides tell it; times in frames."""

    placement: Placement
    track: int
    start: int
    duration: int
    path: str | None
    offset_s: Fraction | None
    enabled: bool
    channels: tuple[tuple[int, int], ...] | None

    @property
    def clip(self) -> Node:
        return self.placement.node

    @property
    def key(self) -> tuple[str, int, int]:
        return self.placement.kind, self.track, self.start

    @property
    def notes(self) -> dict[str, str]:
        """Kinds of our changes to it, by kind, each with its id."""
        changes = tag_of(self.clip).get("changes") or {}
        return {note["change"]: change for change, note in changes.items()}


def compare(expected: Document, found: Document, dialect: ResolveDialect) -> Landing:
    """What of a timeline is there.

    Args:
        expected: As it should be, with our tags. Takes are told by Resolve alone and not compared.
        found: What Resolve exported.
        dialect: Resolve's.
    """
    there: dict[tuple[str, int, int], list[_Piece]] = {}
    for piece in _pieces(found, dialect):
        there.setdefault(piece.key, []).append(piece)
    missing: list[str] = []
    lost: list[str] = []
    pairs: list[tuple[_Piece, _Piece]] = []
    for piece in _pieces(expected, dialect):
        twin = next(iter(there.get(piece.key, ())), None)
        if twin is None:
            _blame(piece, "is not there", missing, lost)
            continue
        there[piece.key].remove(twin)
        pairs.append((piece, twin))
        _check_piece(piece, twin, dialect, missing, lost)
        missing += _lost_changes(piece, twin, dialect)
    lost += [f"{_said(piece)} was not asked for" for pieces in there.values() for piece in pieces]
    notes = (*_notes(pairs, dialect), *track_notes(expected, found))
    return Landing(tuple(dict.fromkeys(missing)), tuple(lost), notes)


def _pieces(document: Document, dialect: ResolveDialect) -> Iterator[_Piece]:
    for placement, seat in seats_of(document, dialect):
        media = active_media(placement.node) or _MISSING
        start = frame_of(placement.record_start, dialect)
        end = frame_of(placement.record_start + placement.record_duration, dialect)
        available = media.get("available_range")
        yield _Piece(
            placement,
            seat.track,
            start,
            end - start,
            media_name(media, dialect) if kind_of(media) == "ExternalReference" else None,
            placement.source_start - span(available)[0] if available else None,
            placement.shown and placement.node.get("enabled", True) is not False,
            dialect.channels(placement.node) if placement.kind == "audio" else None,
        )


def _blame(piece: _Piece, what: str, missing: list[str], lost: list[str]) -> None:
    if "change" in tag_of(piece.clip):
        missing.append(tag_of(piece.clip)["change"])
    else:
        lost.append(f"{_said(piece)} {what}")


def _said(piece: _Piece) -> str:
    return (
        f"{name_of(piece.clip) or 'unnamed clip'} on {piece.placement.kind} track {piece.track} at frame {piece.start}"
    )


def _check_piece(piece: _Piece, twin: _Piece, dialect: ResolveDialect, missing: list[str], lost: list[str]) -> None:
    """Length, media, the part and the channels of it that play."""
    if twin.duration != piece.duration:
        _blame(piece, f"is {twin.duration} frames long, not {piece.duration}", missing, lost)
    if "AddTake" in piece.notes:
        return
    if piece.path is not None and twin.path is None:
        _blame(piece, "is offline", missing, lost)
    elif piece.path is not None and twin.path != piece.path:
        _blame(piece, f"plays {twin.path}, not {piece.path}", missing, lost)
    elif not _near(piece.offset_s, twin.offset_s, dialect):
        if "SlipAudio" in piece.notes:
            missing.append(piece.notes["SlipAudio"])
        else:
            _blame(piece, "plays another part of its media", missing, lost)
    if "change" in tag_of(piece.clip) and twin.channels != piece.channels:
        missing.append(tag_of(piece.clip)["change"])  # else another channel of a recording plays than was asked for
    if twin.enabled != piece.enabled and "SetEnabled" not in piece.notes:
        _blame(piece, "is switched on" if twin.enabled else "is switched off", missing, lost)


def _near(wanted_s: Fraction | None, found_s: Fraction | None, dialect: ResolveDialect) -> bool:
    if wanted_s is None or found_s is None:
        return True
    return abs(wanted_s - found_s) * 2 < 1 / exact_rate(dialect.rate)


def _lost_changes(piece: _Piece, twin: _Piece, dialect: ResolveDialect) -> Iterator[str]:
    """Ids of what we did to a clip and is not seen on it."""
    notes = piece.notes
    if "SetEnabled" in notes and piece.enabled != twin.enabled:
        yield notes["SetEnabled"]
    if "SetGainKeys" in notes and not _same_gain(dialect.gain(piece.clip), dialect.gain(twin.clip)):
        yield notes["SetGainKeys"]
    said = [(name_of(marker), _at_ms(marker, twin)) for marker in twin.clip.get("markers") or ()]
    for marker in piece.clip.get("markers") or ():
        if is_ours(marker) and (name_of(marker), _at_ms(marker, piece)) not in said:
            yield tag_of(marker)["change"]


def _at_ms(marker: Node, piece: _Piece) -> int:
    """Where on its clip a marker stands, in milliseconds."""
    start_s = span(marker["marked_range"])[0]
    shown = piece.clip.get("source_range")
    return round((start_s - (span(shown)[0] if shown else 0)) * 1000)


def _same_gain(wanted: str | None, found: str | None) -> bool:
    one, other = _gain_of(wanted), _gain_of(found)
    if one is None or other is None:
        return one == other
    return one.keys() == other.keys() and all(abs(one[key] - other[key]) < _NEAR_DB for key in one)


def _gain_of(state: str | None) -> dict[str, float] | None:
    """A volume parameter's gain and keys, by frame; None where none is set or it is switched off."""
    if state is None:
        return None
    enabled, parameters = json.loads(state)
    volume: Any = next((one for one in parameters if one.get("Parameter ID") == "volume"), None)
    if volume is None or enabled is False:
        return None
    keys = {str(frame): float(key["Value"]) for frame, key in (volume.get("Key Frames") or {}).items()}
    return {"": float(volume["Parameter Value"]), **keys}


def _notes(pairs: list[tuple[_Piece, _Piece]], dialect: ResolveDialect) -> tuple[str, ...]:
    """What of the clips Resolve did not keep: effects, the user's markers, channels, links."""
    effects = markers = channels = 0
    groups: dict[str, set[str | None]] = {}
    for piece, twin in pairs:
        if "SetGainKeys" not in piece.notes:
            effects += canonical(piece.clip.get("effects") or []) != canonical(twin.clip.get("effects") or [])
        theirs = [name_of(marker) for marker in piece.clip.get("markers") or () if not is_ours(marker)]
        markers += len(theirs) > sum(name_of(marker) in theirs for marker in twin.clip.get("markers") or ())
        channels += "change" not in tag_of(piece.clip) and twin.channels != piece.channels
        if link := dialect.link(piece.clip):
            groups.setdefault(link, set()).add(dialect.link(twin.clip))
    unlinked = sum(len(found) > 1 or None in found for found in groups.values())
    told = (
        (effects, "clip(s) came back with other effects; look at them in Resolve."),
        (markers, "clip(s) lost markers."),
        (channels, "clip(s) came back with other audio channels; listen to them."),
        (unlinked, "group(s) of linked clips are no longer linked."),
    )
    return tuple(f"{count} {words}" for count, words in told if count)
