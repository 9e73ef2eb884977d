"""Where a head is turned, from its points alone.

The points of a face come in mirror pairs, so the head's sideways axis is the mean direction between them; its long
axis runs from forehead to chin. No model of a face is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twopop_engine.faces.face import Landmarks

PROFILE_YAW_DEG = 46.0
"""From here on the far corner of the mouth is hidden. The mesh makes large turns smaller: it says 48 to 57 for 60."""

# The person's right, and left: eye corners, temples, cheeks, jaw, corners of the mouth, nostrils.
_RIGHT = np.array((33, 133, 127, 234, 93, 58, 172, 61, 98))
_LEFT = np.array((263, 362, 356, 454, 323, 288, 397, 291, 327))
_FOREHEAD = np.array((10, 151))
_CHIN = np.array((152, 199))


@dataclass(frozen=True)
class Pose:
    """A head's turn in degrees; the signs are those of `Face`."""

    yaw_deg: float
    pitch_deg: float
    roll_deg: float

    @property
    def is_profile(self) -> bool:
        """Whether one corner of the mouth cannot be seen."""
        return abs(self.yaw_deg) >= PROFILE_YAW_DEG


def pose_of(landmarks: Landmarks) -> Pose:
    """The turn of a head: about its own long axis (yaw), then forwards (pitch), then in the picture (roll)."""
    points = landmarks.astype(np.float64)
    across = points[_LEFT].mean(axis=0) - points[_RIGHT].mean(axis=0)
    down = points[_CHIN].mean(axis=0) - points[_FOREHEAD].mean(axis=0)
    down /= max(float(np.linalg.norm(down)), 1e-9)
    across -= (across @ down) * down
    inwards = np.cross(across, down)
    yaw = np.arctan2(across[2], inwards[2])
    pitch = np.arcsin(np.clip(down[2], -1, 1))
    roll = np.arctan2(-down[0], down[1])
    return Pose(*(float(np.degrees(angle)) for angle in (yaw, pitch, roll)))
