"""Frames and faces made in code, for models that look at both."""

from fractions import Fraction

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from twopop_engine.faces.face import Face
from twopop_engine.media.frames import Frame

Picture = NDArray[np.uint8]


def frame(time: Fraction, picture: Picture) -> Frame:
    """A frame of RGB [height, width, 3]."""
    return Frame(time, True, VideoFrame.from_ndarray(picture, format="rgb24"))


def landmarks(left: float, top: float, width: float, height: float, opening: float = 0.1) -> NDArray[np.float32]:
    """A mesh whose points fill a box; the lips are apart by a share of its height."""
    points = np.zeros((468, 3), np.float32)
    steps = np.linspace(0, 1, 468)
    points[:, 0], points[:, 1] = left + width * steps, top + height * steps
    middle = left + width / 2
    points[10], points[152] = (middle, top, 0), (middle, top + height, 0)
    points[13], points[14] = (middle, top + 0.7 * height, 0), (middle, top + (0.7 + opening) * height, 0)
    return points


def face(points: NDArray[np.float32]) -> Face:
    """A face with points."""
    (left, top), (right, bottom) = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    return Face(1, (float(left), float(top), float(right), float(bottom)), points, 1.0, 0.0, 0.0, 0.0, False)
