"""Points of a face whose mouth is known, in any pose."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from twopop_engine.faces.face import Face
from twopop_engine.media.frames import Frame

Floats = NDArray[np.float32]

# A front view in distances between the eyes: x to the right, y up, z to the camera, from between the eyes.
_PLACES = {
    33: (-0.75, 0, -0.1), 133: (-0.25, 0, 0), 362: (0.25, 0, 0), 263: (0.75, 0, -0.1),
    4: (0, -0.7, 0.5), 168: (0, 0.05, 0.1), 10: (0, 1.0, 0.1), 152: (0, -2.0, 0.1),
}  # fmt: skip


def points(
    opening: float = 0.1, width: float = 0.8, yaw: float = 0.0, roll: float = 0.0, scale: float = 80.0
) -> Floats:
    """The 468 points in pixels, most of them between the eyes; the mouth opens by half up and half down."""
    face = np.zeros((468, 3))
    for point, place in _PLACES.items():
        face[point] = place
    middle = -1.25
    for upper, lower, x in ((13, 14, 0.0), (82, 87, -0.1), (312, 317, 0.1), (81, 178, -0.2), (311, 402, 0.2)):
        face[upper] = (x, middle + opening / 2, 0.3)
        face[lower] = (x, middle - opening / 2, 0.3)
    face[0], face[17] = (0, middle + opening / 2 + 0.12, 0.35), (0, middle - opening / 2 - 0.15, 0.35)
    for left, right, share in ((61, 291, 1.0), (78, 308, 0.9)):
        face[left], face[right] = (-width / 2 * share, middle, 0.2), (width / 2 * share, middle, 0.2)
    turned = face @ _about((0, 1, 0), yaw).T @ _about((0, 0, 1), roll).T
    return (turned * (scale, -scale, -scale) + (320, 180, 0)).astype(np.float32)


def face(landmarks: Floats) -> Face:
    """A face of these points."""
    return Face(1, (280.0, 100.0, 360.0, 340.0), landmarks, 0.99, 0.0, 0.0, 0.0, False)


def frame(time: Fraction) -> Frame:
    """A frame of nothing, shown at a time."""
    return Frame(time, True, VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24"))


def _about(axis: tuple[float, float, float], angle: float) -> NDArray[np.float64]:
    """A rotation (Rodrigues' formula)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross, np.float64)
