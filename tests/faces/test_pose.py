"""How a head is turned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.stage import meet
from scenes.drawn_face import DrawnFace
from twopop_engine.faces.nets import FaceNets
from twopop_engine.faces.pose import pose_of

DEGREES = st.floats(-80, 80)


def mirrored_head(
    yaw_deg: float, pitch_deg: float, roll_deg: float
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """A head of points in mirror pairs, turned: x to the right, y down, z away from the camera."""
    rng = np.random.default_rng(5)
    points = np.zeros((468, 3))
    for right, left in (
        (33, 263),
        (133, 362),
        (127, 356),
        (234, 454),
        (93, 323),
        (58, 288),
        (172, 397),
        (61, 291),
        (98, 327),
    ):
        x, y, z = rng.uniform(10, 60), rng.uniform(-60, 60), rng.uniform(-30, 30)
        points[right], points[left] = (-x, y, z), (x, y, z)
    for number, y in ((10, -90), (151, -70), (199, 70), (152, 90)):
        points[number] = (0, y, 0)
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    about = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    forwards = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    tilt = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(points @ (tilt @ forwards @ about).T + (300, 200, 5), np.float32)


@given(DEGREES, DEGREES, DEGREES)
def test_turned_points_tell_their_turn(yaw_deg: float, pitch_deg: float, roll_deg: float) -> None:
    pose = pose_of(mirrored_head(yaw_deg, pitch_deg, roll_deg))
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((yaw_deg, pitch_deg, roll_deg), abs=0.1)


def test_points_without_extent_have_some_pose() -> None:
    assert np.isfinite(pose_of(np.zeros((468, 3), np.float32)).yaw_deg)


@pytest.mark.parametrize("yaw_deg", [-40, -20, 0, 20, 40])
def test_a_drawn_head_turned_to_its_side(nets: FaceNets, yaw_deg: float) -> None:
    pose = pose_of(meet(nets, DrawnFace(320, 170, 200, yaw_deg=yaw_deg, seed=1)).landmarks)
    assert pose.yaw_deg == pytest.approx(yaw_deg, abs=8)
    assert pose.pitch_deg == pytest.approx(0, abs=10)
    assert not pose.is_profile


@pytest.mark.parametrize("pitch_deg", [-20, 0, 20])
@pytest.mark.parametrize("roll_deg", [-20, 0, 20])
def test_a_drawn_head_that_nods_and_tilts(nets: FaceNets, pitch_deg: float, roll_deg: float) -> None:
    pose = pose_of(meet(nets, DrawnFace(320, 170, 200, pitch_deg=pitch_deg, roll_deg=roll_deg, seed=3)).landmarks)
    assert pose.pitch_deg == pytest.approx(pitch_deg, abs=8)
    assert pose.roll_deg == pytest.approx(roll_deg, abs=4)
    assert pose.yaw_deg == pytest.approx(0, abs=6)


@pytest.mark.parametrize("yaw_deg", [-60, 60])
def test_a_profile_is_told(nets: FaceNets, yaw_deg: float) -> None:
    assert pose_of(meet(nets, DrawnFace(320, 170, 200, yaw_deg=yaw_deg, seed=1)).landmarks).is_profile
