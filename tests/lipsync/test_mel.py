"""Log-mel and centring, against sums written out; pieces of a file give what the whole gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from syncnet.sounds import ArraySound
from twopop_engine.sync.lipsync.mel import read_mel
from twopop_models.centring import REACH, centred
from twopop_models.mel import BANDS, HOP, WINDOW, log_mel


def noise(seconds: float, seed: int = 1) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(seed).standard_normal(round(16000 * seconds))).astype(np.float32)


def test_a_frame_is_the_logarithm_of_filtered_power() -> None:
    samples = noise(0.1)
    frame = log_mel(samples)[2]
    piece = samples[2 * HOP : 2 * HOP + WINDOW] * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / (WINDOW - 1)))
    power = [abs(np.sum(piece * np.exp(-2j * np.pi * k * np.arange(WINDOW) / 512))) ** 2 for k in range(257)]
    mel = [1127 * np.log1p(hz / 700) for hz in (60.0, 7600.0)]
    edges = [700 * np.expm1((mel[0] + (mel[1] - mel[0]) * n / (BANDS + 1)) / 1127) for n in range(BANDS + 2)]
    for band in range(BANDS):
        low, top, high = edges[band : band + 3]
        weights = [
            max(0.0, min((k * 31.25 - low) / (top - low), (high - k * 31.25) / (high - top))) for k in range(257)
        ]
        assert frame[band] == pytest.approx(np.log(np.dot(weights, power) + 1e-7), abs=1e-3)


def test_a_tone_is_loudest_in_its_band_and_at_its_time() -> None:
    samples = np.zeros(16000, np.float32)
    samples[8000:8400] = np.sin(2 * np.pi * 1000 * np.arange(400) / 16000)
    mel, heard = read_mel(ArraySound(samples), 0, 100)
    assert int(mel[:, 13].argmax()) == 51  # the middle of the tone lies at 0.5125 s
    assert np.flatnonzero(heard).tolist() == list(range(49, 54))


@given(first=st.integers(-30, 120), count=st.integers(1, 60))
def test_pieces_are_parts_of_the_whole(first: int, count: int) -> None:
    sound = ArraySound(noise(1.0))
    whole, heard = read_mel(sound, -40, 240)
    piece, there = read_mel(sound, first, count)
    assert piece == pytest.approx(whole[first + 40 : first + 40 + count], abs=1e-4)
    assert (there == heard[first + 40 : first + 40 + count]).all()


def test_nothing_is_heard_beyond_the_ends() -> None:
    _, heard = read_mel(ArraySound(noise(0.5)), -10, 80)
    assert np.flatnonzero(heard).tolist() == list(range(10, 60))


def test_the_average_leaves_out_what_is_not_usable() -> None:
    rng = np.random.default_rng(3)
    values, usable = rng.standard_normal((500, 3)).astype(np.float32), rng.random(500) < 0.7
    found = centred(values, usable)
    for frame in (0, 7, 149, 150, 250, 499):
        near = slice(max(0, frame - REACH), frame + REACH + 1)
        assert found[frame] == pytest.approx(values[frame] - values[near][usable[near]].mean(axis=0), abs=1e-5)


def test_where_nothing_is_usable_the_answer_is_zero() -> None:
    assert not centred(np.ones((400, 2), np.float32), np.zeros(400, np.bool_)).any()
