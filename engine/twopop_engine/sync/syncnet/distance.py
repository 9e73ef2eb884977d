"""SyncNet's distances, offset and confidence, as published and over pairs that exist.

The published code (github.com/joonson/syncnet_python, `calc_pdist`) holds the picture of each window against the sound
of 31 windows. Where there is none, at both ends of a clip, it takes a vector of zeros; the corrected figures leave
such pairs out. Lags count in frames at 25 per second and rise; at lag k, the picture of window i meets the sound of
window i - k, so the lag of the least distance is positive when the sound leads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Embeddings = NDArray[np.float32]
"""Embeddings [windows, width]."""

MAX_LAG: Final = 15
"""The greatest lag, in frames either way: 0.6 s."""

LAGS: Final = 2 * MAX_LAG + 1
"""Lags that are tried, from -MAX_LAG on."""

_EPSILON: Final = np.float32(1e-6)  # torch's pairwise_distance adds it to every difference
_SMOOTHED_FRAMES: Final = 9


def pair_distances(video: Embeddings, audio: Embeddings, first: int = 0) -> NDArray[np.float32]:
    """Distances between windows of picture and of sound.

    Args:
        video: Embeddings of windows of picture.
        audio: Embeddings of windows of sound; rows of NaN stand for sound that does not exist.
        first: The row of `audio` that belongs to the same time as the first one of `video`.

    Returns:
        Distances [windows, LAGS]; NaN for pairs that do not exist.
    """
    found = np.full((len(video), LAGS), np.nan, np.float32)
    for column in range(LAGS):
        shift = first - (column - MAX_LAG)
        begin, end = max(0, -shift), min(len(video), len(audio) - shift)
        if begin < end:
            difference = video[begin:end] - audio[begin + shift : end + shift] + _EPSILON
            found[begin:end, column] = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    return found


def with_zero_padding(distances: NDArray[np.float32], video: Embeddings) -> NDArray[np.float32]:
    """The published distances: where there is no sound, that to a vector of zeros.

    Args:
        distances: Distances [windows, LAGS], NaN for pairs that do not exist.
        video: Embeddings of the same windows of picture.

    Returns:
        Distances [windows, LAGS].
    """
    to_zeros = np.linalg.norm(video + _EPSILON, axis=1).astype(np.float32)
    return np.where(np.isnan(distances), to_zeros[:, None], distances)


@dataclass(frozen=True)
class SyncFigures:
    """What SyncNet says of a clip.

    Attributes:
        offset_frames: Lag of the least mean distance, in frames at 25 per second; > 0 where the sound leads.
        offset_fine_frames: The same between the frames, by a parabola through the least and its neighbours.
        min_distance: The least mean distance; the mean of it over clips is called LSE-D.
        confidence: Median of the mean distances less the least; the mean of it over clips is called LSE-C.
    """

    offset_frames: int
    offset_fine_frames: float
    min_distance: float
    confidence: float


def figures(mean_distances: NDArray[np.float64]) -> SyncFigures:
    """The figures of a curve of mean distances.

    Args:
        mean_distances: One for each lag [LAGS]; NaN for lags without any pair; not all NaN.

    Returns:
        The figures.
    """
    # The published code goes from the greatest lag down and takes the first of equals.
    best = LAGS - 1 - int(np.nanargmin(mean_distances[::-1]))
    least = float(mean_distances[best])
    return SyncFigures(
        offset_frames=best - MAX_LAG,
        offset_fine_frames=best - MAX_LAG + _vertex(mean_distances, best),
        min_distance=least,
        confidence=float(np.nanmedian(mean_distances)) - least,
    )


def frame_confidence(distances: NDArray[np.float32], lag_frames: int) -> NDArray[np.float64]:
    """How sure each frame is of a lag: the clip's median distance less the frame's, over a running median of nine.

    Args:
        distances: Published distances [windows, LAGS].
        lag_frames: The lag.

    Returns:
        Confidences [windows].
    """
    level = np.median(distances.mean(axis=0, dtype=np.float64))
    raw = level - distances[:, lag_frames + MAX_LAG].astype(np.float64)
    return np.asarray(signal.medfilt(raw, _SMOOTHED_FRAMES), np.float64)


def _vertex(curve: NDArray[np.float64], best: int) -> float:
    """Where the parabola through a least value and its neighbours has its own, from it, within half a step."""
    if not 0 < best < len(curve) - 1:
        return 0.0
    before, least, after = curve[best - 1 : best + 2]
    bend = before - 2 * least + after
    return float((before - after) / (2 * bend)) if bend > 0 else 0.0
