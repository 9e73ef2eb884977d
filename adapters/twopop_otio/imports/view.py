"""What shows of a thing: a stretch of record time and, in a straight line, the thing's own time during it.

FCPXML nests timelines: a child's offset counts in its parent's time, its own time begins at its start, and a time map
bends that into the time of what it holds. Each step here is exact; a bent map becomes several straight views.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

Point = tuple[Fraction, Fraction]
"""A point of a time map: a clip's own time, and the time of what it holds."""

FOREVER = Fraction(10**9)


@dataclass(frozen=True)
class View:
    """A stretch of record time and what is seen in it.

    Attributes:
        low: Where it begins, in seconds of record time.
        high: Where it ends.
        at: The thing's own time at `low`, in seconds.
        speed: Seconds of the thing for each record second; 0 for a freeze, negative for reverse.
    """

    low: Fraction
    high: Fraction
    at: Fraction
    speed: Fraction = Fraction(1)

    def shifted(self, by: Fraction) -> View:
        """The same view in a time that reads `by` seconds more."""
        return replace(self, at=self.at + by)

    def content(self, record: Fraction) -> Fraction:
        """The thing's own time at a record time."""
        return self.at + (record - self.low) * self.speed

    def record(self, content: Fraction) -> Fraction:
        """The record time at which the thing's own time is reached; for a freeze, where the view begins."""
        return self.low + (content - self.at) / self.speed if self.speed else self.low

    def clipped(self, first: Fraction, last: Fraction) -> View | None:
        """The part in which the thing's own time lies in [first, last); None when there is none."""
        if self.speed == 0:
            return self if first <= self.at < last else None
        edges = sorted((self.record(first), self.record(last)))
        low, high = max(self.low, edges[0]), min(self.high, edges[1])
        return View(low, high, self.content(low), self.speed) if low < high else None

    def mapped(self, points: tuple[Point, ...]) -> list[View]:
        """The views of what a time map leads to, by record time; its first and last lines go on for ever."""
        if len(points) < 2:
            return [self]
        found = []
        for index, ((t0, v0), (t1, v1)) in enumerate(pairwise(points)):
            first = -FOREVER if index == 0 else t0
            last = FOREVER if index == len(points) - 2 else t1
            if part := self.clipped(first, last):
                slope = (v1 - v0) / (t1 - t0)
                found.append(View(part.low, part.high, v0 + (part.at - t0) * slope, part.speed * slope))
        return sorted(_joined(found), key=lambda view: view.low)


def _joined(views: list[View]) -> list[View]:
    """Views of which one goes straight on from the one before it made one."""
    joined: list[View] = []
    for view in sorted(views, key=lambda view: view.low):
        last = joined[-1] if joined else None
        if last and last.high == view.low and last.speed == view.speed and last.content(view.low) == view.at:
            joined[-1] = replace(last, high=view.high)
        else:
            joined.append(view)
    return joined
