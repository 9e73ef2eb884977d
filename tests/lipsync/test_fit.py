"""Embeddings with a planted shift give exactly that lag; what has no sound speaks for no lag."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from lipsync.faces import face, frame, points
from lipsync.planted import LoudnessTowers
from syncnet.sounds import ArraySound
from twopop_engine.runtime.models import model_store
from twopop_engine.sync.lipsync.lips import Mouth
from twopop_engine.sync.lipsync.model import MOST_LAG, LipScorer, fit, load_towers

Floats = NDArray[np.float32]


def codes(frames: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).standard_normal((frames, 8)).astype(np.float32)


@pytest.mark.parametrize("lag", [-100, -37, 0, 1, 58, 100])
def test_planted_codes_are_found_at_their_lag(lag: int) -> None:
    lips = codes(400)
    around = codes(400 + 2 * MOST_LAG, seed=1)
    start = MOST_LAG - lag  # the sound leads by `lag` frames: it lies before the lips
    around[start : start + 400] = lips
    fits, seconds = fit(lips, around, np.ones(len(around), np.bool_))
    assert fits.sum(axis=0).argmax() - MOST_LAG == lag
    assert fits[:, lag + MOST_LAG] == pytest.approx((lips**2).sum(axis=1), rel=1e-5)
    assert seconds.sum() == pytest.approx(4.0)


def test_lags_without_sound_get_the_average_of_the_others() -> None:
    lips, around = codes(50), codes(50 + 2 * MOST_LAG, seed=1)
    usable = np.ones(len(around), np.bool_)
    usable[:60] = False
    fits, seconds = fit(lips, around, usable)
    # The first frame has sound from 0.4 s before it on: lags above 40 frames have none.
    assert fits[0, MOST_LAG + 41 :] == pytest.approx(np.full(60, fits[0, : MOST_LAG + 41].mean()), abs=1e-4)
    assert seconds[0] == pytest.approx(0.01)


def test_frames_whose_own_sound_is_missing_weigh_nothing() -> None:
    usable = np.ones(50 + 2 * MOST_LAG, np.bool_)
    usable[MOST_LAG : MOST_LAG + 20] = False
    _, seconds = fit(codes(50), codes(50 + 2 * MOST_LAG), usable)
    assert not seconds[:20].any()
    assert seconds[20:].all()


def opening_at(time_s: float) -> float:
    """A mouth that opens at uneven times."""
    return 0.12 + 0.1 * float(np.sin(9 * time_s) * np.sin(5.3 * time_s + 1) + 0.3 * np.sin(23 * time_s))


def sound_of(length_s: float, lead_s: float) -> ArraySound:
    """Noise as loud as that mouth is open, ahead of it by a lead."""
    time_s = np.arange(round(16000 * length_s)) / 16000 + lead_s
    opening = 0.12 + 0.1 * (np.sin(9 * time_s) * np.sin(5.3 * time_s + 1) + 0.3 * np.sin(23 * time_s))
    noise = np.random.default_rng(4).standard_normal(len(time_s))
    return ArraySound((0.05 * noise * np.exp(12 * opening)).astype(np.float32))


@pytest.mark.parametrize("lead_s", [-0.4, -0.12, 0.0, 0.04, 0.333])
@pytest.mark.parametrize(
    "rate", [Fraction(15), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(120)]
)
def test_a_film_of_known_lead_is_measured_at_every_rate(lead_s: float, rate: Fraction) -> None:
    scorer = LipScorer(LoudnessTowers())
    for number in range(int(8 * rate)):
        time = number / rate
        scorer.see(frame(time), face(points(opening_at(float(time)))))
    scores, lse = scorer.score(sound_of(8.2, lead_s))
    assert lse is None
    assert scores.lags_s[scores.sums.sum(axis=0).argmax()] == pytest.approx(lead_s, abs=0.0101)
    assert scores.weights_s.sum() == pytest.approx(8, abs=0.1)


def test_uneven_frames_are_measured_by_their_times() -> None:
    scorer = LipScorer(LoudnessTowers())
    rng = np.random.default_rng(2)
    time = Fraction(0)
    while time < 8:
        scorer.see(frame(time), face(points(opening_at(float(time)))))
        time += Fraction(int(rng.integers(20, 90)), 1000)
    scores, _ = scorer.score(sound_of(8.2, 0.2))
    assert scores.lags_s[scores.sums.sum(axis=0).argmax()] == pytest.approx(0.2, abs=0.0101)


def test_a_face_that_goes_and_comes_back_leaves_its_gap_out() -> None:
    scorer = LipScorer(LoudnessTowers())
    for number in range(200):
        time = Fraction(number, 25)
        away = 80 <= number < 130
        scorer.see(frame(time), None if away else face(points(opening_at(float(time)))))
    scores, _ = scorer.score(sound_of(8.2, 0.08))
    middles_s = scores.start_s + (np.arange(len(scores.weights_s)) + 0.5) * scores.step_s
    assert not scores.weights_s[(middles_s > 3.3) & (middles_s < 5.1)].any()
    assert scores.lags_s[scores.sums.sum(axis=0).argmax()] == pytest.approx(0.08, abs=0.0101)


def test_pieces_of_a_run_are_embedded_as_the_whole_is() -> None:
    mouth, rng = Mouth(), np.random.default_rng(8)
    for number in range(300):
        mouth.see(Fraction(number, 25), face(points(float(rng.uniform(0, 0.3)))))
    towers = load_towers(model_store())
    whole = list(mouth.embedded(towers, 100_000))
    pieces = list(mouth.embedded(towers, 130))
    assert [piece.first for piece in pieces] == list(range(0, 1197, 130))
    assert np.concatenate([piece.lips for piece in pieces]) == pytest.approx(whole[0].lips, abs=1e-4)
