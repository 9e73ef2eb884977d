"""Finding faces: the full-range detector on a whole frame and on tiles of it.

Decoding after the MediaPipe face detection graphs (full range: 192 px, one anchor in each of 48 x 48 cells).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.nets import SIDE, FaceNets
from twopop_engine.media.frames import Frame

Boxes = NDArray[np.float64]

SCORE = 0.5
_OVERLAP = 0.3  # boxes that share more are of one face
_CELLS = 48
_TILE_OVERLAP = 0.25


@dataclass(frozen=True)
class Detection:
    """A face that was found, in pixels of the upright frame.

    Attributes:
        box: Left, top, right and bottom, from brow to chin.
        points: Right eye, left eye, tip of the nose, middle of the mouth, right and left ear [6, 2]; right and left
            are the person's.
        score: 0 to 1.
    """

    box: tuple[float, float, float, float]
    points: Boxes
    score: float

    @property
    def side(self) -> float:
        """The longer side of the box."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


def whole(frame: Frame, nets: FaceNets) -> tuple[Detection, ...]:
    """The faces of a frame that are large enough to be seen in 192 x 192 pixels of it, best first.

    Args:
        frame: The frame.
        nets: The networks.

    Returns:
        Faces of about a fifteenth of the frame's longer side and more.
    """
    width, height = frame.size
    scale = SIDE / max(width, height)
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    left, top = (SIDE - across) // 2, (SIDE - down) // 2
    picture[top : top + down, left : left + across] = frame.reduced(across, down)
    return merged(_decoded(nets, picture, (left, top), (width / across, height / down)))


def tiled(frame: Frame, nets: FaceNets, tile: tuple[int, int, int]) -> tuple[Detection, ...]:
    """The faces in one tile, best first.

    Args:
        frame: The frame.
        nets: The networks.
        tile: Left, top and side in pixels; may reach beyond the frame.

    Returns:
        Faces of about a fifteenth of the tile's side and more.
    """
    left, top, side = tile
    scale = side / SIDE
    matrix = np.array([[scale, 0, left + scale / 2 - 0.5], [0, scale, top + scale / 2 - 0.5]])
    picture = frame.window(matrix, (SIDE, SIDE))
    return merged(_decoded(nets, picture, (-left / scale, -top / scale), (scale, scale)))


def tiles(size: tuple[int, int], least_side: int = 128) -> list[tuple[int, int, int]]:
    """Overlapping squares of two sizes: about as large as the frame is high, and half of that.

    Args:
        size: Width and height of the frame.
        least_side: No smaller tiles; a face of 10 pixels is found in a tile of 128.

    Returns:
        Left, top and side in pixels.
    """
    longer, shorter = max(size), min(size)
    side = shorter if longer > 1.2 * shorter else longer // 2
    sides = [max(side, least_side), max(side // 2, least_side)]
    return [
        (left, top, side)
        for side in sorted(set(sides))
        for top in _starts(size[1], side)
        for left in _starts(size[0], side)
    ]


def merged(detections: Sequence[Detection]) -> tuple[Detection, ...]:
    """Overlapping detections as one: the mean weighted by score.

    Args:
        detections: In any order.

    Returns:
        Best first; no two overlap much.
    """
    left = sorted(detections, key=lambda found: -found.score)
    kept = []
    while left:
        group = [other for other in left if other is left[0] or overlap(left[0].box, other.box) > _OVERLAP]
        left = [other for other in left if all(other is not one for one in group)]
        weights = np.array([one.score for one in group])
        box = np.average([one.box for one in group], axis=0, weights=weights)
        points = np.average([one.points for one in group], axis=0, weights=weights)
        kept.append(Detection((box[0], box[1], box[2], box[3]), points, group[0].score))
    return tuple(kept)


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Area that two boxes share, over the area of both together."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared)


def _starts(length: int, side: int) -> list[int]:
    if side >= length:
        return [(length - side) // 2]
    count = int(np.ceil((length - side) / (side * (1 - _TILE_OVERLAP)))) + 1
    return [int(start) for start in np.linspace(0, length - side, count)]


def _decoded(
    nets: FaceNets, picture: NDArray[np.uint8], origin: tuple[float, float], scale: tuple[float, float]
) -> list[Detection]:
    """Faces in a picture of 192 pixels, in pixels of the frame: (p - origin) * scale."""
    offsets, logits = nets.detect(picture)
    likely = np.flatnonzero(logits > np.log(SCORE / (1 - SCORE)))
    found = []
    for cell in likely:
        values = offsets[cell].astype(np.float64).reshape(8, 2)
        centre = (np.array([cell % _CELLS, cell // _CELLS]) + 0.5) * (SIDE / _CELLS)
        places = (values + centre - origin) * scale
        reach = values[1] * scale / 2
        (left, top), (right, bottom) = places[0] - reach, places[0] + reach
        score = float(1 / (1 + np.exp(-min(float(logits[cell]), 50.0))))
        found.append(Detection((left, top, right, bottom), places[2:], score))
    return found
