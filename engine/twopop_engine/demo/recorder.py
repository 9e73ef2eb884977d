"""The recorder: a clock of its own, and broadcast wave files."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

Array = NDArray[np.float64]


def recorded(event: Array, start: int, length: int, drift_ppm: float, rate_hz: int) -> NDArray[np.float32]:
    """What a recorder with a clock of its own takes of an event.

    Args:
        event: Waveform [samples] or [samples, channels] on the event's clock.
        start: First sample taken.
        length: Samples taken, on the event's clock.
        drift_ppm: Its clock against the event's; > 0: it runs fast and writes more samples.
        rate_hz: Samples per second of both, by their own clocks.

    Returns:
        Waveform of the same shape, about length * (1 + drift_ppm / 1e6) samples long. Its sample n was heard at
        start / rate_hz + n / (rate_hz * (1 + drift_ppm / 1e6)) seconds.
    """
    heard = event[start : start + length]
    if drift_ppm:
        heard = soxr.resample(heard, rate_hz, rate_hz * (1 + drift_ppm * 1e-6), "VHQ")
    return np.asarray(heard, np.float32)
