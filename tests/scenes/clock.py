"""Clocks that run fast or slow, and the film and video pulls."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import numpy as np
import soxr
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# How much longer the file becomes. NTSC pulls: SMPTE ST 12-1 rates; PAL speed-up and its undoing: 24 against 25.
PULLS = {
    "1001/1000": Fraction(1001, 1000),
    "1000/1001": Fraction(1000, 1001),
    "25/24": Fraction(25, 24),
    "24/25": Fraction(24, 25),
}


def ppm_of(stretch: Fraction) -> float:
    """The clock error in parts per million that makes a file `stretch` times as long."""
    return float((stretch - 1) * 1_000_000)


def with_clock(sound: Floats, rate_hz: int, ppm: float, target_rate_hz: int | None = None) -> Floats:
    """Sound as a recorder stores it whose clock runs fast by `ppm`.

    What happens at time t stands at t * (1 + ppm / 1e6) in the file. Band-limited (soxr, "very high quality").

    Args:
        sound: Waveform [samples] or [channels, samples].
        rate_hz: Samples of `sound` in a second.
        ppm: Clock error in parts per million; > 0 makes the file longer.
        target_rate_hz: Nominal samples in a second of the result; `rate_hz` when not given.

    Returns:
        The waveform at the nominal rate, of round(samples * target / rate * (1 + ppm / 1e6)) samples.
    """
    target = (target_rate_hz or rate_hz) * (1 + ppm / 1e6)
    if target == rate_hz:
        return sound
    return cast(Floats, soxr.resample(sound.T, rate_hz, target, "VHQ").T)
