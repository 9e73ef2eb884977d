"""Crops against the published code's arithmetic, smoothing against scipy, time against fractions."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from syncnet.stills import face, frame, landmarks
from twopop_engine.faces.face import Face
from twopop_engine.sync.syncnet.crop import Crop, Cropper, Square, cut, face_square

RNG = np.random.default_rng(8)
PICTURE = np.asarray(cv2.resize(RNG.integers(0, 256, (18, 24, 3), np.uint8), (240, 180)), np.uint8)


def published(picture: NDArray[np.uint8], half: float, x: float, y: float) -> NDArray[np.uint8]:
    """The published arithmetic: pad everything, then cut."""
    pad = int(half * 1.8)
    padded = np.pad(picture, ((pad, pad), (pad, pad), (0, 0)), constant_values=110)
    rows = slice(int(y + pad - half), int(y + pad + half * 1.8))
    columns = slice(int(x + pad - half * 1.4), int(x + pad + half * 1.4))
    return np.asarray(cv2.resize(padded[rows, columns], (224, 224)), np.uint8)


@pytest.mark.parametrize(
    ("half", "x", "y"), [(40.0, 120, 80), (33.7, 100.2, 61.9), (80, 5, 4), (61.3, 239, 179), (90, 120, 90)]
)
def test_crops_equal_the_published_arithmetic(half: float, x: float, y: float) -> None:
    assert np.array_equal(cut(PICTURE, Square(half, x, y)), published(PICTURE, half, x, y))


def test_a_face_outside_the_frame_is_gray() -> None:
    assert (cut(PICTURE, Square(20, -200, 50)) == 110).all()
    assert cut(PICTURE, Square(0.1, 50, 50)).shape == (224, 224, 3)


def test_the_square_of_the_published_example() -> None:
    # The mesh that was measured on it; the example is the crop of a box of 160 whose middle is at (112, 80).
    square = face_square(landmarks(47.8, 5.7, 127.7, 156.0))
    assert [square.half, square.x, square.y] == pytest.approx([80, 112, 80], abs=0.5)
    assert face_square(landmarks(0, 0, 50, 20)).half == pytest.approx(0.513 * 50)


def crops(sightings: list[tuple[Fraction, Face | None]], picture: NDArray[np.uint8] = PICTURE) -> list[Crop]:
    cropper = Cropper()
    found = [crop for time, seen in sightings for crop in cropper.see(frame(time, picture), seen)]
    return found + list(cropper.finish())


def ticks(sightings: list[tuple[Fraction, Face | None]]) -> list[int]:
    return [crop.tick for crop in crops(sightings)]


FACE = face(landmarks(80, 40, 60, 70))


def test_smoothing_is_a_median_with_zeros_beyond_the_ends() -> None:
    boxes = RNG.uniform(30, 90, (30, 3))
    points = [landmarks(x, y, 0.8 * size, size) for x, y, size in boxes]
    squares = [face_square(mesh) for mesh in points]
    smooth = [signal.medfilt([getattr(square, name) for square in squares], 13) for name in ("half", "x", "y")]
    found = crops([(Fraction(i, 25), face(mesh)) for i, mesh in enumerate(points)])
    assert [crop.tick for crop in found] == list(range(30))
    bgr = PICTURE[:, :, ::-1]
    for crop, half, x, y in zip(found, *smooth, strict=True):
        assert np.array_equal(crop.picture, cut(bgr, Square(half, x, y)))


RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(8), Fraction(1)]


@pytest.mark.parametrize("rate", RATES)
def test_each_tick_shows_the_nearest_frame(rate: Fraction) -> None:
    start = Fraction(1, 7)
    times = [start + i / rate for i in range(max(4, round(2 * rate)))]
    shades = [np.full((60, 60, 3), 3 * i % 256, np.uint8) for i in range(len(times))]
    cropper = Cropper()
    whole = face(landmarks(5, 5, 45, 45))
    found = [crop for time, shade in zip(times, shades, strict=True) for crop in cropper.see(frame(time, shade), whole)]
    found += cropper.finish()
    half = Fraction(1, 50)
    assert found[0].tick == 4  # at 0.16 s; 0.12 s is more than half a tick before 1/7 s
    assert [crop.tick for crop in found] == list(range(4, 4 + len(found)))
    for crop in found:
        time = Fraction(crop.tick, 25)
        begun = [i for i, at in enumerate(times) if at <= time + half]
        shown = min(begun, key=lambda i: (abs(times[i] - time), -i))
        assert (crop.picture[112, 112] == 3 * shown % 256).all()
    assert times[-1] - half < Fraction(found[-1].tick, 25) < times[-1] + half


def test_a_face_that_is_lost_ends_a_run() -> None:
    seen = [(Fraction(i, 25), None if i in (10, 11, 20) else FACE) for i in range(30)]
    # Ten, eight and nine frames: each run has enough for the median.
    assert ticks(seen) == [*range(10), *range(12, 20), *range(21, 30)]


def test_short_runs_are_dropped() -> None:
    six = [(Fraction(i, 25), FACE if i < 6 else None) for i in range(12)]
    assert ticks(six) == []
    seven = [(Fraction(i, 25), FACE if i < 7 else None) for i in range(12)]
    assert ticks(seven) == list(range(7))


def test_nothing_seen_nothing_cropped() -> None:
    assert ticks([]) == []
    assert ticks([(Fraction(0), None)]) == []
    assert ticks([(Fraction(i, 25), None) for i in range(40)]) == []


def test_times_before_zero() -> None:
    assert ticks([(Fraction(i, 25) - Fraction(3, 10), FACE) for i in range(20)])[0] == -8  # at -0.32 s
