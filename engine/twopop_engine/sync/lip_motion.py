"""How much a mouth moves, from landmarks."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.face import Landmarks

_UPPER_LIP, _LOWER_LIP = 13, 14  # inner edges, in the middle
_FOREHEAD, _CHIN = 10, 152


def opening(landmarks: Landmarks) -> float:
    """How far the lips are apart, in heights of the face; nearly the same at any pose, as it is measured in space."""
    height = float(np.linalg.norm(landmarks[_FOREHEAD] - landmarks[_CHIN]))
    return float(np.linalg.norm(landmarks[_UPPER_LIP] - landmarks[_LOWER_LIP])) / height if height > 0 else 0.0


class LipMotion:
    """Collects openings by block."""

    def __init__(self) -> None:
        self._sums: defaultdict[int, NDArray[np.float64]] = defaultdict(lambda: np.zeros(3))

    def add(self, block: int, landmarks: Landmarks) -> None:
        """Takes the landmarks of a frame in a block."""
        value = opening(landmarks)
        self._sums[block] += (1.0, value, value * value)

    def spread(self, first: int, count: int) -> NDArray[np.float32]:
        """Standard deviation of the opening in each block [count]; 0 where there are less than two frames."""
        totals = np.array([self._sums.get(first + block, np.zeros(3)) for block in range(count)]).reshape(count, 3)
        frames = np.maximum(totals[:, 0], 1)
        variance = totals[:, 2] / frames - (totals[:, 1] / frames) ** 2
        return np.asarray(np.sqrt(np.maximum(variance, 0)), np.float32)
