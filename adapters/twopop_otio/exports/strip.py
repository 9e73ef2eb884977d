"""A lane in whole units: frames for formats that count frames, samples for those that count samples.

Every edge is rounded once, halves up, so that clips that meet still meet. Where an edge moved, the source moves with
it, so that what is seen or heard stays within half a unit of where it was; what was rounded is noted with its size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from twopop.timing import round_half_up
from twopop_actions.timeline import Timebase
from twopop_otio.exports.cut import Dissolve, Event, Lane
from twopop_otio.exports.losses import Ledger

AUDIO_RATE = Fraction(48000)
"""Samples per second in which residuals are told."""


@dataclass(frozen=True)
class Play:
    """An event in whole units.

    Attributes:
        event: The event.
        start: Record position of its first unit.
        end: Record position behind its last unit.
        source: Position on the file's clock, in units, of the earliest media that it plays.
    """

    event: Event
    start: int
    end: int
    source: int

    @property
    def length(self) -> int:
        """Units that it lasts."""
        return self.end - self.start

    @property
    def source_length(self) -> int:
        """Units of media that it plays, rounded."""
        return round_half_up(self.length * abs(self.event.speed))


@dataclass(frozen=True)
class Cross:
    """A dissolve in whole units.

    Attributes:
        start: Where it begins.
        cut: Where the clips meet; of a fade from or to nothing, where the clip begins or ends.
        end: Where it ends.
        left: Index of the play that fades out; None: nothing does.
        right: Index of the play that fades in; None: nothing does.
        name: What the timeline calls it.
    """

    start: int
    cut: int
    end: int
    left: int | None
    right: int | None
    name: str

    @property
    def length(self) -> int:
        """Units that it lasts."""
        return self.end - self.start


@dataclass(frozen=True)
class Strip:
    """A lane in whole units.

    Attributes:
        lane: The lane.
        plays: By time; none is empty.
        crosses: By time.
    """

    lane: Lane
    plays: tuple[Play, ...]
    crosses: tuple[Cross, ...]

    def head(self, index: int) -> Cross | None:
        """The dissolve into a play."""
        return next((cross for cross in self.crosses if cross.right == index), None)

    def tail(self, index: int) -> Cross | None:
        """The dissolve out of a play."""
        return next((cross for cross in self.crosses if cross.left == index), None)


@dataclass(frozen=True)
class Grid:
    """Rounds lanes to units.

    Attributes:
        rate: Units per second.
        timebase: For telling where.
        ledger: Takes what was rounded.
    """

    rate: Fraction
    timebase: Timebase
    ledger: Ledger

    def at(self, time_s: Fraction) -> int:
        """The unit that lies nearest to a time."""
        return round_half_up(time_s * self.rate)

    def strip(self, lane: Lane, *, keep_disabled: bool) -> Strip:
        """A lane in units.

        Args:
            lane: The lane.
            keep_disabled: Whether clips that are switched off are kept; else they are noted and their place is empty.
        """
        plays: list[Play] = []
        index: dict[int, int] = {}
        for number, event in enumerate(lane.events):
            if not event.enabled and not keep_disabled:
                self.ledger.add("disabled", self._where(event))
                continue
            play = self._play(event)
            if play is not None:
                index[number] = len(plays)
                plays.append(play)
        crosses = [cross for dissolve in lane.dissolves for cross in self._cross(dissolve, index, plays)]
        within = tuple(self._within(cross, plays) for cross in crosses)  # makes plays longer
        return Strip(lane, tuple(plays), within)

    def _play(self, event: Event) -> Play | None:
        start, end = self.at(event.record_start), self.at(event.record_end)
        played = Fraction(start, 1) / self.rate - event.record_start
        lead = played * event.speed if event.speed > 0 else Fraction(0)
        source = self.at(event.source_start + lead)
        if source < 0 and not event.media.is_still:  # the edge moved to before the media's beginning: one unit later
            start += math.ceil(-source / abs(event.speed))
            source = self.at(event.source_start + (Fraction(start) / self.rate - event.record_start) * event.speed)
        if end <= start:
            self.ledger.add("too_short", f"{self._where(event)}: {float(event.record_duration) * 1000:.3f} ms")
            return None
        self._note(event, start, end, source)
        return Play(event, start, end, source)

    def _note(self, event: Event, start: int, end: int, source: int) -> None:
        moved = [Fraction(start) / self.rate - event.record_start, Fraction(end) / self.rate - event.record_end]
        slip = (event.source_start - Fraction(source) / self.rate) + moved[0] * max(event.speed, Fraction(0))
        if not any(moved) and not slip:
            return
        samples = [float(value * AUDIO_RATE) for value in (*moved, slip)]
        kind = "sub_sample" if self.rate == AUDIO_RATE else "sub_frame"
        said = "edges by {:+.2f} and {:+.2f}, media by {:+.2f} samples at 48 kHz".format(*samples)
        self.ledger.add(kind, f"{self._where(event)}: {said}")

    def _cross(self, dissolve: Dissolve, index: dict[int, int], plays: list[Play]) -> Iterator[Cross]:
        left = index.get(dissolve.left) if dissolve.left is not None else None
        right = index.get(dissolve.right) if dissolve.right is not None else None
        if left is None and right is None:
            return
        cut = plays[left].end if left is not None else plays[right or 0].start
        start, end = cut - self.at(dissolve.before), cut + self.at(dissolve.after)
        floor = plays[right - 1].end if left is None and right else 0
        start = max(start, floor) if left is None else max(start, plays[left].start)
        if right is None and left is not None and left + 1 < len(plays):
            end = min(end, plays[left + 1].start)
        if right is not None:
            end = min(end, plays[right].end)
            start = max(start, cut - self._lead(plays[right]))
        if end > start:
            yield Cross(start, cut, end, left, right, dissolve.name)

    def _within(self, cross: Cross, plays: list[Play]) -> Cross:
        """A fade from or to nothing lies within its play, which is made longer for that."""
        if cross.left is None and cross.right is not None:
            play = plays[cross.right]
            lead = play.start - cross.start
            source = play.source - round_half_up(lead * play.event.speed) if play.event.speed > 0 else play.source
            source = play.source if play.event.media.is_still else source
            plays[cross.right] = replace(play, start=cross.start, source=source)
            return replace(cross, cut=cross.start)
        if cross.right is None and cross.left is not None:
            play = plays[cross.left]
            more = round_half_up((cross.end - play.end) * -play.event.speed) if play.event.speed < 0 else 0
            plays[cross.left] = replace(play, end=cross.end, source=play.source - more)
            return replace(cross, cut=cross.end)
        return cross

    def _lead(self, play: Play) -> int:
        """Units by which a play could begin earlier."""
        if play.event.media.is_still or play.event.speed < 0:
            return play.start
        return math.floor(play.source / play.event.speed)

    def _where(self, event: Event) -> str:
        return f"{event.name} at {self.timebase.timecode(event.record_start)}"
