"""Parts of a picture in RGB, straight from the planes of its decoder: only what is looked at is converted.

Colours by ITU-R BT.601 (also where nothing is said, as FFmpeg does) and BT.709; BT.2020 is read as BT.709, which is
close enough to find things.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np
from av import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Affine = NDArray[np.float64]
"""Matrix [2, 3]: takes (x, y, 1) to (x, y); whole numbers are centres of pixels."""

_PLANAR = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p")
_BT709_AND_ON = (1, 9, 10)
_FULL_RANGE = 2
_ENOUGH_ROWS = 2  # to average over


@dataclass(frozen=True)
class Planes:
    """Luma and chroma of a picture as stored, 8 bits, and what turns them into upright RGB.

    Attributes:
        luma: [height, width].
        chroma: Cb and Cr, each [height, width] or smaller.
        quarter_turns: Counter-clockwise turns from stored to upright.
        to_rgb: Matrix [3, 4] from (Y, Cb, Cr, 1).
    """

    luma: Plane
    chroma: tuple[Plane, Plane]
    quarter_turns: int
    to_rgb: NDArray[np.float32]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, upright."""
        height, width = self.luma.shape
        return (height, width) if self.quarter_turns % 2 else (width, height)

    @property
    def _all(self) -> tuple[Plane, Plane, Plane]:
        return (self.luma, *self.chroma)

    def reduced(self, width: int, height: int) -> Plane:
        """The whole picture, averaged down (or spread) to a size.

        Args:
            width: Of the answer, upright.
            height: Of the answer, upright.

        Returns:
            RGB [height, width, 3].
        """
        size = (height, width) if self.quarter_turns % 2 else (width, height)
        return np.ascontiguousarray(
            np.rot90(self._rgb([_shrunk(plane, size) for plane in self._all]), self.quarter_turns)
        )

    def window(self, matrix: Affine, size: tuple[int, int]) -> Plane:
        """A turned and scaled part of the picture; edges are continued beyond it.

        Args:
            matrix: From pixels of the answer to pixels of the upright picture.
            size: Width and height of the answer.

        Returns:
            RGB [height, width, 3].
        """
        stored = _whole(self._turned()) @ _whole(matrix)
        height, width = self.luma.shape
        parts = []
        for plane in self._all:
            scale = plane.shape[1] / width, plane.shape[0] / height
            sited = np.array([[scale[0], 0, scale[0] / 2 - 0.5], [0, scale[1], scale[1] / 2 - 0.5], [0, 0, 1]])
            parts.append(_sampled(plane, (sited @ stored)[:2], size))
        return self._rgb(parts)

    def _turned(self) -> Affine:
        height, width = self.luma.shape
        turns: dict[int, list[list[float]]] = {
            0: [[1, 0, 0], [0, 1, 0]],
            1: [[0, -1, width - 1], [1, 0, 0]],
            2: [[-1, 0, width - 1], [0, -1, height - 1]],
            3: [[0, 1, 0], [-1, 0, height - 1]],
        }
        return np.array(turns[self.quarter_turns])

    def _rgb(self, parts: list[Plane]) -> Plane:
        return np.asarray(cv2.transform(cv2.merge(parts), self.to_rgb), np.uint8)


def planes_of(image: VideoFrame) -> Planes:
    """The planes of a picture; views where it is 8-bit planar YCbCr, else of a converted copy."""
    plain = image if image.format.name in _PLANAR else image.reformat(format="yuv420p")
    luma, cb, cr = (_view(plane) for plane in plain.planes)
    return Planes(luma, (cb, cr), round(image.rotation / 90) % 4, _matrix(plain))


def _view(plane: VideoPlane) -> Plane:
    stored = np.frombuffer(memoryview(plane), np.uint8)[: plane.line_size * plane.height]
    return stored.reshape(plane.height, plane.line_size)[:, : plane.width]


def _matrix(image: VideoFrame) -> NDArray[np.float32]:
    red, blue = (0.2126, 0.0722) if image.colorspace in _BT709_AND_ON else (0.299, 0.114)
    green = 1 - red - blue
    is_full = image.color_range == _FULL_RANGE or image.format.name.startswith("yuvj")
    luma, chroma, black = (1.0, 1.0, 0.0) if is_full else (255 / 219, 255 / 224, 16.0)
    of_cr, of_cb = 2 * (1 - red) * chroma, 2 * (1 - blue) * chroma
    mix = np.array(
        [[luma, 0, of_cr], [luma, -of_cb * blue / green, -of_cr * red / green], [luma, of_cb, 0]], np.float32
    )
    offset = -mix @ np.array([black, 128, 128], np.float32)
    return np.hstack([mix, offset[:, None]])


def _whole(matrix: Affine) -> Affine:
    return np.vstack([matrix, [0.0, 0.0, 1.0]])


def _shrunk(plane: Plane, size: tuple[int, int]) -> Plane:
    """Averaged to a size; where it becomes very small, over some of the rows only."""
    step = max(1, plane.shape[0] // (_ENOUGH_ROWS * size[1]))
    return np.asarray(cv2.resize(plane[step // 2 :: step], size, interpolation=cv2.INTER_AREA), np.uint8)


def _sampled(plane: Plane, matrix: Affine, size: tuple[int, int]) -> Plane:
    """Through an affine window; averaged first where pixels of the answer are much larger than those of the plane."""
    ratio = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if ratio >= 2:
        plane, matrix = _averaged(plane, matrix, size, floor(ratio + 1e-6))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(plane, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _averaged(plane: Plane, matrix: Affine, size: tuple[int, int], factor: int) -> tuple[Plane, Affine]:
    """The part of a plane that a window sees, smaller by a whole factor, and the window on it."""
    corners = matrix @ np.array([[0, size[0], 0, size[0]], [0, 0, size[1], size[1]], [1, 1, 1, 1]])
    height, width = plane.shape
    left, right = (min(max(edge, 0), width) for edge in (floor(corners[0].min()), ceil(corners[0].max()) + 1))
    top, bottom = (min(max(edge, 0), height) for edge in (floor(corners[1].min()), ceil(corners[1].max()) + 1))
    across, down = (right - left) // factor, (bottom - top) // factor
    if across < 1 or down < 1:
        return plane, matrix
    part = plane[top : top + down * factor, left : left + across * factor]
    smaller = np.asarray(cv2.resize(part, (across, down), interpolation=cv2.INTER_AREA), np.uint8)
    moved = matrix.copy()
    moved[:, 2] -= (left, top)
    moved = moved / factor
    moved[:, 2] += 0.5 / factor - 0.5
    return smaller, moved
