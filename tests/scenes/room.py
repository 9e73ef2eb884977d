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

    Args:
        rng: Draws the reflections, and the direct sound's delay of 2 to 12 ms.
        rate_hz: Samples in a second.
        rt60_s: Time in which the reverberation falls by 60 dB; 0 for no room at all.
        drr_db: Energy of the direct sound over the energy of all the rest. Exact.

    Returns:
        The response [samples] with direct sound of amplitude 1, and the direct sound's position in samples
        (fractional, exact). No single reflection is stronger than 0.8 of the direct sound.
    """
    direct_index = float(rng.uniform(0.002, 0.012) * rate_hz) + _HALF_PULSE
    length = round(direct_index) + 2 * _HALF_PULSE + round(max(rt60_s, 0.002) * rate_hz)
    direct = pulse(direct_index, length)
    if rt60_s <= 0:
        return direct, direct_index
    reverberant = np.zeros(length)
    since_s = (np.arange(length) - direct_index) / rate_hz
    decay = np.where(since_s > 0, 10 ** (-3 * since_s / rt60_s), 0)
    # The tail thickens over the first 30 ms, as the number of reflections grows with time.
    tail = rng.standard_normal(length) * decay * np.clip(since_s / 0.03, 0, 1)
    tail *= np.sqrt(rng.uniform(1, 4) / np.sum(tail**2))
    for _ in range(int(rng.integers(4, 12))):
        at = direct_index + rng.uniform(_FIRST_REFLECTION_S, min(0.04, rt60_s / 2)) * rate_hz
        reverberant += rng.uniform(0.2, 1) * rng.choice([-1, 1]) * pulse(float(at), length)
    reverberant += tail
    reverberant[: int(direct_index + _FIRST_REFLECTION_S * rate_hz / 2)] = 0
    return direct + _scaled_to(direct, reverberant, drr_db), direct_index


def _scaled_to(direct: NDArray[np.float64], reverberant: NDArray[np.float64], drr_db: float) -> NDArray[np.float64]:
    """Scales the reverberation to the ratio, early peaks limited to 0.8 of the direct sound."""
    for _ in range(50):
        reverberant = reverberant * np.sqrt(np.sum(direct**2) / np.sum(reverberant**2) / 10 ** (drr_db / 10))
        limited = np.clip(reverberant, -0.8, 0.8)
        if np.array_equal(limited, reverberant):
            break
        reverberant = limited
    return reverberant


def in_room(sound: Floats, response: NDArray[np.float64]) -> Floats:
    """Sound heard through a response: [samples + len(response) - 1], the response's delay left in."""
    return cast(Floats, signal.oaconvolve(sound, response.astype(np.float32)))
