"""Reading between samples, against the signals' own formulas."""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from twopop_engine.media.mixdown import mixdown
from twopop_engine.media.reader import AudioReader, Waveform
from twopop_engine.media.resample import Resampler
from twopop_engine.media.segment import Segment

RATE_HZ = 48000
Formula = Callable[[NDArray[np.floating]], NDArray[np.float64]]


class FormulaReader(AudioReader):
    """Sound from a formula of time in samples; silence outside its length."""

    def __init__(
        self, formula: Callable[[NDArray[np.float64]], NDArray[np.float64]], length: int, rate_hz: int
    ) -> None:
        self.path = Path("formula")
        self.rate_hz = rate_hz
        self.channels = 1
        self.length = length
        self.is_float = True
        self.truncated = False
        self._formula = formula

    def _fill(self, wanted: Waveform, start: int) -> None:
        wanted[:] = self._formula(np.arange(start, start + wanted.shape[1], dtype=np.float64))

    def close(self) -> None:
        pass


def sine(frequency_hz: float, rate_hz: int) -> Formula:
    return lambda n: np.asarray(0.5 * np.sin(2 * np.pi * frequency_hz / rate_hz * n + 0.3))


def residual_db(made: NDArray[np.float32], ideal: NDArray[np.float64]) -> float:
    return float(20 * np.log10(np.std(made - ideal) / np.std(ideal)))


@pytest.mark.parametrize("drift_ppm", [0.0, 60.0, -100.0, 1000.0, -1001.0, 0.5])
@pytest.mark.parametrize("band", [0.01, 0.3, 0.6, 0.85])
@pytest.mark.parametrize("start", [5000.0, 5000.25, 5000.9999])
def test_drift_is_corrected_within_float_precision(drift_ppm: float, band: float, start: float) -> None:
    """A sine up to 0.85 of Nyquist: 32-bit samples allow -140 dB, and -120 dB is reached."""
    formula = sine(band * RATE_HZ / 2, RATE_HZ)
    step = 1 + drift_ppm / 1e6
    made = Resampler(FormulaReader(formula, 10**6, RATE_HZ), [0], start, step, RATE_HZ).read(60_000)[0]
    assert residual_db(made, formula(start + step * np.arange(60_000))) < -120


@pytest.mark.parametrize(
    ("source_hz", "target_hz", "drift_ppm", "limit_db"),
    [
        (44100, 48000, 30, -95),
        (96000, 48000, 30, -95),
        (48000, 96000, -30, -95),
        (48048, 48000, 0, -95),
        (48000, 44100, 60, -95),
        (16000, 48000, 10, -95),
        (48000, 48000, 41_666.6667, -95),
        (48000, 48000, -40_001.3, -95),
    ],
)
def test_other_rates_and_film_pulls(source_hz: int, target_hz: int, drift_ppm: float, limit_db: float) -> None:
    formula = sine(0.6 * min(source_hz, target_hz) / 2, source_hz)
    step = source_hz / target_hz * (1 + drift_ppm / 1e6)
    made = Resampler(FormulaReader(formula, 10**6, source_hz), [0], 7000.4, step, target_hz).read(60_000)[0]
    assert residual_db(made, formula(7000.4 + step * np.arange(60_000))) < limit_db


def test_the_clock_stays_exact_over_hours() -> None:
    """Three hours into the file and after ten minutes of output, a chirp lands where the formula puts it."""
    formula = sine(1000, RATE_HZ)
    start, step = 3 * 3600 * RATE_HZ + 0.37, 1 + 60e-6
    resampler = Resampler(FormulaReader(formula, 10**9, RATE_HZ), [0], start, step, RATE_HZ)
    for _ in range(60):
        made = resampler.read(RATE_HZ)[0]
    index = np.arange(59 * RATE_HZ, 60 * RATE_HZ)
    assert residual_db(made, formula(start + step * index)) < -115


@settings(max_examples=20, deadline=None)
@given(sizes=st.lists(st.integers(1, 9000), min_size=1, max_size=6), start=st.floats(0, 10_000))
def test_reads_of_any_size_are_one_stream(sizes: list[int], start: float) -> None:
    source = FormulaReader(sine(3000, RATE_HZ), 10**6, RATE_HZ)
    whole = Resampler(source, [0], start, 1 + 60e-6, RATE_HZ).read(sum(sizes))
    resampler = Resampler(source, [0], start, 1 + 60e-6, RATE_HZ)
    parts = np.concatenate([resampler.read(size) for size in sizes], axis=1)
    assert np.abs(whole - parts).max() < 1e-6


def make(
    source: AudioReader, segments: list[Segment], start: Fraction, seconds: int, rate_hz: int = RATE_HZ
) -> Waveform:
    return np.concatenate(list(mixdown(source, [0], segments, start, rate_hz, seconds * rate_hz)), axis=1)


class TestMixdown:
    NOISE = np.random.default_rng(1).uniform(-0.5, 0.5, 10 * RATE_HZ)

    @property
    def source(self) -> AudioReader:
        return FormulaReader(lambda n: self.NOISE[n.astype(int)], len(self.NOISE), RATE_HZ)

    def test_nothing_to_resample_is_copied_bit_for_bit(self) -> None:
        made = make(self.source, [Segment(0, 10, 3.25)], Fraction(1), 14)[0]
        begin = round(2.25 * RATE_HZ)
        assert not made[:begin].any()
        assert np.array_equal(made[begin : begin + len(self.NOISE)], self.NOISE.astype(np.float32))
        assert not made[begin + len(self.NOISE) :].any()

    def test_a_range_inside_the_segment(self) -> None:
        made = make(self.source, [Segment(0, 10, -3)], Fraction(1, 2), 2)[0]
        assert np.array_equal(made, self.NOISE[168_000 : 168_000 + 96_000].astype(np.float32))

    def test_a_pause_of_the_recorder_is_silence_with_faded_edges(self) -> None:
        segments = [Segment(0, 4, 0), Segment(4, 6, 7)]
        made = make(self.source, segments, Fraction(0), 13)[0]
        four, seven = 4 * RATE_HZ, 7 * RATE_HZ
        assert np.array_equal(made[: four - 480], self.NOISE[: four - 480].astype(np.float32))
        assert abs(made[four - 1]) < 0.01
        assert not made[four:seven].any()
        assert abs(made[seven + 1]) < 0.01
        assert np.array_equal(made[seven + 480 :][:RATE_HZ], self.NOISE[four + 480 :][:RATE_HZ].astype(np.float32))

    def test_segments_that_meet_are_crossfaded(self) -> None:
        """A dropped second in the file: the two sides overlap for 10 ms and their gains add up to one."""
        ones = FormulaReader(lambda n: np.ones(n.shape), 10 * RATE_HZ, RATE_HZ)
        made = make(ones, [Segment(0, 4, 0), Segment(5, 5, 4)], Fraction(0), 9)[0]
        assert np.abs(made - 1).max() < 1e-6
        made = make(self.source, [Segment(0, 4, 0), Segment(5, 5, 4)], Fraction(0), 9)[0]
        join = 4 * RATE_HZ
        assert np.array_equal(made[: join - 240], self.NOISE[: join - 240].astype(np.float32))
        late = slice(join + 241, join + RATE_HZ)
        assert np.array_equal(made[late], self.NOISE[join + RATE_HZ + 241 : join + 2 * RATE_HZ].astype(np.float32))

    def test_no_segments_are_silence(self) -> None:
        assert not make(self.source, [], Fraction(0), 1).any()

    @settings(max_examples=30, deadline=None)
    @given(
        start_s=st.floats(-20, 20),
        drift_ppm=st.sampled_from([0.0, 60.0, -1000.0]),
        begin=st.fractions(-5, 5, max_denominator=48048),
    )
    def test_a_tone_lands_in_phase(self, start_s: float, drift_ppm: float, begin: Fraction) -> None:
        """The event is a tone on the reference's clock; the file recorded it with its own start and clock."""
        speed = 1 + drift_ppm / 1e6
        frequency_hz = 2000.0

        def recorded(n: NDArray[np.floating]) -> NDArray[np.float64]:
            return np.asarray(0.5 * np.sin(2 * np.pi * frequency_hz * (start_s + n / RATE_HZ / speed)))

        source = FormulaReader(recorded, 60 * RATE_HZ, RATE_HZ)
        made = make(source, [Segment(0, 60, start_s, drift_ppm)], begin, 1)[0]
        times = float(begin) + np.arange(RATE_HZ) / RATE_HZ
        inside = (times > start_s + 0.01) & (times < start_s + 60 / speed - 0.01)
        ideal = 0.5 * np.sin(2 * np.pi * frequency_hz * times)
        assert np.abs(made - ideal)[inside].max(initial=0) < 2e-5
        assert not made[times < start_s - 0.001].any()


def test_two_threads_do_not_mix() -> None:
    """Each resampler has its own state; the shared taps are only read."""
    source = FormulaReader(sine(3000, RATE_HZ), 10**6, RATE_HZ)
    expected = Resampler(source, [0], 6000.5, 1 + 60e-6, RATE_HZ).read(50_000)
    made: list[Waveform] = []
    threads = [
        threading.Thread(target=lambda: made.append(Resampler(source, [0], 6000.5, 1 + 60e-6, RATE_HZ).read(50_000)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(expected, one) for one in made)
