from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenes import clock
from scenes.room import pulse

RATE_HZ = 48000


def arrival(sound: NDArray[np.float32], near: float, reach: int = 200) -> float:
    """Position of a band-limited pulse in samples: the phase slope of what stands around it."""
    first = round(near) - reach
    piece = sound[first : first + 2 * reach].astype(np.float64)
    spectrum = np.fft.rfft(piece)
    turns = np.unwrap(np.angle(spectrum * np.exp(2j * np.pi * np.arange(len(spectrum)) * reach / (2 * reach))))
    low = slice(1, len(spectrum) // 4)
    slope = np.polyfit(np.arange(len(spectrum))[low], turns[low], 1)[0]
    return float(first + reach - slope * 2 * reach / (2 * np.pi))


@settings(max_examples=30, deadline=None)
@given(ppm=st.floats(-100, 100), at_s=st.floats(0.1, 9.9))
def test_a_click_lands_where_the_clock_puts_it(ppm: float, at_s: float) -> None:
    sound = pulse(at_s * RATE_HZ, 10 * RATE_HZ).astype(np.float32)
    wanted = at_s * (1 + ppm / 1e6) * RATE_HZ
    assert arrival(clock.with_clock(sound, RATE_HZ, ppm), wanted) == pytest.approx(wanted, abs=0.001)


@pytest.mark.parametrize("name", clock.PULLS)
@pytest.mark.parametrize("target_hz", [44100, 48000, 96000])
def test_pulls_stretch_by_their_exact_ratio(name: str, target_hz: int) -> None:
    stretch = clock.PULLS[name]
    at_s = Fraction(37, 7)
    sound = pulse(float(at_s * RATE_HZ), 10 * RATE_HZ).astype(np.float32)
    pulled = clock.with_clock(sound, RATE_HZ, clock.ppm_of(stretch), target_hz)
    assert arrival(pulled, float(at_s * stretch * target_hz)) == pytest.approx(
        float(at_s * stretch * target_hz), abs=0.001
    )


@settings(max_examples=30, deadline=None)
@given(ppm=st.floats(-100, 100), seconds=st.floats(1, 20))
def test_length_follows_the_clock(ppm: float, seconds: float) -> None:
    count = round(seconds * RATE_HZ)
    made = clock.with_clock(np.zeros(count, np.float32), RATE_HZ, ppm)
    assert abs(len(made) - count * (1 + ppm / 1e6)) <= 1


def test_ten_minutes_do_not_accumulate_an_error() -> None:
    at = 599.0 * RATE_HZ
    sound = np.zeros(600 * RATE_HZ, np.float32)
    first = round(at) - 500
    sound[first : first + 1000] = pulse(at - first, 1000)
    wanted = at * (1 + 73.1e-6)
    assert arrival(clock.with_clock(sound, RATE_HZ, 73.1), wanted) == pytest.approx(wanted, abs=0.002)


def test_a_sine_stays_pure() -> None:
    seconds = np.arange(5 * RATE_HZ) / RATE_HZ
    made = clock.with_clock(np.sin(2 * np.pi * 5003.1 * seconds).astype(np.float32), RATE_HZ, 60.0)
    wanted = np.sin(2 * np.pi * 5003.1 * np.arange(len(made)) / RATE_HZ / (1 + 60e-6))
    middle = slice(RATE_HZ, 4 * RATE_HZ)
    assert np.sqrt(np.mean((made - wanted)[middle] ** 2)) < 1e-5
