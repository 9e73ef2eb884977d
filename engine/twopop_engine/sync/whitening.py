"""Whitening: what makes a cross-correlation of two microphones peak sharply.

The generalised cross-correlation with phase transform (Knapp & Carter, "The generalized correlation method for
estimation of time delay", IEEE TASSP 24(4), 1976) divides the cross-spectrum by its magnitude. Here each signal is
whitened by itself, in short frames, so that a signal is whitened once and then correlated with any number of others:
every time-frequency cell is divided by its magnitude to the power 3/4 (between the plain correlation, which rooms
blur, and the full transform, which gives noise a vote as loud as speech) and weighted by how far it stands above the
signal's own noise floor (a Wiener gain). Gains are real and positive, so delays stay exact.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import fft

FRAME: Final = 1024
"""Samples in a frame: 64 ms at 16 kHz, as long as speech stands still."""

HOP: Final = FRAME // 2
_LOW_HZ: Final = 100.0  # below lie hum, handling and wind
_FLOOR_QUANTILE: Final = 0.2  # speech pauses for at least a fifth of the time
_FLOOR_BIAS: Final = 1.5  # the mean of a chi-squared cell over its lower quantiles
_WINDOW: Final[npt.NDArray[np.float32]] = np.sqrt(np.hanning(FRAME + 1)[:-1]).astype(np.float32)


def whiten(audio: npt.NDArray[np.float32], rate_hz: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Whitens a stretch of sound, at its rate and at half of it.

    Args:
        audio: Float waveform [samples] at `rate_hz`. A few seconds at least, so that there is a floor to find.
        rate_hz: Samples per second.

    Returns:
        The whitened sound [samples] at `rate_hz`, and its lower half band [ceil(samples / 2)] at `rate_hz / 2`. Both
        are scaled so that the root mean square of the first is 1, or are zero when the input is.
    """
    frames = _frames(audio)
    spectrum = fft.rfft(frames * _WINDOW, axis=1)
    spectrum *= _gain(spectrum, rate_hz)
    full = _overlap_add(spectrum, FRAME, len(audio))
    half = _overlap_add(spectrum[:, : FRAME // 4 + 1], FRAME // 2, -(-len(audio) // 2))
    level = float(np.sqrt(np.mean(full**2))) if len(full) else 0.0
    if level > 0.0:
        full /= level
        half /= level
    return full, half


def _frames(audio: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Half-overlapping frames [frames, FRAME] that cover every sample twice."""
    count = -(-len(audio) // HOP) + 1
    padded = np.zeros((count + 1) * HOP, np.float32)
    padded[HOP : HOP + len(audio)] = audio
    frames: npt.NDArray[np.float32] = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    return frames


def _gain(spectrum: npt.NDArray[np.complex64], rate_hz: int) -> npt.NDArray[np.float32]:
    """The real gain of every cell [frames, bins]."""
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    floor = np.quantile(power[:: max(1, len(power) // 256)], _FLOOR_QUANTILE, axis=0).astype(np.float32)
    loudest = float(power.max(initial=0.0))
    if loudest <= 0.0:
        return np.zeros_like(power)
    power = np.maximum(power, np.float32(loudest * 1e-12))
    above = np.maximum(power - _FLOOR_BIAS * floor, 0.0)
    root = np.sqrt(np.sqrt(power))  # magnitude ** 0.5
    gain = (above / power) / (root * np.sqrt(root))
    gain[:, : int(_LOW_HZ * FRAME / rate_hz) + 1] = 0.0
    gain[:, -FRAME // 16 :] = 0.0  # the resampler's transition band
    return np.asarray(gain, np.float32)


def _overlap_add(spectrum: npt.NDArray[np.complex64], size: int, length: int) -> npt.NDArray[np.float32]:
    """The waveform [length] of half-overlapping frames of `size` samples."""
    frames = fft.irfft(spectrum, size, axis=1) * _WINDOW[:: FRAME // size]
    half = size // 2
    out = frames[:-1, half:] + frames[1:, :half]
    return np.ascontiguousarray(out.reshape(-1)[:length], dtype=np.float32)
