"""Rooms and what is in them beside the voices: reverberation, hum and hiss, the clap of a slate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, oaconvolve

Array = NDArray[np.float64]


def impulse_response(rng: np.random.Generator, direct_to_reverberant_db: float, decay_s: float, rate_hz: int) -> Array:
    """A room's impulse response: the direct sound at sample 0, then exponentially decaying noise.

    The direct sound comes without delay, so that where a recording lies is one number for all microphones.

    Args:
        rng: Draws the reflections.
        direct_to_reverberant_db: Energy of the direct sound over that of the rest.
        decay_s: Reverberation time RT60 in seconds.
        rate_hz: Samples per second.

    Returns:
        Impulse response [round(decay_s * rate_hz)], of energy 1.
    """
    count = round(decay_s * rate_hz)
    time_s = np.arange(count) / rate_hz
    response = rng.standard_normal(count) * 10 ** (-3 * time_s / decay_s)
    response[: round(0.003 * rate_hz)] = 0  # nothing in a room returns sooner
    response *= 10 ** (-direct_to_reverberant_db / 20) / np.sqrt((response**2).sum())
    response[0] = 1
    unit: Array = response / np.sqrt((response**2).sum())
    return unit


def heard(source: Array, response: Array) -> Array:
    """A source in a room, as long as the source."""
    sound: Array = oaconvolve(source, response)[: source.size]
    return sound


def background(rng: np.random.Generator, count: int, level_db: float, rate_hz: int) -> Array:
    """The tone of a room: low-passed noise and mains hum.

    Args:
        rng: Draws the noise.
        count: Samples.
        level_db: RMS level relative to 1.
        rate_hz: Samples per second.

    Returns:
        Waveform [count].
    """
    hiss: Array = lfilter([1.0], [1.0, -0.93], rng.standard_normal(count))
    time_s = np.arange(count) / rate_hz
    hum = np.sin(2 * np.pi * 60 * time_s) + 0.5 * np.sin(2 * np.pi * 180 * time_s + 1)
    tone: Array = hiss / hiss.std() + 0.3 * hum
    tone *= 10 ** (level_db / 20) / tone.std()
    return tone


def clap(rng: np.random.Generator, rate_hz: int) -> Array:
    """A slate's clap, starting at its first sample.

    Returns:
        Waveform [round(0.12 * rate_hz)], peak 1.
    """
    time_s = np.arange(round(0.12 * rate_hz)) / rate_hz
    crack = rng.standard_normal(time_s.size) * np.exp(-time_s / 0.004)
    wood = sum(np.sin(2 * np.pi * pitch_hz * time_s) * np.exp(-time_s / 0.012) for pitch_hz in (870.0, 1430.0, 2310.0))
    sound: Array = crack + 0.4 * np.asarray(wood)
    sound /= np.abs(sound).max()
    return sound
