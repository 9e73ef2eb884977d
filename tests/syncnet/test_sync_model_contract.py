"""What every model of lip sync must do, whatever it is: `twopop_engine.sync.scores.SyncModel`.

To hold another model to it, add a line to `MODELS`.
"""

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from syncnet.matched_towers import MatchedTowers
from syncnet.sounds import ArraySound, voice
from syncnet.stills import face, frame, landmarks
from twopop_engine.faces.face import Face
from twopop_engine.runtime.models import model_store
from twopop_engine.sync.lipsync.model import load_model
from twopop_engine.sync.scores import LseFigures, ScoreMap, SyncModel
from twopop_engine.sync.syncnet.model import SyncNet
from twopop_engine.sync.syncnet.towers import Towers
from twopop_models.cards import load_cards


@dataclass(frozen=True)
class Entry:
    """A model under contract.

    Attributes:
        name: As tests are called.
        make: Makes it, given SyncNet's towers with random weights.
        length_s: Length of the clips that it is tried on.
        is_cheap: Whether it can be run for ten minutes of video.
    """

    name: str
    make: Callable[[Towers], SyncModel]
    length_s: float
    is_cheap: bool


MODELS = [
    Entry("syncnet-random", lambda towers: SyncNet(towers), 1.2, False),
    Entry("syncnet-matched", lambda towers: SyncNet(MatchedTowers()), 6.0, True),
    Entry("lipsync", lambda towers: load_model(model_store()), 6.0, True),
]

Scored = tuple[ScoreMap, LseFigures | None]


@pytest.fixture(params=MODELS, ids=lambda entry: entry.name)
def entry(request: pytest.FixtureRequest) -> Entry:
    found = request.param
    assert isinstance(found, Entry)
    return found


@pytest.fixture
def model(entry: Entry, towers: Towers) -> SyncModel:
    return entry.make(towers)


def talking(index: int) -> Face:
    """A face whose lips open and close."""
    return face(landmarks(16, 10, 60, 76, 0.08 + 0.06 * np.sin(index * 0.9)))


def still(index: int) -> Face:
    """A face whose lips are shut."""
    return face(landmarks(16, 10, 60, 76, 0.0))


def nobody(index: int) -> Face | None:
    """Nothing."""
    return None


def run(
    model: SyncModel,
    length_s: float,
    sound: NDArray[np.float32],
    seen: Callable[[int], Face | None] = talking,
    rate: Fraction = Fraction(25),
    start: Fraction = Fraction(0),
) -> Scored:
    scorer = model.scorer()
    rng = np.random.default_rng(6)
    for index in range(round(length_s * rate)):
        picture = np.full((96, 96, 3), rng.integers(0, 256), np.uint8)
        scorer.see(frame(start + index / rate, picture), seen(index))
    return scorer.score(ArraySound(sound))


def check_shape(scores: ScoreMap) -> None:
    """All that holds of any score map."""
    blocks = len(scores.weights_s)
    assert scores.sums.shape == (blocks, len(scores.lags_s))
    assert scores.speech_s.shape == scores.motion.shape == (blocks,)
    steps = np.diff(scores.lags_s)
    assert (steps > 0).all()
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
    np.testing.assert_allclose(scores.lags_s, -scores.lags_s[::-1], atol=1e-9)
    assert 0.5 <= scores.lags_s[-1] <= 1.01
    for values in (scores.sums, scores.weights_s, scores.speech_s, scores.motion):
        assert np.isfinite(values).all()
    for seconds in (scores.weights_s, scores.speech_s):
        assert (seconds >= 0).all()
        assert (seconds <= scores.step_s + 1e-6).all()
    assert (scores.motion >= 0).all()


def check_figures(figures: LseFigures | None) -> None:
    if figures is not None:
        assert np.isfinite([figures.lse_d, figures.lse_c, figures.lse_d_corrected, figures.lse_c_corrected]).all()


def test_its_card_exists(model: SyncModel) -> None:
    assert model.id in {card.id for card in load_cards()}


@pytest.mark.parametrize(("rate", "start"), [(Fraction(25), Fraction(0)), (Fraction(30000, 1001), Fraction(7, 5))])
def test_maps_cover_the_video(model: SyncModel, entry: Entry, rate: Fraction, start: Fraction) -> None:
    scores, figures = run(model, entry.length_s, voice(entry.length_s + 2), rate=rate, start=start)
    check_shape(scores)
    check_figures(figures)
    end_s = scores.start_s + scores.step_s * len(scores.weights_s)
    assert start - scores.step_s < scores.start_s < start + 1e-6
    assert start + entry.length_s - 1.5 / rate <= end_s < start + entry.length_s + scores.step_s
    assert 0.5 * entry.length_s <= scores.weights_s.sum() <= entry.length_s


def test_the_same_twice_is_the_same(model: SyncModel, entry: Entry) -> None:
    sound = voice(entry.length_s)
    (first, figures), (second, again) = (run(model, entry.length_s, sound) for _ in range(2))
    assert np.array_equal(first.sums, second.sums)
    assert np.array_equal(first.weights_s, second.weights_s)
    assert figures == again


def test_nobody_weighs_nothing(model: SyncModel, entry: Entry) -> None:
    scores, figures = run(model, entry.length_s, voice(entry.length_s), nobody)
    check_shape(scores)
    assert not scores.weights_s.any()
    assert not scores.motion.any()
    assert figures is None


def test_where_the_face_is_gone_nothing_weighs(model: SyncModel, entry: Entry) -> None:
    frames = round(entry.length_s * 25)
    gone = range(frames // 2, frames)
    scores, _ = run(model, entry.length_s, voice(entry.length_s), lambda i: None if i in gone else talking(i))
    after = scores.start_s + scores.step_s * np.arange(len(scores.weights_s)) > gone.start / 25
    assert after.any()
    assert not scores.weights_s[after].any()
    assert scores.weights_s[~after].any()


def test_no_frames_at_all(model: SyncModel) -> None:
    scores, figures = run(model, 0, voice(1.0))
    check_shape(scores)
    assert len(scores.weights_s) == 0
    assert figures is None


def test_silence_is_finite_and_no_speech(model: SyncModel, entry: Entry) -> None:
    scores, figures = run(model, entry.length_s, np.zeros(round(entry.length_s * 16000), np.float32))
    check_shape(scores)
    check_figures(figures)
    assert not scores.speech_s.any()


def test_speech_is_counted_where_it_is(model: SyncModel, entry: Entry) -> None:
    sound = voice(entry.length_s)
    half = len(sound) // 2
    sound[half:] *= 1e-4
    speech_s = run(model, entry.length_s, sound)[0].speech_s
    middle = len(speech_s) // 2
    assert speech_s[: middle - 1].sum() > 0.2 * entry.length_s / 2
    assert speech_s[middle + 1 :].sum() < 0.05 * entry.length_s


@pytest.mark.parametrize("share", [0.0, 0.02, 0.75])
def test_sound_that_ends_early_weighs_less(model: SyncModel, entry: Entry, share: float) -> None:
    scores, figures = run(model, 2 * entry.length_s, voice(share * 2 * entry.length_s))
    check_shape(scores)
    check_figures(figures)
    # A block may use the lags that there are, but not once the sound is out of reach of all of them.
    reach = share * 2 * entry.length_s + scores.lags_s[-1]
    begins = scores.start_s + scores.step_s * np.arange(len(scores.weights_s))
    assert not scores.weights_s[begins > reach].any()
    assert scores.weights_s.sum() <= share * 2 * entry.length_s
    assert scores.weights_s.any() or share < 0.75


def test_still_lips_do_not_move(model: SyncModel, entry: Entry) -> None:
    sound = voice(entry.length_s)
    moving = run(model, entry.length_s, sound)[0].motion
    resting = run(model, entry.length_s, sound, still)[0].motion
    assert resting.max() < 0.05 * moving.mean()
    assert np.median(moving) > 0


def test_faces_of_one_video_share_their_blocks(model: SyncModel, entry: Entry) -> None:
    late = round(entry.length_s * 25) // 3
    sound = voice(entry.length_s)
    first, _ = run(model, entry.length_s, sound)
    second, _ = run(model, entry.length_s, sound, lambda i: talking(i) if i >= late else None)
    offset = (second.start_s - first.start_s) / first.step_s
    assert offset == pytest.approx(round(offset))
    assert first.step_s == second.step_s


def test_scorers_do_not_disturb_each_other(model: SyncModel, entry: Entry) -> None:
    sound = voice(entry.length_s)
    alone, _ = run(model, entry.length_s, sound)
    scorers = [model.scorer(), model.scorer()]
    rng = np.random.default_rng(6)
    for index in range(round(entry.length_s * 25)):
        picture = np.full((96, 96, 3), rng.integers(0, 256), np.uint8)
        scorers[0].see(frame(Fraction(index, 25), picture), talking(index))
        scorers[1].see(frame(Fraction(index, 25), picture), still(index))
    scorers[1].score(ArraySound(sound[::-1].copy()))
    assert np.array_equal(scorers[0].score(ArraySound(sound))[0].sums, alone.sums)


@pytest.mark.parametrize("entry", [entry for entry in MODELS if entry.is_cheap], indirect=True, ids=lambda e: e.name)
def test_ten_minutes_fit_into_little_memory(model: SyncModel) -> None:
    sound = np.full(600 * 16000, 1e-4, np.float32)
    tracemalloc.start()
    try:
        scores, _ = run(model, 600, sound)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert scores.weights_s.sum() > 590
    assert peak < 50e6  # the embeddings of ten minutes alone would be 61 MB
