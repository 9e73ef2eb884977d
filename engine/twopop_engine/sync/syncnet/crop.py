"""Faces as SyncNet was trained on them: a loose square around the lower face, 224 by 224, at 25 frames per second.

The crop follows the published `run_pipeline.py` (github.com/joonson/syncnet_python), which takes its boxes from the
detector S3FD. Ours come from landmarks: `face_square` makes of them what that detector would have found.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.face import Face, Landmarks
from twopop_engine.media.frames import Frame

RATE: Final = Fraction(25)
"""Frames per second that SyncNet sees."""

SIDE: Final = 224
"""Side of a crop in pixels."""

_HALF_TICK: Final = 1 / RATE / 2
_SCALE: Final = 0.4  # the published crop_scale
_PADDING: Final = 110
_SMOOTHED: Final = 13  # frames of the running median
_AHEAD: Final = _SMOOTHED // 2
# Measured on the published example, which is such a crop: the box that it was cut by had its middle at (112, 80) and
# was 160 high; the mesh found there is 156 high, its middle at (112, 84).
_HALF: Final = 0.513
_RAISED: Final = 0.024

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Square:
    """A face's detection as the published pipeline keeps it, in pixels of the upright frame.

    Attributes:
        half: Half of the longer side of its box.
        x: Middle of the box.
        y: Middle of the box.
    """

    half: float
    x: float
    y: float


_NOTHING = Square(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Crop:
    """A face at a tick of SyncNet's clock.

    Attributes:
        tick: Frames at 25 per second since the file's zero.
        picture: The face in BGR [224, 224, 3].
    """

    tick: int
    picture: Picture


def face_square(landmarks: Landmarks) -> Square:
    """The square that the published detector's box would give, from the points of the mesh."""
    left, top = landmarks[:, :2].min(axis=0).astype(float)
    right, bottom = landmarks[:, :2].max(axis=0).astype(float)
    side = max(bottom - top, right - left)
    return Square(_HALF * side, (left + right) / 2, (top + bottom) / 2 - _RAISED * side)


def cut(picture: Picture, square: Square) -> Picture:
    """The published crop: from the box's top to 1.8 half sides below its middle, 1.4 to either side.

    Args:
        picture: BGR [height, width, 3].
        square: The detection.

    Returns:
        BGR [224, 224, 3]; beyond the frame it is gray.
    """
    half = square.half
    pad = int(half * (1 + 2 * _SCALE))  # the published code pads the frame first, and rounds down after that
    x, y = square.x + pad, square.y + pad
    top, bottom = int(y - half) - pad, int(y + half * (1 + 2 * _SCALE)) - pad
    left, right = int(x - half * (1 + _SCALE)) - pad, int(x + half * (1 + _SCALE)) - pad
    height, width = picture.shape[:2]
    part = np.full((max(1, bottom - top), max(1, right - left), 3), _PADDING, np.uint8)
    rows, columns = slice(max(top, 0), min(bottom, height)), slice(max(left, 0), min(right, width))
    if rows.start < rows.stop and columns.start < columns.stop:
        inside = picture[rows, columns]
        row, column = rows.start - top, columns.start - left
        part[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
    return np.asarray(cv2.resize(part, (SIDE, SIDE)), np.uint8)


class Cropper:
    """Crops one face of a video that comes frame by frame; holds no more than eight frames of it.

    A tick shows the frame whose time is nearest, but none that begins more than half a tick later: the last frame
    before a tick would be late by half a frame on average, which shows in the lag. Where the face is not seen, a run
    ends: each run is smoothed by itself, and one of less than seven ticks is dropped, since the running median has
    nothing to go by.
    """

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._face: Face | None = None
        self._tick = 0
        self._run = _Run()

    def see(self, frame: Frame, face: Face | None) -> Iterator[Crop]:
        """Takes the next frame in order of presentation.

        Args:
            frame: The frame.
            face: The face in it; None where it is not seen.

        Yields:
            Crops in order of their ticks; those of one run follow each other without a gap.
        """
        if self._frame is None:
            self._tick = ceil((frame.time - _HALF_TICK) * RATE)
        else:
            yield from self._hold(frame.time - min(_HALF_TICK, (frame.time - self._frame.time) / 2))
        self._frame, self._face = frame, face

    def finish(self) -> Iterator[Crop]:
        """Yields the crops that are left; the last frame is shown by the ticks that are nearest to it."""
        if self._frame is not None:
            yield from self._hold(self._frame.time + _HALF_TICK)
        yield from self._end()

    def _hold(self, until: Fraction) -> Iterator[Crop]:
        """Shows the current frame at all ticks before a time."""
        while self._frame is not None and self._tick < until * RATE:
            if self._face is None:
                yield from self._end()
            else:
                yield from self._run.push(self._tick, self._frame, face_square(self._face.landmarks))
            self._tick += 1

    def _end(self) -> Iterator[Crop]:
        yield from self._run.finish()
        self._run = _Run()


class _Run:
    """Ticks in a row that show the face, smoothed as scipy's medfilt does: zeros stand before and after."""

    def __init__(self) -> None:
        self._squares: deque[Square] = deque([_NOTHING] * _SMOOTHED, _SMOOTHED)
        self._waiting: deque[tuple[int, Frame]] = deque()
        self._is_started = False

    def push(self, tick: int, frame: Frame, square: Square) -> Iterator[Crop]:
        """Takes a tick and gives the crop of the one that lies six back."""
        self._squares.append(square)
        self._waiting.append((tick, frame))
        if len(self._waiting) > _AHEAD:
            self._is_started = True
            yield self._next()

    def finish(self) -> Iterator[Crop]:
        """Gives the last crops."""
        while self._is_started and self._waiting:
            self._squares.append(_NOTHING)
            yield self._next()

    def _next(self) -> Crop:
        half, x, y = np.median([(square.half, square.x, square.y) for square in self._squares], axis=0)
        tick, frame = self._waiting.popleft()
        return Crop(tick, cut(frame.rgb()[:, :, ::-1], Square(float(half), float(x), float(y))))
