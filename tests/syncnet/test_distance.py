"""Offset, distance and confidence from embeddings whose truth is planted."""

import numpy as np
import pytest
import torch
from scipy import signal

from twopop_engine.sync.syncnet.distance import (
    LAGS,
    MAX_LAG,
    figures,
    frame_confidence,
    pair_distances,
    with_zero_padding,
)

RNG = np.random.default_rng(3)


def one_hot(count: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Rows at right angles: any two differ by the root of two times their length."""
    return np.eye(count, width, dtype=np.float32)


@pytest.mark.parametrize("lead", [-15, -7, 0, 1, 3, 15])
def test_planted_shifts_give_exact_figures(lead: int) -> None:
    # Sound that leads by k frames: what is seen at i was heard at i - k.
    video = 3 * one_hot(60, 64)
    audio = np.zeros((60, 64), np.float32)
    for index in range(60):
        if 0 <= index + lead < 60:
            audio[index] = video[index + lead]
        else:
            audio[index, 60 + index % 4] = 3  # sound of something that is not seen
    published = with_zero_padding(pair_distances(video, audio), video)
    found = figures(published.mean(axis=0, dtype=np.float64))
    # 60 - |lead| pairs are equal; the others meet zeros, which are 3 away.
    assert found.offset_frames == lead
    assert found.min_distance == pytest.approx(3 * abs(lead) / 60, abs=1e-4)
    # At any other lag k, |k| pairs meet zeros and the others are 3 times the root of two apart.
    others = [(3 * abs(lag) + 3 * np.sqrt(2) * (60 - abs(lag))) / 60 for lag in range(-15, 16) if lag != lead]
    median = np.median([*others, 3 * abs(lead) / 60])
    assert found.confidence == pytest.approx(median - 3 * abs(lead) / 60, abs=1e-4)


def test_corrected_distances_leave_out_what_does_not_exist() -> None:
    video = 3 * one_hot(60, 64)
    distances = pair_distances(video[3:], video[:-3])  # what is seen at i is heard at i + 3: the sound is late
    assert np.isnan(distances).sum() == 2 * sum(range(MAX_LAG + 1))
    found = figures(np.asarray(np.nanmean(distances, axis=0), np.float64))
    assert found.offset_frames == -3
    assert found.min_distance == pytest.approx(0, abs=1e-4)
    assert found.confidence == pytest.approx(3 * np.sqrt(2), abs=1e-4)


def test_sound_around_the_windows_is_used() -> None:
    video = RNG.standard_normal((20, 8)).astype(np.float32)
    audio = RNG.standard_normal((50, 8)).astype(np.float32)
    distances = pair_distances(video, audio, 15)
    assert not np.isnan(distances).any()
    assert distances[4, MAX_LAG + 6] == pytest.approx(np.linalg.norm(video[4] - audio[15 + 4 - 6]), abs=1e-5)


def test_published_figures_equal_those_of_torch() -> None:
    video, audio = (RNG.standard_normal((40, 1024)).astype(np.float32) for _ in range(2))
    # The published procedure in torch: pad with zeros, take pairwise distances, mean, least, median.
    padded = torch.nn.functional.pad(torch.tensor(audio), (0, 0, 15, 15))
    rows = [
        torch.nn.functional.pairwise_distance(torch.tensor(video[i : i + 1]), padded[i : i + 31]) for i in range(40)
    ]
    means = torch.stack(rows, 1).mean(1)
    least, index = torch.min(means, 0)
    median = torch.median(means)
    distances = with_zero_padding(pair_distances(video, audio), video)
    found = figures(distances.mean(axis=0, dtype=np.float64))
    assert found.offset_frames == 15 - int(index)
    assert found.min_distance == pytest.approx(float(least), abs=1e-4)
    assert found.confidence == pytest.approx(float(median - least), abs=1e-4)
    by_frame = signal.medfilt(median.numpy() - np.array([row[index].item() for row in rows]), 9)
    np.testing.assert_allclose(frame_confidence(distances, found.offset_frames), by_frame, rtol=0, atol=1e-4)


@pytest.mark.parametrize("truth", [-4.5, -0.3, 0.0, 0.25, 7.4])
def test_the_parabola_finds_its_own_vertex(truth: float) -> None:
    curve = 5 + 0.1 * (np.arange(LAGS) - MAX_LAG - truth) ** 2
    found = figures(np.asarray(curve, np.float64))
    assert found.offset_fine_frames == pytest.approx(truth, abs=1e-9)
    assert abs(found.offset_frames - truth) <= 0.5


def test_at_the_border_there_is_no_parabola() -> None:
    for curve, lag in ((np.arange(LAGS, dtype=float), -15), (-np.arange(LAGS, dtype=float), 15)):
        found = figures(curve)
        assert (found.offset_frames, found.offset_fine_frames) == (lag, lag)


def test_of_equal_lags_the_published_code_takes_the_greatest() -> None:
    found = figures(np.ones(LAGS))
    assert (found.offset_frames, found.confidence) == (15, 0)


def test_lags_without_pairs_are_passed_over() -> None:
    curve = np.full(LAGS, np.nan)
    curve[10:20] = np.arange(10) + 1.0
    found = figures(curve)
    assert (found.offset_frames, found.min_distance, found.confidence) == (-5, 1.0, 4.5)
    assert found.offset_fine_frames == -5
