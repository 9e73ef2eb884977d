"""Room responses whose direct path and direct-to-reverberant ratio are known exactly.

Direct sound, sparse early reflections and a diffuse tail of exponentially decaying noise: J.-M. Jot, "Digital delay
networks for designing artificial reverberators", AES 90 (1991); early density as in J. Moorer (1979).
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Floats = NDArray[np.float32]

# Half the length of the band-limited pulse that stands for the direct sound, in samples.
_HALF_PULSE = 64
# Nothing reflected comes within this time of the direct sound: 0.8 ms are 27 cm.
_FIRST_REFLECTION_S = 0.0008
_SOUND_M_PER_S = 343.0


def pulse(position: float, length: int) -> NDArray[np.float64]:
    """A band-limited unit pulse at a fractional position.

    Args:
        position: Where it stands, in samples, at least 64 away from both ends.
        length: Samples of the result.

    Returns:
        A Kaiser-windowed sinc [length]; flat to about 0.97 of the Nyquist frequency.
    """
    centre = round(position)
    samples = np.arange(centre - _HALF_PULSE, centre + _HALF_PULSE + 1)
    distance = samples - position
    window = np.i0(10 * np.sqrt(np.clip(1 - (distance / (_HALF_PULSE + 1)) ** 2, 0, 1))) / np.i0(10)
    response = np.zeros(length)
    response[samples] = np.sinc(distance) * window
    return response


def room_response(
    rng: np.random.Generator, rate_hz: int, rt60_s: float, drr_db: float
) -> tuple[NDArray[np.float64], float]:
    """One random room.

    A reflection that comes t after the direct sound has gone c t further: its strength is at most that of the direct
    sound times d / (d + c t). The distance d follows from the ratio: at the critical distance, 1 to 1.5 m in rooms of
    this size, it is 0 dB.

    Args:
        rng: Draws the reflections, and the direct sound's delay of 2 to 12 ms.
        rate_hz: Samples in a second.
        rt60_s: Time in which the reverberation falls by 60 dB; 0 for no room at all.
        drr_db: Energy of the direct sound over the energy of all the rest. Exact.

    Returns:
        The response [samples] with direct sound of amplitude 1, and the direct sound's position in samples
        (fractional, exact).
    """
    direct_index = float(rng.uniform(0.002, 0.012) * rate_hz) + _HALF_PULSE
    length = round(direct_index) + 2 * _HALF_PULSE + round(max(rt60_s, 0.002) * rate_hz)
    direct = pulse(direct_index, length)
    if rt60_s <= 0:
        return direct, direct_index
    early = _early(rng, rate_hz, rt60_s, drr_db, direct_index, length)
    since_s = (np.arange(length) - direct_index) / rate_hz
    # The tail thickens over the first 30 ms, as the number of reflections grows with time.
    density = np.clip((since_s - _FIRST_REFLECTION_S / 2) / 0.03, 0, 1)
    tail = rng.standard_normal(length) * density * 10 ** (-3 * since_s / rt60_s)
    return direct + _with_energy(early, tail, np.sum(direct**2) / 10 ** (drr_db / 10)), direct_index


def _early(
    rng: np.random.Generator, rate_hz: int, rt60_s: float, drr_db: float, direct_index: float, length: int
) -> NDArray[np.float64]:
    """Four to eleven reflections from walls that return half to nine tenths of the sound, some turned in polarity."""
    distance_m = float(rng.uniform(1, 1.5)) * 10 ** (-drr_db / 20)
    early = np.zeros(length)
    for _ in range(int(rng.integers(4, 12))):
        after_s = float(rng.uniform(_FIRST_REFLECTION_S, min(0.04, rt60_s / 2)))
        strength = rng.uniform(0.5, 0.9) * distance_m / (distance_m + _SOUND_M_PER_S * after_s)
        early += strength * rng.choice([-1, 1]) * pulse(direct_index + after_s * rate_hz, length)
    early[: int(direct_index + _FIRST_REFLECTION_S * rate_hz / 2)] = 0
    return early


def _with_energy(early: NDArray[np.float64], tail: NDArray[np.float64], energy: float) -> NDArray[np.float64]:
    """Early reflections and as much of the tail as makes up the energy; at least a quarter of it is tail."""
    early = early * np.sqrt(min(1.0, 0.75 * energy / np.sum(early**2)))
    square, cross, rest = np.sum(tail**2), np.sum(early * tail), np.sum(early**2) - energy
    gain = (-cross + np.sqrt(cross**2 - square * rest)) / square
    return cast(NDArray[np.float64], early + gain * tail)


def in_room(sound: Floats, response: NDArray[np.float64]) -> Floats:
    """Sound heard through a response: [samples + len(response) - 1], the response's delay left in."""
    return cast(Floats, signal.oaconvolve(sound, response.astype(np.float32)))
