"""Mel-frequency cepstra as SyncNet was trained on: the defaults of python_speech_features 0.6.

Frames of 25 ms each 10 ms at 16 kHz, no window, 512-point spectrum, 26 mel bands to 8 kHz, 13 coefficients liftered by
22, the first replaced by the log energy. Samples are on the scale of 16-bit whole numbers and are rounded to them.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from twopop_engine.sync.scores import MonoSound

RATE_HZ: Final = 16000
"""Samples per second that go in."""

HOP: Final = RATE_HZ // 100
"""Samples between columns."""

COEFFICIENTS: Final = 13
"""Numbers in a column."""

_FRAME: Final = RATE_HZ // 40
_FFT: Final = 512
_BANDS: Final = 26
_PREEMPHASIS: Final = 0.97
_LIFTER: Final = 22
_FULL_SCALE: Final = 32768
_TINY: Final = np.finfo(np.float64).eps  # stands for the zero energy of digital silence

_Doubles = NDArray[np.float64]


def column_count(samples: int) -> int:
    """Columns of a sound of a length; the last one is filled up with zeros."""
    return 1 + max(0, -(-(samples - _FRAME) // HOP))


def columns(sound: MonoSound, start: int, count: int) -> NDArray[np.float32]:
    """A stretch of the cepstra, the same wherever it is cut from.

    Args:
        sound: The sound.
        start: First column, which begins with sample `start * HOP`.
        count: Columns.

    Returns:
        Cepstra [13, count].
    """
    power = power_spectra(sound, start, count)
    energy = power.sum(axis=1)
    bands = power @ _mel_bands().T
    cepstra = fft.dct(np.log(np.where(bands == 0, _TINY, bands)), axis=1, norm="ortho")[:, :COEFFICIENTS]
    cepstra *= 1 + _LIFTER / 2 * np.sin(np.pi * np.arange(COEFFICIENTS) / _LIFTER)
    cepstra[:, 0] = np.log(np.where(energy == 0, _TINY, energy))
    return np.asarray(cepstra.T, np.float32)


def power_spectra(sound: MonoSound, start: int, count: int) -> _Doubles:
    """Power spectra [count, 257] of the frames of columns, after preemphasis, for samples on the 16-bit scale."""
    if count == 0:
        return np.zeros((0, _FFT // 2 + 1))
    first, length = start * HOP, (count - 1) * HOP + _FRAME
    samples = np.clip(np.rint(sound.read(first - 1, length + 1).astype(np.float64) * _FULL_SCALE), -32768, 32767)
    sharpened = samples[1:] - _PREEMPHASIS * samples[:-1]
    sharpened[max(0, sound.length - first) :] = 0  # the padding is not sharpened: it would begin with a click
    frames = np.lib.stride_tricks.sliding_window_view(sharpened, _FRAME)[::HOP]
    spectra = fft.rfft(frames, _FFT, axis=1)
    return np.asarray((spectra.real**2 + spectra.imag**2) / _FFT, np.float64)


@cache
def _mel_bands() -> _Doubles:
    """Triangles [26, 257] evenly spaced in mel, their corners rounded down to bins."""
    top = 2595 * np.log10(1 + RATE_HZ / 2 / 700)
    hertz = 700 * (10 ** (np.linspace(0, top, _BANDS + 2) / 2595) - 1)
    corners = np.floor((_FFT + 1) * hertz / RATE_HZ)
    bins = np.arange(_FFT // 2 + 1)
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising = np.where((bins >= low) & (bins < middle), (bins - low) / (middle - low), 0)
    falling = np.where((bins >= middle) & (bins < high), (high - bins) / (high - middle), 0)
    return np.asarray(rising + falling, np.float64)
