"""When sounds begin: the rise of the sound's level in bands, every 5 ms (spectral flux, Bello et al. 2005)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twopop_engine.sync.assess.sound import RATE_HZ
from twopop_engine.sync.scores import MonoSound

STEP_S = 0.005
"""Distance between values."""

_HOP = round(STEP_S * RATE_HZ)
_SIZE = 256
_BANDS = 12
_LOWEST_HZ = 150.0
_FLOOR = 1e-4  # of full scale: noise below it is silence
_RISE = 3  # hops over which a rise is measured
_BLOCK = 16000 // _HOP * 20


def onset_strength(sound: MonoSound) -> NDArray[np.float32]:
    """How strongly sounds begin around each multiple of 5 ms [length], in nepers averaged over the bands.

    An onset at time t stands within 2 ms of t, spread over about 15 ms.
    """
    count = sound.length // _HOP + 1
    out = np.zeros(count, np.float32)
    filters = _filters()
    window = np.hanning(_SIZE).astype(np.float32)
    for begin in range(0, count, _BLOCK):
        end = min(begin + _BLOCK, count)
        first = begin - _RISE
        samples = sound.read(first * _HOP - _SIZE // 2, (end - first - 1) * _HOP + _SIZE)
        frames = np.lib.stride_tricks.sliding_window_view(samples, _SIZE)[::_HOP]
        levels = np.abs(np.fft.rfft(frames * window)).astype(np.float32) @ filters
        logs = np.log(levels + _FLOOR * _SIZE / 4)
        out[begin:end] = np.maximum(logs[_RISE:] - logs[:-_RISE], 0.0).mean(axis=1)
    return out


def _filters() -> NDArray[np.float32]:
    """Which bins belong to which band [bins, bands]: bands of equal width on a logarithmic axis."""
    edges = np.geomspace(_LOWEST_HZ, RATE_HZ / 2, _BANDS + 1)
    bins = np.fft.rfftfreq(_SIZE, 1 / RATE_HZ)
    inside = (bins[:, None] >= edges[:-1]) & (bins[:, None] < edges[1:])
    inside[np.abs(bins[:, None] - np.sqrt(edges[:-1] * edges[1:])).argmin(axis=0), np.arange(_BANDS)] = True
    return np.asarray(inside / inside.sum(axis=0), np.float32)
