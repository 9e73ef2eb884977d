from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from twopop.v1 import media_pb2
from twopop_engine.report.waveform import Envelope, Mixed, envelope, segment_stop_s, strongest_onset, whole_file


@dataclass(frozen=True)
class Held:
    """Sound held in memory."""

    samples: NDArray[np.float32]
    rate_hz: int

    @property
    def length(self) -> int:
        return int(self.samples.shape[1])

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        wanted = np.zeros((self.samples.shape[0], count), np.float32)
        first, last = max(start, 0), min(start + count, self.length)
        if first < last:
            wanted[:, first - start : last - start] = self.samples[:, first:last]
        return wanted


def click_train(at: list[int], length: int, rate_hz: int) -> Mixed:
    samples = np.zeros((1, length), np.float32)
    samples[0, at] = 1
    return Mixed([Held(samples, rate_hz)])


@given(
    start_s=st.floats(-3, 3),
    drift_ppm=st.floats(-500, 500),
    click=st.integers(0, 79_999),
    rate_hz=st.sampled_from([8000, 16_000, 22_050]),
)
def test_a_click_falls_into_the_column_that_the_map_says(
    start_s: float, drift_ppm: float, click: int, rate_hz: int
) -> None:
    sound = click_train([click], 80_000, rate_hz)
    segment = media_pb2.Segment(start_s=start_s, duration_s=sound.length_s, drift_ppm=drift_ppm)
    true_s = start_s + click / rate_hz / (1 + drift_ppm * 1e-6)
    stretch_s = (-4.0, 18.0)
    seen = envelope(sound, [segment], *stretch_s, columns=900)
    place = (true_s - stretch_s[0]) / stretch_s[1] * 900
    assert np.flatnonzero(seen.high > 0.5).tolist() == pytest.approx([place - 0.5], abs=0.501)


def test_where_no_segment_lies_nothing_is_known() -> None:
    sound = Mixed([Held(np.full((1, 4000), 0.5, np.float32), 1000)])
    pieces = [
        media_pb2.Segment(other_start_s=0, duration_s=1, start_s=1),
        media_pb2.Segment(other_start_s=2, duration_s=1, start_s=3),
    ]
    seen = envelope(sound, pieces, 0.0, 5.0, 5)
    assert np.isfinite(seen.high).tolist() == [False, True, False, True, False]
    assert seen.peak == 0.5


def test_a_segment_beyond_the_file_ends_with_the_file() -> None:
    sound = Mixed([Held(np.full((1, 1000), 0.5, np.float32), 1000)])
    seen = envelope(sound, [whole_file(0.0, 100.0)], 0.0, 4.0, 4)
    assert np.isfinite(seen.high).tolist() == [True, False, False, False]


def test_a_stretch_longer_than_a_block_is_read_whole() -> None:
    noise = np.random.default_rng(5).uniform(-1, 1, (1, 2304 * 128)).astype(np.float32)
    sound = Mixed([Held(noise, 32_768)])  # a power of two: no time is rounded
    seen = envelope(sound, [whole_file(0.0, sound.length_s)], 0.0, sound.length_s, 2304)
    expected = noise.reshape(2304, 128)
    np.testing.assert_array_equal(seen.high, expected.max(axis=1))
    np.testing.assert_array_equal(seen.low, expected.min(axis=1))


def test_the_files_of_a_family_are_heard_as_their_mean() -> None:
    left = Held(np.full((1, 10), 0.2, np.float32), 10)
    right = Held(np.full((2, 8), 0.5, np.float32), 10)
    mixed = Mixed([left, right])
    np.testing.assert_allclose(mixed.read(0, 10), [0.4] * 8 + [0.2 / 3] * 2, rtol=1e-6)
    assert mixed.length_s == 1.0


def test_fewer_columns_keep_the_extremes_and_the_holes() -> None:
    low = np.array([-1, -2, np.nan, np.nan, -5, np.nan], np.float32)
    reduced = Envelope(low, -low).reduced(3)
    np.testing.assert_array_equal(reduced.low, np.array([-2, np.nan, -5], np.float32))
    np.testing.assert_array_equal(reduced.high, np.array([2, np.nan, 5], np.float32))


def test_the_strongest_onset_is_where_the_sound_rises_most() -> None:
    level = np.full(1000, 0.1, np.float32)
    level[:300] = 0.9  # loud from the start: a cut, no onset
    level[500:560] = 0.3
    level[700:760] = 0.8
    reference = Envelope(-level, level)
    heard = np.ones(1000, np.float32)
    everywhere = Envelope(-heard, heard)
    assert strongest_onset(reference, everywhere, 10.0, 100.0) == pytest.approx(80.05)
    heard[650:] = np.nan
    assert strongest_onset(reference, Envelope(-heard, heard), 10.0, 100.0) == pytest.approx(60.05)


def test_silence_has_no_onset() -> None:
    silence = Envelope(np.zeros(50, np.float32), np.zeros(50, np.float32))
    assert strongest_onset(silence, silence, 0.0, 1.0) is None


def test_a_fast_recording_ends_earlier_on_the_reference() -> None:
    piece = media_pb2.Segment(start_s=5, duration_s=100.006, drift_ppm=60)
    assert segment_stop_s(piece) == pytest.approx(105.0, abs=1e-6)
