"""The direct path: the first arrival, where reflections that coincide are louder than it.

Echoes heard by the other lie on one side of the direct sound in the correlation, echoes heard by the reference on the
other. A peak almost as high as the highest, beyond which nothing follows while the opposite side is full of echoes, is
the direct sound. Constants were chosen on image-source rooms (Allen & Berkley, JASA 65(4), 1979) with
direct-to-reverberant ratios from -6 dB; docs/sync.md has the figures.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

_ALMOST: Final = 0.75  # of the highest peak
_NOTHING: Final = 0.4  # of the power on the side of the echoes
_NEAR: Final = 6  # samples that belong to a peak
_FAR: Final = 240  # samples: 15 ms hold the early reflections
_AFTER: Final = 100  # samples in which echoes would follow


def direct_lag(curve: npt.NDArray[np.float64]) -> int:
    """Where the direct path lies.

    Args:
        curve: Summed correlation [lags], its highest peak in the middle.

    Returns:
        Distance of the direct path from the middle in samples; 0 in most rooms.
    """
    height = np.abs(curve)
    later, earlier = _beyond(height), _beyond(height[::-1])
    return later or -earlier


def rivals(curve: npt.NDArray[np.float64]) -> list[int]:
    """Distances in samples of peaks almost as high as the middle one."""
    height = np.abs(curve)
    middle = len(height) // 2
    return [k - middle for k in _peaks(height, middle - _FAR, middle + _FAR) if abs(k - middle) >= _NEAR]


def _beyond(height: npt.NDArray[np.float64]) -> int:
    """Distance of the last high peak after the middle when nothing follows it, else 0."""
    middle = len(height) // 2
    peaks = _peaks(height, middle + _NEAR, middle + _FAR)
    if not peaks:
        return 0
    last = peaks[-1]
    echoes = float(np.mean(np.square(height[middle - _FAR : middle - _NEAR])))
    after = float(np.mean(np.square(height[last + _NEAR : last + _NEAR + _AFTER])))
    return last - middle if after < _NOTHING * echoes else 0


def _peaks(height: npt.NDArray[np.float64], first: int, last: int) -> list[int]:
    """Local maxima almost as high as the middle."""
    middle = len(height) // 2
    least = _ALMOST * float(height[middle - 1 : middle + 2].max())
    inner = height[first:last]
    is_peak = (inner > least) & (inner >= height[first - 1 : last - 1]) & (inner >= height[first + 1 : last + 1])
    return [first + int(k) for k in np.flatnonzero(is_peak)]
