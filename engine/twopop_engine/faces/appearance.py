"""What a face looks like, to tell people apart when they cross: the colours of its upper, middle and lower part."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Look = NDArray[np.float32]
"""Shares of colours [3, 128]: lightness by redness by blueness for each part; each part sums to 1."""

_BINS = [8, 4, 4]
_RANGES = [0, 256, 108, 172, 92, 144]  # where skin, hair and lips lie in Y, Cr and Cb
_PARTS = ((14, 66), (66, 118), (118, 170))  # rows of the crop: hair and brow, eyes and nose, mouth and chin
_COLUMNS = (36, 156)


def look_of(crop: NDArray[np.uint8]) -> Look:
    """The look of a face.

    Args:
        crop: RGB [192, 192, 3], the face upright in its middle two thirds.

    Returns:
        Its colours.
    """
    small = np.asarray(cv2.cvtColor(crop[::2, ::2], cv2.COLOR_RGB2YCrCb), np.uint8)
    parts = []
    for top, bottom in _PARTS:
        part = small[top // 2 : bottom // 2, _COLUMNS[0] // 2 : _COLUMNS[1] // 2]
        inside = np.clip(part, (0, _RANGES[2], _RANGES[4]), (255, _RANGES[3] - 1, _RANGES[5] - 1)).astype(np.uint8)
        counts = cv2.calcHist([np.ascontiguousarray(inside)], [0, 1, 2], None, _BINS, _RANGES).ravel()
        parts.append(counts / counts.sum())
    return np.asarray(parts, np.float32)


def difference(one: Look, other: Look) -> float:
    """How different two looks are, 0 to 1 (Hellinger distance, mean over the parts)."""
    shared = np.sqrt(one * other).sum(axis=1)
    return float(np.sqrt(np.clip(1 - shared, 0, 1)).mean())
