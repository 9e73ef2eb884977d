"""Series less their average over the three seconds around: what is slow says nothing of sync."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

REACH: Final = 150
"""Frames of 10 ms before and after that the average takes in."""


def centred(values: NDArray[np.float32], usable: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Subtracts the moving average.

    Args:
        values: Series [frames, n] at 100 frames a second.
        usable: Frames that count in the average [frames].

    Returns:
        The series [frames, n]; frames with nothing usable near them are 0.
    """
    counts = _moving_sum(usable[:, None].astype(np.float64))
    sums = _moving_sum(np.where(usable[:, None], values, 0).astype(np.float64))
    return np.where(counts > 0, values - sums / np.maximum(counts, 1), 0).astype(np.float32)


def _moving_sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    until = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    frames = np.arange(len(values))
    return np.asarray(
        until[np.minimum(frames + REACH + 1, len(values))] - until[np.maximum(frames - REACH, 0)], np.float64
    )
