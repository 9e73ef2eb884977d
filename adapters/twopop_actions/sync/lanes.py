"""Which track a channel lands on: the one named after it, all timeline long; a numbered one where that is taken."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from fractions import Fraction

from twopop_actions.timeline import Timeline

_SAME_SYNC_S = Fraction(1, 1000)


@dataclass(frozen=True)
class _Stay:
    start: Fraction
    end: Fraction
    source_s: Fraction  # the sound's clock at record time zero


class Lanes:
    """The audio tracks that sound is placed on."""

    def __init__(self, timeline: Timeline) -> None:
        """Takes over the tracks of ours; those of others are never placed on, nor their names given again."""
        audio = [track for track in timeline.tracks if track.kind == "audio"]
        made = {track.index: track.name for track in audio if track.made}
        self._foreign = {track.name.casefold() for track in audio if not track.made}
        self._names = {name.casefold(): name for name in made.values()}
        self._taken: dict[str, list[tuple[Fraction, Fraction]]] = {}
        self._stays: dict[tuple[object, ...], list[_Stay]] = {}
        for clip in timeline.clips:
            if clip.target.track in made:
                insort(self._spans(made[clip.target.track]), (clip.record_start, clip.record_end))

    def holds(self, start: Fraction, end: Fraction, sound: tuple[object, ...], source_s: Fraction) -> bool:
        """Whether a sound plays there already, in the same sync to a millisecond: another camera saw the same.

        Args:
            start: Where it would begin, in seconds of record time.
            end: Where it would end.
            sound: What names it: recording and channel.
            source_s: What its clock shows at `start`, in seconds.
        """
        return any(
            stay.start <= start and end <= stay.end and abs(stay.source_s - (source_s - start)) < _SAME_SYNC_S
            for stay in self._stays.get(sound, ())
        )

    def take(self, name: str, start: Fraction, end: Fraction, sound: tuple[object, ...], source_s: Fraction) -> str:
        """Takes room for a sound.

        Args:
            name: The channel's name.
            start: Where it begins, in seconds of record time.
            end: Where it ends.
            sound: What names it: recording and channel.
            source_s: What its clock shows at `start`, in seconds.

        Returns:
            The name of the track.
        """
        number, name = 1, name.strip() or "SOUND"
        while not self._free(_numbered(name, number), start, end):
            number += 1
        track = _numbered(name, number)
        insort(self._spans(track), (start, end))
        self._stays.setdefault(sound, []).append(_Stay(start, end, source_s - start))
        return self._names.setdefault(track.casefold(), track)

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
