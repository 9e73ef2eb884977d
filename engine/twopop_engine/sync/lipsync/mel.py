"""Log-mel spectra of a file's sound, and where there is any."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twopop_engine.sync.scores import MonoSound
from twopop_models.mel import HOP, WINDOW, log_mel

Floats = NDArray[np.float32]


def heard(samples: Floats) -> NDArray[np.bool_]:
    """Which frames hold sound at all, rather than the zeros of a gap; arguments as `log_mel` takes them."""
    windows = np.lib.stride_tricks.sliding_window_view(samples != 0, WINDOW)[::HOP]
    return np.asarray(windows.any(axis=1))


def read_mel(sound: MonoSound, first: int, count: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Spectra of a stretch of a file's sound.

    Args:
        sound: The sound.
        first: First frame; frame n stands at n / 100 s on the file's clock.
        count: Frames.

    Returns:
        Spectra [count, 40], and which of them hold sound [count].
    """
    samples = sound.read(first * HOP - WINDOW // 2, WINDOW - HOP + count * HOP)
    frames = np.arange(first, first + count)
    within = (frames >= 0) & (frames * HOP < sound.length)
    return log_mel(samples), heard(samples) & within
