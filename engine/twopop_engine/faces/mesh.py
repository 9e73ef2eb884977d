"""The 468 points of one face, found in a turned square cut out around it.

The square as in the MediaPipe face landmark graphs: upright by the eyes, one and a half times the face.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import atan2, cos, sin

import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.detector import Detection
from twopop_engine.faces.face import Landmarks
from twopop_engine.faces.nets import SIDE, FaceNets
from twopop_engine.media.frames import Frame

RIGHT_EYE, LEFT_EYE = 33, 263
"""Outer corners of the person's eyes."""

MARGIN = 1.5
"""Side of the square that is looked at, in sides of the face."""


@dataclass(frozen=True)
class Region:
    """A turned square.

    Attributes:
        x: Its middle, in pixels of the upright frame.
        y: Likewise.
        side: In pixels.
        angle: Clockwise as seen, in radians.
    """

    x: float
    y: float
    side: float
    angle: float

    def moved(self, across: float, down: float) -> Region:
        """The same square elsewhere."""
        return Region(self.x + across, self.y + down, self.side, self.angle)


@dataclass(frozen=True)
class Sighting:
    """A face as the network sees it.

    Attributes:
        landmarks: Its points.
        presence: 0 to 1.
        crop: The square that was looked at, RGB [192, 192, 3].
    """

    landmarks: Landmarks
    presence: float
    crop: NDArray[np.uint8]

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the points."""
        flat = self.landmarks[:, :2]
        left, top, right, bottom = (float(edge) for edge in (*flat.min(axis=0), *flat.max(axis=0)))
        return left, top, right, bottom

    @cached_property
    def region(self) -> Region:
        """Where to look for it in the next frame."""
        across, down = self.landmarks[LEFT_EYE, :2] - self.landmarks[RIGHT_EYE, :2]
        return _region(self.box, float(across), float(down))


def look(frame: Frame, nets: FaceNets, region: Region) -> Sighting:
    """The points of the face in a region, whether or not there is one: see `presence`."""
    scale = region.side / SIDE
    across, down = cos(region.angle) * scale, sin(region.angle) * scale
    middle = (SIDE - 1) / 2
    matrix = np.array(
        [
            [across, -down, region.x - middle * (across - down)],
            [down, across, region.y - middle * (down + across)],
        ]
    )
    crop = frame.window(matrix, (SIDE, SIDE))
    points, presence = nets.mesh(crop)
    flat = (points[:, :2] - 0.5) @ matrix[:, :2].T + matrix[:, 2]  # the network's whole numbers are edges of pixels
    return Sighting(np.hstack([flat, points[:, 2:] * scale]).astype(np.float32), presence, crop)


def region_of_detection(found: Detection) -> Region:
    """Where to look for the points of a detected face."""
    across, down = found.points[1] - found.points[0]
    return _region(found.box, float(across), float(down))


def _region(box: tuple[float, float, float, float], across: float, down: float) -> Region:
    """Upright by the way from the right eye to the left one."""
    left, top, right, bottom = box
    side = max(right - left, bottom - top) * MARGIN
    return Region((left + right) / 2, (top + bottom) / 2, side, atan2(down, across))
