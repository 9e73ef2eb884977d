"""Which track a channel lands on: the one named after it, all timeline long; a numbered one where that is taken."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from twopop_actions.sync.placement import Part, sound_of
from twopop_actions.timeline import Scalar, Timeline

_SAME_SYNC_S = Fraction(1, 1000)
_KNOWN = {"source_s", "recording", "stream", "channel", "clip"}


@dataclass(frozen=True)
class _Stay:
    start: Fraction
    end: Fraction
    source_s: Fraction  # the sound's clock at record time zero
    clip: str  # id of the camera clip that it serves


class Lanes:
    """The audio tracks that sound is placed on."""

    def __init__(self, timeline: Timeline) -> None:
        """Takes over the tracks of ours; those of others are never placed on, nor their names given again."""
        audio = [track for track in timeline.tracks if track.kind == "audio"]
        made = {track.index: track.name for track in audio if track.made}
        self._foreign = {track.name.casefold() for track in audio if not track.made}
        self._names = {name.casefold(): name for name in made.values()}
        self._taken: dict[str, list[tuple[Fraction, Fraction]]] = {}
        self._stays: dict[tuple[Scalar, ...], list[_Stay]] = {}
        for clip in timeline.clips:
            if clip.target.track in made:
                insort(self._spans(made[clip.target.track]), (clip.record_start, clip.record_end))
            if clip.tag.keys() >= _KNOWN:  # else somebody else wrote under our name
                self._stay(sound_of(clip.tag), clip.record_start, clip.record_end, clip.tag)

    def server(self, part: Part) -> str | None:
        """The camera clip for which a part's sound plays there already, in the same sync to a millisecond.

        Two cameras on one scene want the same sound.

        Args:
            part: What is to be placed.

        Returns:
            That clip's id; None when nothing of the kind plays there.
        """
        covering = [
            stay
            for stay in self._stays.get(sound_of(part.tag), ())
            if stay.start <= part.record_start and part.record_end <= stay.end
        ]
        if not covering:  # the common case, and what follows is slow
            return None
        zero = part.source_start - part.record_start
        return next((stay.clip for stay in covering if abs(stay.source_s - zero) < _SAME_SYNC_S), None)

    def take(self, part: Part) -> str:
        """Takes room for a part; the name of its track."""
        start, end, name = part.record_start, part.record_end, part.channel.name.strip() or "SOUND"
        number = 1
        while not self._free(_numbered(name, number), start, end):
            number += 1
        track = _numbered(name, number)
        insort(self._spans(track), (start, end))
        self._stay(sound_of(part.tag), start, end, part.tag)
        return self._names.setdefault(track.casefold(), track)

    def _stay(self, sound: tuple[Scalar, ...], start: Fraction, end: Fraction, tag: Mapping[str, Scalar]) -> None:
        zero = Fraction(str(tag["source_s"])) - start
        self._stays.setdefault(sound, []).append(_Stay(start, end, zero, str(tag["clip"])))

    def _spans(self, track: str) -> list[tuple[Fraction, Fraction]]:
        """What is taken of a track, by time."""
        return self._taken.setdefault(track.casefold(), [])

    def _free(self, track: str, start: Fraction, end: Fraction) -> bool:
        if track.casefold() in self._foreign:
            return False
        spans = self._spans(track)
        after = bisect_left(spans, (start, end))
        return (after == 0 or spans[after - 1][1] <= start) and (after == len(spans) or spans[after][0] >= end)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} {number}"
