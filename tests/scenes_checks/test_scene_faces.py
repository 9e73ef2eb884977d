"""Drawn faces are what they say that they are."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from scenes.drawn_face import DrawnFace, render, with_mouth
from scenes.drawn_film import Film, talking_video
from twopop_engine.media.frames import open_video
from twopop_engine.media.pcm import open_audio

SIZE = (320, 240)


def test_the_same_face_is_drawn_alike() -> None:
    face = DrawnFace(150.3, 120.6, 140, yaw_deg=12, seed=3)
    np.testing.assert_array_equal(render(SIZE, [face], 1), render(SIZE, [face], 1))
    assert np.abs(render(SIZE, [face], 1).astype(int) - render(SIZE, [DrawnFace(150.3, 120.6, 140)], 1)).mean() > 2


def test_the_inner_lips_are_where_they_say() -> None:
    """Between them it is dark, beyond them it is not."""
    face = DrawnFace(160, 115, 180, aperture=1.0, seed=0)
    gray = render(SIZE, [face]).mean(axis=2)
    column = round(face.lips[13][0])
    upper, lower = face.lips[13][1], face.lips[14][1]
    assert face.opening_px == pytest.approx(lower - upper)
    dark = np.flatnonzero(gray[:, column] < 60)
    inside = dark[(dark > upper - 6) & (dark < lower + 6)]
    assert inside.max() == pytest.approx(lower, abs=2)
    assert inside.min() > upper


def test_the_opening_grows_with_the_aperture_and_the_size() -> None:
    openings = [with_mouth(DrawnFace(160, 115, 180), one).opening_px for one in (0, 0.25, 0.5, 1)]
    np.testing.assert_allclose(openings, np.array([0, 0.25, 0.5, 1]) * openings[-1], atol=1.5)
    assert DrawnFace(0, 0, 90, aperture=1).opening_px == pytest.approx(openings[-1] / 2)


@pytest.mark.parametrize("turn", [{"yaw_deg": 25}, {"pitch_deg": 15}, {"roll_deg": 30}, {}])
def test_points_follow_the_turn(turn: dict[str, float]) -> None:
    """The pupils are dark spots in the picture."""
    face = DrawnFace(160, 120, 200, seed=3, **turn)  # type: ignore[arg-type]
    gray = render(SIZE, [face]).mean(axis=2)
    for x in (-0.3, 0.3):
        column, row = (round(value) for value in face.point(x, -0.06))
        around = gray[row - 10 : row + 11, column - 10 : column + 11]
        rows, columns = np.nonzero(around < around.min() + 30)
        assert (rows.mean(), columns.mean()) == pytest.approx((10, 10), abs=3.5)


def test_a_talking_film_has_its_pictures_and_its_sound(tmp_path: Path) -> None:
    sound = np.zeros(16000, np.float32)
    sound[8000:8400] = 0.5 * np.sin(np.arange(400) * 0.4)
    film = Film("ffv1", "yuv420p", {}, sound_codec="pcm_s16le")
    path = talking_video(tmp_path / "talk.mkv", np.linspace(0, 1, 25), 25, size=SIZE, sound=sound, film=film)
    with open_video(path) as video:
        assert [frame.time for frame in video.frames()] == [Fraction(number, 25) for number in range(25)]
    with open_audio(path) as heard:
        loud = np.flatnonzero(np.abs(heard.read(0, 48000)[0]) > 0.2)
    assert loud[0] / heard.rate_hz == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize("place", [(-500, 100), (900, 100), (100, -500), (100, 900), (-40, 100), (300, 230)])
def test_a_face_may_lie_outside(place: tuple[int, int]) -> None:
    picture = render(SIZE, [DrawnFace(*place, 140, has_shoulders=False)])
    is_seen = np.abs(picture.astype(int) - render(SIZE, [])).max() > 0
    assert is_seen == (-70 < place[0] < 390 and -70 < place[1] < 310)
