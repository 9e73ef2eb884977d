"""What is known of the faces in a frame."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Landmarks = NDArray[np.float32]
"""The 468 points of the MediaPipe face mesh [468, 3]: x to the right and y down in pixels of the upright frame, z away
from the camera in the same unit."""


@dataclass(frozen=True)
class Face:
    """A face in one frame.

    Attributes:
        track: Which face it is: a number from 1 in order of appearance, never used again in the same video.
        box: Left, top, right and bottom in pixels of the upright frame; may reach beyond it.
        landmarks: Its points.
        presence: How sure the landmark network is that there is a face, 0 to 1.
        yaw_deg: Turned to its own left (> 0) or right.
        pitch_deg: Looking down (> 0) or up.
        roll_deg: Head tilted clockwise as seen (> 0).
        is_profile: Whether it is turned so far that one corner of the mouth cannot be seen.
    """

    track: int
    box: tuple[float, float, float, float]
    landmarks: Landmarks
    presence: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    is_profile: bool


@dataclass(frozen=True)
class FrameFaces:
    """The faces of one frame.

    Attributes:
        time: When it is shown, in seconds on the file's own clock.
        shot: Number of the shot, from 0; a cut begins a new one.
        faces: By track.
    """

    time: Fraction
    shot: int
    faces: tuple[Face, ...]
