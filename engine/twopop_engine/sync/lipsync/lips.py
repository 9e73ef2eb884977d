"""A mouth through a video, on a clock of 100 frames a second, whatever the picture's rate."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.face import Face
from twopop_engine.sync.lipsync.shape import SIZE, mouth_shape
from twopop_engine.sync.lipsync.towers import MARGIN, Embeddings, Towers
from twopop_models.centring import REACH, centred

RATE_HZ: Final = 100
"""Embeddings per second."""

_LONGEST_GAP: Final = Fraction(3, 10)  # a face that is away for longer begins a new run
_LEAST_FRAMES: Final = 3


@dataclass(frozen=True)
class EmbeddedLips:
    """A stretch in which the mouth was seen all the time.

    Attributes:
        first: Its first frame, in hundredths of a second on the file's clock.
        lips: Embeddings [frames, width].
    """

    first: int
    lips: Embeddings


class _Run:
    """Frames without a gap."""

    def __init__(self) -> None:
        self._times_s = array("d")
        self._shapes = array("f")

    def add(self, time_s: float, shape: NDArray[np.float32]) -> None:
        self._times_s.append(time_s)
        self._shapes.frombytes(shape.tobytes())

    @property
    def times_s(self) -> NDArray[np.float64]:
        return np.frombuffer(self._times_s, np.float64)

    @property
    def shapes(self) -> NDArray[np.float32]:
        return np.frombuffer(self._shapes, np.float32).reshape(-1, SIZE)


class Mouth:
    """Collects the shapes of one mouth. An hour at 25 frames a second takes 6 MB."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._last: Fraction | None = None

    def see(self, time: Fraction, face: Face | None) -> None:
        """Takes the next frame."""
        if face is None:
            return
        if self._last is None or time - self._last > _LONGEST_GAP:
            self._runs.append(_Run())
        if self._last is None or time != self._last:
            self._runs[-1].add(float(time), mouth_shape(face.landmarks))
        self._last = time

    def shapes(self) -> list[tuple[NDArray[np.float64], NDArray[np.float32]]]:
        """Of each run, when its frames are shown [n], in seconds, and the shapes [n, 14]."""
        return [(run.times_s, run.shapes) for run in self._runs]

    def embedded(self, towers: Towers, most: int) -> Iterator[EmbeddedLips]:
        """All that was seen, in order, in stretches of at most so many frames; runs of less than three are left out."""
        for times_s, shapes in self.shapes():
            if len(times_s) >= _LEAST_FRAMES:
                first, stop = span(times_s)
                for start in range(first, stop, most):
                    yield EmbeddedLips(start, _embed(towers, times_s, shapes, start, min(start + most, stop)))


def _embed(
    towers: Towers, times_s: NDArray[np.float64], shapes: NDArray[np.float32], start: int, stop: int
) -> Embeddings:
    """Embeds frames of a run; they come out the same whatever stretch they are asked for in."""
    first, last = span(times_s)
    begin, end = max(start - REACH - MARGIN, first), min(stop + REACH + MARGIN, last)
    even = resampled(times_s, shapes, begin, end)
    level = centred(even, np.ones(len(even), np.bool_))
    near, far = max(start - MARGIN, first), min(stop + MARGIN, last)
    return towers.lips(level[near - begin : far - begin])[start - near : stop - near]


def span(times_s: NDArray[np.float64]) -> tuple[int, int]:
    """The hundredths of a second that rising times cover: the first, and the one after the last."""
    return ceil(round(times_s[0] * RATE_HZ, 6)), floor(round(times_s[-1] * RATE_HZ, 6)) + 1


def resampled(times_s: NDArray[np.float64], shapes: NDArray[np.float32], first: int, stop: int) -> NDArray[np.float32]:
    """Shapes at even times.

    Args:
        times_s: When the frames are shown [n], rising.
        shapes: Their shapes [n, 14].
        first: First hundredth of a second that is wanted.
        stop: The one after the last.

    Returns:
        Shapes [stop - first, 14].
    """
    even_s = np.arange(first, stop) / RATE_HZ
    columns = [np.interp(even_s, times_s, shapes[:, column]) for column in range(shapes.shape[1])]
    return np.stack(columns, axis=1).astype(np.float32)
