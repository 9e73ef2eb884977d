import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.room import pulse, room_response

RATE_HZ = 48000


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), rt60_s=st.floats(0.1, 1.2), drr_db=st.floats(-6, 20))
def test_direct_to_reverberant_ratio_is_exact(seed: int, rt60_s: float, drr_db: float) -> None:
    response, direct_index = room_response(np.random.default_rng(seed), RATE_HZ, rt60_s, drr_db)
    direct = pulse(direct_index, len(response))
    rest = response - direct
    assert 10 * np.log10(np.sum(direct**2) / np.sum(rest**2)) == pytest.approx(drr_db, abs=0.01)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_without_a_room_the_response_is_a_delay(seed: int) -> None:
    response, direct_index = room_response(np.random.default_rng(seed), RATE_HZ, 0.0, 0.0)
    spectrum = np.fft.rfft(response)
    hz = np.fft.rfftfreq(len(response), 1 / RATE_HZ)
    wanted = np.exp(-2j * np.pi * hz * direct_index / RATE_HZ)
    low = hz < 0.45 * RATE_HZ
    assert np.abs(spectrum - wanted)[low].max() < 2e-4


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), drr_db=st.floats(-6, 10))
def test_late_reflections_are_much_weaker_than_the_direct_sound(seed: int, drr_db: float) -> None:
    response, direct_index = room_response(np.random.default_rng(seed), RATE_HZ, 0.4, drr_db)
    assert np.abs(response[round(direct_index + 0.012 * RATE_HZ) :]).max() < 0.75


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), drr_db=st.floats(-6, 10))
def test_nothing_comes_before_the_direct_sound(seed: int, drr_db: float) -> None:
    response, direct_index = room_response(np.random.default_rng(seed), RATE_HZ, 0.4, drr_db)
    rest = response - pulse(direct_index, len(response))
    assert not np.any(rest[: int(direct_index + 0.0003 * RATE_HZ)])


def test_reverberation_falls_by_60_db_in_its_time() -> None:
    response, direct_index = room_response(np.random.default_rng(5), RATE_HZ, 0.5, -6.0)
    energy = np.cumsum(response[::-1] ** 2)[::-1]
    start = round(direct_index + 0.06 * RATE_HZ)
    level_db = 10 * np.log10(energy[start : start + round(0.2 * RATE_HZ)] / energy[start])
    slope_db = np.polyfit(np.arange(len(level_db)) / RATE_HZ, level_db, 1)[0]
    assert -60 / slope_db == pytest.approx(0.5, rel=0.1)
