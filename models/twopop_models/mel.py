"""Log-mel spectra at 100 frames a second: what networks hear.

Triangular filters on O'Shaughnessy's mel scale ("Speech communication", 1987), natural logarithm of the power.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

BANDS: Final = 40
"""Bands of a frame."""

RATE_HZ: Final = 16000
"""Of the sound."""

HOP: Final = 160
"""Samples from one frame to the next: 10 ms."""

WINDOW: Final = 400
"""Samples of a frame: 25 ms."""

_FFT: Final = 512
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 7600.0
_FLOOR: Final = 1e-7

Floats = NDArray[np.float32]


def _filters() -> Floats:
    lowest, highest = (1127 * np.log1p(hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    edges = 700 * np.expm1(np.linspace(lowest, highest, BANDS + 2) / 1127)
    hz = np.arange(_FFT // 2 + 1) * RATE_HZ / _FFT
    rising = (hz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hz) / np.diff(edges)[1:, None]
    return np.asarray(np.maximum(0, np.minimum(rising, falling)).T, np.float32)


_FILTERS: Final = _filters()
_TAPER: Final = np.hanning(WINDOW).astype(np.float32)


def log_mel(samples: Floats) -> Floats:
    """Spectra of a stretch of sound.

    Args:
        samples: Mono sound [240 + 160 * frames] at 16 kHz; frame n stands at its sample 200 + 160 * n.

    Returns:
        Spectra [frames, 40].
    """
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(windows * _TAPER, _FFT, axis=1)) ** 2
    return np.asarray(np.log(power.astype(np.float32) @ _FILTERS + _FLOOR), np.float32)
