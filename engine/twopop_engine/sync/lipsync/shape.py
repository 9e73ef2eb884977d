"""The shape of a mouth in fourteen numbers, whatever the head's pose and size, from the face mesh."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.face import Landmarks

SIZE: Final = 14
"""Numbers of a shape."""

# Points of the mesh. "Left" is the picture's.
_LEFT_EYE, _RIGHT_EYE = (33, 133), (362, 263)
_NOSE_TIP, _BRIDGE, _FOREHEAD, _CHIN = 4, 168, 10, 152
_LEFT_CORNER, _RIGHT_CORNER, _LEFT_INNER, _RIGHT_INNER = 61, 291, 78, 308
_UPPER_OUTER, _UPPER_INNER, _LOWER_INNER, _LOWER_OUTER = 0, 13, 14, 17
_MIDDLE_PAIRS = ((13, 14), (82, 87), (312, 317))
_SIDE_PAIRS = ((81, 178), (311, 402))


def mouth_shape(landmarks: Landmarks) -> NDArray[np.float32]:
    """Measures a mouth.

    Args:
        landmarks: Points of a face [468, 3].

    Returns:
        Shape [14] in distances between the eyes' middles: opening in the middle and at the sides, outer and inner
        width, outer height; how far chin, lower and upper lip lie above the tip of the nose, the lips on their outer
        and then their inner edges; thickness of the upper and of the lower lip; how far the lips lie before their
        corners; and how far the corners lie above the tip of the nose.
    """
    points = _upright(landmarks)

    def apart(one: int, other: int) -> float:
        return float(np.linalg.norm(points[one] - points[other]))

    def above_nose(point: int) -> float:
        return float(points[point, 1] - points[_NOSE_TIP, 1])

    lips = points[[_UPPER_OUTER, _UPPER_INNER, _LOWER_INNER, _LOWER_OUTER]]
    corners = points[[_LEFT_CORNER, _RIGHT_CORNER]]
    return np.array(
        [
            np.mean([apart(*pair) for pair in _MIDDLE_PAIRS]),
            np.mean([apart(*pair) for pair in _SIDE_PAIRS]),
            apart(_LEFT_CORNER, _RIGHT_CORNER),
            apart(_LEFT_INNER, _RIGHT_INNER),
            apart(_UPPER_OUTER, _LOWER_OUTER),
            *(above_nose(point) for point in (_CHIN, _LOWER_OUTER, _UPPER_OUTER, _LOWER_INNER, _UPPER_INNER)),
            apart(_UPPER_OUTER, _UPPER_INNER),
            apart(_LOWER_INNER, _LOWER_OUTER),
            lips[:, 2].mean() - corners[:, 2].mean(),
            corners[:, 1].mean() - points[_NOSE_TIP, 1],
        ],
        np.float32,
    )


def _upright(landmarks: Landmarks) -> NDArray[np.float64]:
    """The points seen from the front, in distances between the eyes; axes: right eye, forehead, and their normal."""
    points = landmarks.astype(np.float64)
    left, right = points[list(_LEFT_EYE)].mean(axis=0), points[list(_RIGHT_EYE)].mean(axis=0)
    across = right - left
    distance = float(np.linalg.norm(across)) or 1.0
    across = across / distance
    up = points[_FOREHEAD] - points[_BRIDGE]
    up -= across * (up @ across)
    up /= float(np.linalg.norm(up)) or 1.0
    axes = np.stack([across, up, np.cross(across, up)])
    return np.asarray((points - (left + right) / 2) @ axes.T / distance, np.float64)
