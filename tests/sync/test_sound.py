"""Prepared sounds: whitening keeps delays, blocks do not matter, bytes are enough."""

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes import speech
from twopop_engine.sync.sound import HALF_RATE_HZ, RATE_HZ, prepare, take
from twopop_engine.sync.whitening import whiten

VOICE = speech.synthetic_speech(6.0, np.random.default_rng(7))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 60000), min_size=1, max_size=8))
def test_blocks_do_not_matter(sizes: list[int]) -> None:
    blocks = np.split(VOICE, np.minimum(np.cumsum(sizes), len(VOICE)))
    whole, parts = prepare([VOICE], 48000), prepare(blocks, 48000)
    assert len(parts.full) == len(whole.full)
    # The resampler may round a sample differently at a block's border; one step of a byte is all that may show.
    assert np.abs(parts.full.astype(int) - whole.full.astype(int)).max(initial=0) <= 1


def test_lengths_follow_from_the_rates() -> None:
    sound = prepare([VOICE], 48000)
    assert len(sound.full) == len(VOICE) // 3
    assert len(sound.half) == len(sound.full) // 2
    assert sound.duration_s == pytest.approx(6.0)
    assert len(sound.level_db) == 60


def test_whitening_flattens_and_keeps_time() -> None:
    audio = soxr.resample(VOICE, 48000, RATE_HZ).astype(np.float32)
    full, half = whiten(audio, RATE_HZ)
    assert np.sqrt(np.mean(full**2)) == pytest.approx(1.0, rel=1e-3)
    delayed, _ = whiten(np.concatenate([np.zeros(512, np.float32), audio]), RATE_HZ)
    assert np.argmax(np.correlate(delayed, full[8000:40000], "valid")) == 8512
    # The half band is the same signal: its samples are the band-limited full ones'.
    low = soxr.resample(full, RATE_HZ, HALF_RATE_HZ)[1000:-1000]
    assert np.corrcoef(low, half[1000 : 1000 + len(low)])[0, 1] > 0.98


def test_silence_stays_silence() -> None:
    sound = prepare([np.zeros(96000, np.float32)], 48000)
    assert not sound.full.any()
    assert not sound.half.any()
    assert sound.loudest_db == pytest.approx(-120.0)


def test_no_sound_at_all() -> None:
    assert prepare([], 48000).duration_s == 0.0


def test_long_sound_is_whitened_in_chunks_without_seams() -> None:
    long = np.tile(VOICE, 14)
    sound = prepare(np.array_split(long, 50), 48000)
    assert len(sound.full) == len(long) // 3
    seam = 1024 * 512
    near = np.sqrt(np.mean(np.square(sound.full[seam - 800 : seam + 800], dtype=float)))
    assert near > 0.2 * np.sqrt(np.mean(np.square(sound.full, dtype=float)))


def test_a_clock_change_stretches() -> None:
    sound = prepare([VOICE], 48000)
    slower = sound.at_ratio(1.001)
    assert len(slower.full) == pytest.approx(len(sound.full) / 1.001, abs=2)


def test_take_pads_with_zeros() -> None:
    data = np.arange(1, 6, dtype=np.int8)
    assert take(data, -2, 4).tolist() == [0, 0, 1, 2]
    assert take(data, 3, 4).tolist() == [4, 5, 0, 0]
    assert take(data, 9, 2).tolist() == [0, 0]
