"""A mouth through a video, on a clock of 100 frames a second, whatever the picture's rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.face import Face
from twopop_engine.sync.lipsync.shape import mouth_shape
from twopop_engine.sync.lipsync.towers import Embeddings, Towers
from twopop_models.centring import centred

RATE_HZ: Final = 100
"""Embeddings per second."""

_LONGEST_GAP: Final = Fraction(3, 10)  # a face that is away for longer begins a new run
_LEAST_FRAMES: Final = 3


@dataclass(frozen=True)
class EmbeddedRun:
    """A stretch in which the mouth was seen all the time.

    Attributes:
        first: Its first frame, in hundredths of a second on the file's clock.
        lips: Embeddings [frames, width].
    """

    first: int
    lips: Embeddings


class Mouth:
    """Collects the shapes of one mouth. An hour at 25 frames a second takes 6 MB."""

    def __init__(self) -> None:
        self._runs: list[tuple[list[float], list[NDArray[np.float32]]]] = []
        self._last: Fraction | None = None

    def see(self, time: Fraction, face: Face | None) -> None:
        """Takes the next frame."""
        if face is None:
            return
        if self._last is None or time - self._last > _LONGEST_GAP:
            self._runs.append(([], []))
        if self._last is None or time != self._last:
            self._runs[-1][0].append(float(time))
            self._runs[-1][1].append(mouth_shape(face.landmarks))
        self._last = time

    def shapes(self) -> list[tuple[NDArray[np.float64], NDArray[np.float32]]]:
        """Of each run, when its frames are shown [n], in seconds, and the shapes [n, 14]."""
        return [(np.array(times), np.stack(shapes)) for times, shapes in self._runs]

    def runs(self, towers: Towers) -> Iterator[EmbeddedRun]:
        """The embedded runs, in order; runs of less than three frames are left out."""
        for times, shapes in self.shapes():
            if len(times) >= _LEAST_FRAMES:
                first, even = resampled(times, shapes)
                yield EmbeddedRun(first, towers.lips(centred(even, np.ones(len(even), np.bool_))))


def resampled(times_s: NDArray[np.float64], shapes: NDArray[np.float32]) -> tuple[int, NDArray[np.float32]]:
    """Shapes at even times.

    Args:
        times_s: When the frames are shown [n], rising.
        shapes: Their shapes [n, 14].

    Returns:
        The first frame in hundredths of a second, and shapes [frames, 14] from there on.
    """
    first, last = ceil(round(times_s[0] * RATE_HZ, 6)), floor(round(times_s[-1] * RATE_HZ, 6))
    even_s = np.arange(first, last + 1) / RATE_HZ
    columns = [np.interp(even_s, times_s, shapes[:, column]) for column in range(shapes.shape[1])]
    return first, np.stack(columns, axis=1).astype(np.float32)
