"""Laying decoded frames on the grid of samples, by their presentation times.

Containers that round time (Matroska to 1 ms) jitter, so a frame that stands within `_JITTER_S` of where the last one
ended joins it; a greater gap becomes silence and a greater overlap is cut. The start of a stream whose container
rounds is estimated from many frames: each one's rounding interval narrows it down.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice

from av import AudioFrame

_JITTER_S = 0.002
_ANCHOR_FRAMES = 48
_RUN_FRAMES = 32  # converted at once, since each step in Python costs as much as decoding


class Grid:
    """Presentation timestamps on the grid of samples: position = timestamp * per_tick - zero."""

    def __init__(self, per_tick: Fraction, zero: Fraction) -> None:
        """Makes a grid.

        Args:
            per_tick: Samples in a tick of the stream's timestamps.
            zero: Where the file's own clock is zero, in samples.
        """
        self.per_tick = per_tick
        self._zero = zero
        # (timestamp * slope + intercept) // scale rounds half up, in whole numbers because it runs for every frame.
        intercept = Fraction(1, 2) - zero
        self._scale = math.lcm(per_tick.denominator, intercept.denominator)
        self._slope = int(per_tick * self._scale)
        self._intercept = int(intercept * self._scale)

    def position(self, timestamp: int) -> int:
        """The sample nearest to a timestamp."""
        return (timestamp * self._slope + self._intercept) // self._scale

    def timestamp(self, position: int) -> int:
        """The last timestamp at or before a sample."""
        return math.floor((position + self._zero) / self.per_tick)

    @property
    def is_exact(self) -> bool:
        """Whether every sample has a timestamp."""
        return self.per_tick.numerator == 1

    def after_gap(self, position: int, expected: int, frame_samples: int) -> int:
        """Where a frame lies behind lost ones: they were as long as it, which tells more than a rounded timestamp."""
        whole = expected + round((position - expected) / frame_samples) * frame_samples
        return whole if abs(whole - position) <= self.per_tick else position

    def anchor(self, frames: Iterable[AudioFrame]) -> int | None:
        """Where the first frame begins, from the rounded timestamps of all; None when they jitter beyond rounding.

        The first timestamp takes no part: priming that was cut off it was rounded once more.
        """
        lower, upper = -math.inf, math.inf
        behind = 0
        for frame in frames:
            if behind and frame.pts is not None:
                middle = float(frame.pts * self.per_tick - self._zero) - behind
                lower = max(lower, middle - float(self.per_tick) / 2)
                upper = min(upper, middle + float(self.per_tick) / 2)
            behind += frame.samples
        if not -math.inf < lower <= upper + 1:
            return None
        return 0 if lower - 1 <= 0 <= upper + 1 else round((lower + upper) / 2)


@dataclass(frozen=True)
class Run:
    """Frames that follow each other without a gap.

    Attributes:
        position: Sample at which the first one begins.
        frames: The frames.
        skip: Samples at the beginning that were there before, and are cut; `position` is behind them.
    """

    position: int
    frames: list[AudioFrame]
    skip: int = 0


def runs(frames: Iterator[AudioFrame], grid: Grid, rate_hz: int, *, from_beginning: bool) -> Iterator[Run]:
    """Lays frames on the grid.

    Args:
        frames: Decoded frames in their order.
        grid: The grid.
        rate_hz: Samples per second.
        from_beginning: Whether the first frame is the stream's first.

    Yields:
        Runs in order; what lies between them is silence.
    """
    expected: int | None = None
    if from_beginning and grid.per_tick > 1:
        first = list(islice(frames, _ANCHOR_FRAMES))
        expected = grid.anchor(first)
        frames = chain(first, frames)
    tolerance = round(_JITTER_S * rate_hz)
    run: list[AudioFrame] = []
    run_at = 0
    for frame in frames:
        position = (expected or 0) if frame.pts is None else grid.position(frame.pts)
        gap = 0 if expected is None else position - expected
        if run and (abs(gap) > tolerance or len(run) == _RUN_FRAMES):
            yield Run(run_at, run)
            run = []
        if expected is not None:
            position = expected if gap <= tolerance else grid.after_gap(position, expected, frame.samples)
        if gap < -tolerance:
            skip = min(-gap, frame.samples)
            expected = position + frame.samples - skip
            yield Run(position, [frame], skip)
            continue
        run_at = run_at if run else position
        run.append(frame)
        expected = position + frame.samples
    if run:
        yield Run(run_at, run)
