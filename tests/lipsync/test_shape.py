"""The fourteen numbers of a mouth: right on a face that is known, and the same from wherever it is seen."""

import numpy as np
import pytest

from lipsync.faces import points
from twopop_engine.sync.lipsync.shape import SIZE, mouth_shape

OPENING, SIDES, WIDTH, INNER_WIDTH, HEIGHT, CHIN = range(6)


def test_numbers_of_a_known_mouth() -> None:
    shape = mouth_shape(points(opening=0.2, width=0.8))
    assert shape.shape == (SIZE,)
    expected = [0.2, 0.2, 0.8, 0.72, 0.47, -1.3, -0.8, -0.33, -0.65, -0.45, 0.12, 0.15]
    assert shape[:10] == pytest.approx(expected[:10], abs=1e-5)
    assert shape[10:12] == pytest.approx([np.hypot(0.12, 0.05), np.hypot(0.15, 0.05)], abs=1e-5)
    assert shape[12:] == pytest.approx([0.325 - 0.2, -0.55], abs=1e-5)


@pytest.mark.parametrize("yaw", [-0.6, 0.0, 0.3])
@pytest.mark.parametrize("roll", [-0.5, 0.0, 1.2])
@pytest.mark.parametrize("scale", [12.0, 80.0, 400.0])
def test_pose_and_size_change_nothing(yaw: float, roll: float, scale: float) -> None:
    front = mouth_shape(points(opening=0.15, width=0.7))
    assert mouth_shape(points(0.15, 0.7, yaw, roll, scale)) == pytest.approx(front, abs=2e-5)


def test_points_that_are_all_in_one_place_give_finite_numbers() -> None:
    assert np.isfinite(mouth_shape(np.full((468, 3), 7, np.float32))).all()
