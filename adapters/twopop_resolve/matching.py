"""Which clips of a fresh export are those of a timeline that was kept, when users worked on it since.

In turn: the clip at the same place; the one clip of the same media from the same frame of it, wherever it was moved to;
and what a trim or a cut left of a clip, which plays the same frames at the same moments. Of what stays open, nothing is
guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction

from twopop.timing import round_half_up
from twopop_actions.timeline import TrackKind
from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.layout import Placement, active_media, placements, track_kind
from twopop_otio.timeline import Document, name_of
from twopop_otio.times import Node, exact_rate, span
from twopop_resolve.naming import plain_path

_Key = Callable[[Placement], Hashable]


class Matching:
    """Clips of both sides, brought together.

    Attributes:
        pairs: Clips that were kept, each with one of those that are there; cut ones several times.
        unmatched: Clips that were kept and are not found.
        spare: Clips that are there and belong to none.
    """

    def __init__(self, known: Document, found: Document, dialect: ResolveDialect) -> None:
        self.pairs: list[tuple[Placement, Placement]] = []
        self.unmatched = list(placements(known.tracks, dialect.record_duration))
        self.spare = list(placements(found.tracks, dialect.record_duration))
        self._dialect = dialect
        self._known_media = {id(clip): media_names(clip.node, dialect) for clip in self.unmatched}
        self._plays = {id(clip): media_name(active_media(clip.node), dialect) for clip in self.spare}
        known_tracks, found_tracks = track_numbers(known.tracks), track_numbers(found.tracks)
        self._tracks = {id(clip): known_tracks[clip.track] for clip in self.unmatched}
        self._tracks |= {id(clip): found_tracks[clip.track] for clip in self.spare}
        for key in (self._place, lambda clip: self._place(clip)[:2]):  # two mono halves of a file differ by track
            self._at_the_same_place(key)
        for key in (self._start, lambda clip: self._start(clip)[:2]):
            self._moved(key)
        self._left_of_it()

    def alike(self, known: Placement) -> list[Placement]:
        """The clips that belong to none and play the media of one that was kept."""
        return [clip for clip in self.spare if clip.kind == known.kind and self._same_media(known, clip)]

    def _at_the_same_place(self, key: _Key) -> None:
        there = _by(key, self.spare)
        for known in self.unmatched:
            here = there[key(known)]
            twin = next((clip for clip in here if self._same(known, clip)), None)
            if twin is not None:
                here[:] = [clip for clip in here if clip is not twin]
                self.pairs.append((known, twin))
        self._drop_matched()

    def _moved(self, key: _Key) -> None:
        """Pairs that are each other's only choice."""
        there, here = _by(key, self.spare), _by(key, self.unmatched)
        for place, ours in here.items():
            for known in ours:
                found = [clip for clip in there[place] if self._same_media(known, clip)]
                if len(found) == 1 and sum(self._same_media(one, found[0]) for one in ours) == 1:
                    self.pairs.append((known, found[0]))
        self._drop_matched()

    def _left_of_it(self) -> None:
        """What a trim or a cut left: on its track, within its time, in step with it."""
        known = [*self.unmatched, *(one for one, _ in self.pairs)]
        there = _by(self._step, known)
        for clip in self.spare:
            whole = [one for one in there[self._step(clip)] if self._same_media(one, clip) and _overlap(one, clip)]
            if len(whole) == 1:
                self.pairs.append((whole[0], clip))
        self._drop_matched()

    def _place(self, clip: Placement) -> tuple[str, int, int]:
        return clip.kind, self._frame(clip.record_start), self._tracks[id(clip)]

    def _start(self, clip: Placement) -> tuple[str, int, int]:
        return clip.kind, self._frame(_offset(clip)), self._tracks[id(clip)]

    def _step(self, clip: Placement) -> Hashable:
        return clip.kind, self._tracks[id(clip)], clip.speed, self._frame(clip.record_start - _offset(clip))

    def _drop_matched(self) -> None:
        known, found = ({id(pair[side]) for pair in self.pairs} for side in (0, 1))
        self.unmatched = [clip for clip in self.unmatched if id(clip) not in known]
        self.spare = [clip for clip in self.spare if id(clip) not in found]

    def _same(self, known: Placement, clip: Placement) -> bool:
        return self._same_media(known, clip) if self._plays[id(clip)] else name_of(known.node) == name_of(clip.node)

    def _same_media(self, known: Placement, clip: Placement) -> bool:
        return self._plays[id(clip)] in self._known_media[id(known)]

    def _frame(self, time_s: Fraction) -> int:
        return frame_of(time_s, self._dialect)


def track_numbers(tracks: Sequence[Node]) -> dict[int, int]:
    """A track's number among those of its kind, from 1, by its index."""
    numbers: dict[int, int] = {}
    counts: Counter[TrackKind | None] = Counter()
    for index, track in enumerate(tracks):
        kind = track_kind(track)
        counts[kind] += 1
        numbers[index] = counts[kind]
    return numbers


def media_names(clip: Node, dialect: ResolveDialect) -> frozenset[str]:
    """What the media references of a clip name, spelled alike on every system."""
    references = (clip.get("media_references") or {}).values()
    return frozenset(filter(None, (media_name(reference, dialect) for reference in references)))


def media_name(reference: Node | None, dialect: ResolveDialect) -> str | None:
    """What a media reference names, spelled alike on every system."""
    path = dialect.media_path(reference) if reference else None
    return plain_path(path) if path else None


def frame_of(time_s: Fraction, dialect: ResolveDialect) -> int:
    """The frame that is nearest to a time."""
    return round_half_up(time_s * exact_rate(dialect.rate))


def _by(key: _Key, clips: Sequence[Placement]) -> dict[Hashable, list[Placement]]:
    found: dict[Hashable, list[Placement]] = defaultdict(list)
    for clip in clips:
        found[key(clip)].append(clip)
    return found


def _offset(clip: Placement) -> Fraction:
    """Where in its media a clip begins, in seconds; the media's own timecode may be read differently."""
    available = (active_media(clip.node) or {}).get("available_range")
    return clip.source_start - (span(available)[0] if available else 0)


def _overlap(one: Placement, other: Placement) -> bool:
    ends = (clip.record_start + clip.record_duration for clip in (one, other))
    return max(one.record_start, other.record_start) < min(ends)
