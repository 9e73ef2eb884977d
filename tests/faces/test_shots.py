"""Cuts, and what looks like one."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faces.stage import SIZE
from scenes.drawn_face import DrawnFace, render
from twopop_engine.faces import shots

Picture = NDArray[np.uint8]


def cuts(pictures: Iterable[Picture]) -> list[int]:
    """The frames that begin a shot."""
    counter = shots.Shots()
    small = (np.asarray(cv2.resize(one, shots.SIZE, interpolation=cv2.INTER_AREA), np.uint8) for one in pictures)
    return [number for number, picture in enumerate(small) if counter.see(picture)]


def scene(seed: int, count: int = 8) -> list[Picture]:
    """Somebody who moves in a room."""
    return [render(SIZE, [DrawnFace(250 + 6 * step, 170, 180, seed=seed)], seed) for step in range(count)]


def brighter(picture: Picture, gain: float, white: float = 0.0) -> Picture:
    return np.asarray(np.clip(picture * gain * (1 - white) + 255 * white, 0, 255), np.uint8)


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5])
def test_a_cut_is_exact(after: int) -> None:
    assert cuts(scene(0, 7) + scene(after, 6) + scene(0, 5)) == [7, 13]


def test_shots_of_one_frame() -> None:
    assert cuts([picture for seed in range(5) for picture in scene(seed, 1)]) == [1, 2, 3, 4]


@pytest.mark.parametrize(("gain", "white"), [(2.2, 0.0), (4.0, 0.0), (1.0, 0.4), (1.0, 0.8), (1.0, 1.0)])
@pytest.mark.parametrize("length", [1, 2])
def test_a_flash_is_no_cut(gain: float, white: float, length: int) -> None:
    pictures = scene(1, 10)
    pictures[4 : 4 + length] = [brighter(picture, gain, white) for picture in pictures[4 : 4 + length]]
    assert cuts(pictures) == []


def test_a_light_that_stays_on_is_at_most_one_cut() -> None:
    pictures = scene(1, 12)
    assert len(cuts(pictures[:4] + [brighter(picture, 2.5) for picture in pictures[4:]])) <= 1


@pytest.mark.parametrize("step", [10, 40, 80, 110])
def test_a_pan_is_no_cut(step: int) -> None:
    assert cuts([render(SIZE, [], 2, shift=step * frame) for frame in range(8)]) == []


def test_a_cut_through_black_counts_once() -> None:
    black = [np.zeros((360, 640, 3), np.uint8)] * 4
    assert cuts(scene(0, 5) + black + scene(1, 5)) == [9]
    assert cuts(scene(0, 5) + black + scene(0, 5)) == []
    assert cuts(black + scene(0, 5)) == []


def test_a_fade_is_no_cut() -> None:
    assert cuts([brighter(picture, 1 - step / 12) for step, picture in enumerate(scene(3, 12))]) == []


def test_somebody_who_walks_through_is_no_cut() -> None:
    assert cuts([render(SIZE, [DrawnFace(40 * frame, 190, 300, seed=2)], 4) for frame in range(18)]) == []


def test_noise_is_no_cut() -> None:
    rng = np.random.default_rng(2)
    noisy = [np.clip(picture + rng.normal(0, 25, picture.shape), 0, 255).astype(np.uint8) for picture in scene(2)]
    assert cuts(noisy) == []
