"""SyncNet from frames and sound to scores: signs, clocks, runs, and the published figures."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from syncnet.matched_towers import MatchedTowers, noise
from syncnet.sounds import ArraySound, voice
from syncnet.stills import face, frame, landmarks
from twopop.errors import ModelMissing, ModelUnreadable
from twopop_engine.sync.scores import LseFigures, ScoreMap
from twopop_engine.sync.syncnet.crop import Crop, Cropper
from twopop_engine.sync.syncnet.distance import figures, pair_distances, with_zero_padding
from twopop_engine.sync.syncnet.listener import Listener
from twopop_engine.sync.syncnet.model import SyncNet, load_towers
from twopop_engine.sync.syncnet.towers import Towers
from twopop_models.store import Store

FACE = face(landmarks(20, 20, 56, 56))


def course(ticks: int) -> NDArray[np.float64]:
    """How bright and loud it is at each tick, 0 to 1."""
    drawn = np.random.default_rng(4).uniform(0, 1, ticks + 8)
    return np.convolve(drawn, np.ones(3) / 3, "same")[:ticks]


def gray(value: float) -> NDArray[np.uint8]:
    return np.full((96, 96, 3), round(255 * value), np.uint8)


def scored(
    towers: Towers,
    times: Sequence[Fraction],
    values: Sequence[float] | NDArray[np.float64],
    sound: NDArray[np.float32],
    missing: range = range(0),
) -> tuple[ScoreMap, LseFigures | None]:
    scorer = SyncNet(towers).scorer()
    for index, (time, value) in enumerate(zip(times, values, strict=True)):
        scorer.see(frame(time, gray(value)), None if index in missing else FACE)
    return scorer.score(ArraySound(sound))


def best_lag_s(scores: ScoreMap) -> float:
    return float(scores.lags_s[np.argmax(scores.sums.sum(axis=0))])


@pytest.mark.parametrize("lead", [-15, -4, 0, 3, 15])
def test_sound_that_leads_gives_a_positive_lag(lead: int) -> None:
    shown = course(150)
    heard = noise(np.roll(shown, -lead))  # what is seen at i is heard at i - lead
    scores, lse = scored(MatchedTowers(), [Fraction(i, 25) for i in range(150)], shown, heard)
    assert best_lag_s(scores) == pytest.approx(lead / 25)
    assert lse is not None
    assert lse.lse_d_corrected < 0.5 < lse.lse_c_corrected


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30), Fraction(60000, 1001)])
def test_other_frame_rates_give_the_same_lag(rate: Fraction) -> None:
    shown = course(150)
    times = [i / rate for i in range(round(6 * rate) - 3)]
    values = np.interp([float(time * 25) for time in times], np.arange(150), shown).tolist()
    scores, _ = scored(MatchedTowers(), times, values, noise(np.roll(shown, -3)))
    assert best_lag_s(scores) == pytest.approx(0.12)
    found = figures(-scores.sums.sum(axis=0, dtype=np.float64))
    assert found.offset_fine_frames == pytest.approx(3, abs=0.25)


def test_picture_that_begins_later_keeps_the_files_clock() -> None:
    shown = course(150)
    times = [Fraction(i, 25) for i in range(150)]
    scores, _ = scored(MatchedTowers(), times[43:], list(shown)[43:], noise(np.roll(shown, 5)))
    assert best_lag_s(scores) == pytest.approx(-0.2)
    assert scores.start_s == pytest.approx(1.6)  # the block that 1.72 s lies in


def test_a_lag_that_changes_is_seen_block_by_block() -> None:
    shown = course(400)
    heard = np.concatenate([np.roll(shown, -6)[:200], np.roll(shown, 4)[200:]])
    scores, _ = scored(MatchedTowers(), [Fraction(i, 25) for i in range(400)], shown, noise(heard))
    middle = round(8 / scores.step_s)
    first, second = scores.sums[: middle - 4].sum(axis=0), scores.sums[middle + 4 :].sum(axis=0)
    assert scores.lags_s[np.argmax(first)] == pytest.approx(0.24)
    assert scores.lags_s[np.argmax(second)] == pytest.approx(-0.16)


def test_weights_count_windows_by_their_middle() -> None:
    shown = course(100)
    times = [Fraction(i, 25) for i in range(100)]
    scores, _ = scored(MatchedTowers(), times, shown, noise(shown), missing=range(40, 60))
    # Runs of 40 frames: 35 windows each, beginning at ticks 0 to 34 and 60 to 94; their middles are 2.5 ticks later.
    begins = [*range(35), *range(60, 95)]
    expected = np.bincount([(2 * tick + 5) // 10 for tick in begins], minlength=20) * 0.04
    np.testing.assert_allclose(scores.weights_s, expected, atol=1e-6)
    assert not scores.sums[scores.weights_s == 0].any()


def test_figures_are_the_published_ones(towers: Towers) -> None:
    rng = np.random.default_rng(2)
    pictures = [rng.integers(0, 256, (96, 96, 3), np.uint8) for _ in range(33)]
    sound = ArraySound(voice(33 / 25))
    scorer, cropper = SyncNet(towers).scorer(), Cropper()
    crops: list[Crop] = []
    for index, picture in enumerate(pictures):
        shown = frame(Fraction(index, 25), picture)
        scorer.see(shown, FACE)
        crops += cropper.see(shown, FACE)
    crops += cropper.finish()
    scores, found = scorer.score(sound)
    # The published procedure: 33 frames make 28 windows.
    video = towers.video(np.stack([crop.picture for crop in crops]))[:28]
    audio = Listener(towers, sound).embed(0, 28)
    means = with_zero_padding(pair_distances(video, audio), video).mean(axis=0)
    expected = figures(means.astype(np.float64))
    assert found is not None
    assert found.lse_d == pytest.approx(expected.min_distance, rel=1e-5)
    assert found.lse_c == pytest.approx(expected.confidence, rel=1e-3)
    assert float(scores.weights_s.sum()) == pytest.approx(28 / 25, abs=1e-5)


def test_zero_padding_shows_in_the_published_figures_only() -> None:
    # All loud and bright: every pair that exists fits at every lag, and only the padding tells lags apart.
    scores, lse = scored(MatchedTowers(), [Fraction(i, 25) for i in range(100)], [1.0] * 100, noise(np.ones(100)))
    assert lse is not None
    assert lse.lse_c > 0.5
    assert lse.lse_c_corrected < 0.05
    curve = scores.sums.sum(axis=0) / scores.weights_s.sum()
    assert np.ptp(curve) < 0.1


def test_missing_weights_say_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"twopop models pull syncnet\.v2 --accept-license"):
        load_towers(Store(tmp_path))


def test_files_that_are_no_towers(tower_files: list[Path], tmp_path: Path) -> None:
    video, audio = tower_files
    with pytest.raises(ModelUnreadable, match=r"expected a tower of SyncNet that takes \[3, 5, 224, 224\], found"):
        Towers(audio, video)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(ModelUnreadable, match="is not an ONNX file"):
        Towers(broken, audio)
