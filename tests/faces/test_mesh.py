"""The points of drawn faces, held against where they were drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from faces.stage import SIZE, meet, watch
from scenes.drawn_face import DrawnFace, render, with_mouth
from twopop_engine.faces.nets import FaceNets

EYES = {33: (-0.44, -0.06), 133: (-0.16, -0.06), 362: (0.16, -0.06), 263: (0.44, -0.06)}


def apertures(count: int, rate: float = 25) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    time = np.arange(count) / rate
    return np.clip(0.4 + 0.3 * np.sin(2 * np.pi * 3.1 * time) + 0.25 * np.sin(2 * np.pi * 5.3 * time + 1), 0, 1)


def gaps(nets: FaceNets, faces: list[DrawnFace], seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Distance of the inner lips in each frame, over the height of the face."""
    seen = watch(nets, [render(SIZE, [face], seed) for face in faces])
    points = [frame.faces[0].landmarks.astype(np.float64) for frame in seen]
    return np.array([np.hypot(*(one[13] - one[14])[:2]) / np.hypot(*(one[10] - one[152])[:2]) for one in points])


@pytest.mark.parametrize("roll_deg", [0, 30, -25])
@pytest.mark.parametrize("seed", range(5))
def test_points_lie_where_they_are_drawn(nets: FaceNets, seed: int, roll_deg: float) -> None:
    face = DrawnFace(330.4, 170.7, 180, roll_deg=roll_deg, aperture=0.5, seed=seed)
    sighting = meet(nets, face, seed=seed)
    truth = {number: face.point(*place) for number, place in EYES.items()} | face.lips
    errors = [np.hypot(*(sighting.landmarks[number, :2] - place)) for number, place in truth.items()]
    assert sighting.presence > 0.99
    assert np.mean(errors) < 0.025 * face.size
    assert max(errors) < 0.06 * face.size


def test_points_move_by_parts_of_a_pixel(nets: FaceNets) -> None:
    faces = [DrawnFace(300 + step / 4, 170, 180, seed=1) for step in range(9)]
    points = [meet(nets, face).landmarks[:, 0].mean() for face in faces]
    np.testing.assert_allclose(points - points[0], np.arange(9) / 4, atol=0.3)


@pytest.mark.parametrize("seed", range(5))
def test_the_lips_open_as_drawn(nets: FaceNets, seed: int) -> None:
    drawn = apertures(40)
    still = DrawnFace(320, 165, 190, seed=seed)
    seen = gaps(nets, [with_mouth(still, float(one)) for one in drawn], seed)
    assert np.corrcoef(seen, drawn)[0, 1] > 0.95


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_the_lips_of_a_moving_head_open_as_drawn(nets: FaceNets, seed: int) -> None:
    drawn = apertures(50)
    still = DrawnFace(320, 170, 190, seed=seed)
    moved = [
        replace(
            with_mouth(still, float(one)),
            x=320 + 50 * np.sin(frame / 12),
            yaw_deg=round(18 * np.sin(frame / 20)),
            roll_deg=round(6 * np.sin(frame / 9)),
        )
        for frame, one in enumerate(drawn)
    ]
    assert np.corrcoef(gaps(nets, moved, seed), drawn)[0, 1] > 0.9


def test_rounded_lips_are_narrower(nets: FaceNets) -> None:
    widths = []
    for rounding in (0.0, 0.5, 1.0):
        points = meet(nets, DrawnFace(320, 165, 190, aperture=0.4, rounding=rounding, seed=1)).landmarks
        widths.append(float(np.hypot(*(points[61] - points[291])[:2])))
    assert widths[0] > widths[1] > widths[2]


def test_a_still_face_trembles_little(nets: FaceNets) -> None:
    """The same face in fresh noise each time."""
    rng = np.random.default_rng(4)
    picture = render(SIZE, [DrawnFace(320, 165, 190, aperture=0.3, seed=1)])
    noisy = [np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8) for _ in range(25)]
    points = np.array([frame.faces[0].landmarks[:, :2] for frame in watch(nets, noisy)][5:])
    assert points.std(axis=0).mean() < 0.25


def test_the_mesh_sees_nobody_in_a_room(nets: FaceNets) -> None:
    assert all(not frame.faces for frame in watch(nets, [render(SIZE, [], seed) for seed in range(6)]))
