"""Cuts: where one shot ends and the next begins.

A cut changes structure and colours at once. A pan or a passer-by moves structure (it is found again nearby), a flash
changes colours only, so each alone is no cut. Pictures without structure (black, white) belong to the shot before.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_WIDTH, _HEIGHT = 64, 36
SIZE = (_WIDTH, _HEIGHT)
"""Width and height of the small pictures that are compared."""

_PATCH = (22, 12)
_REACH = (9, 6)  # how far structure may move from one frame to the next
_CORNERS = ((1, 0), (21, 0), (41, 0), (1, 12), (21, 12), (41, 12), (1, 24), (21, 24), (41, 24))
_FLAT = 6.0  # standard deviation of a picture or patch without structure
_LIKENESS = 0.55
_COLOUR_CHANGE = 0.25


@dataclass(frozen=True)
class _Look:
    gray: Picture
    colours: NDArray[np.float32]


class Shots:
    """Counts the shots of a video, frame by frame.

    Attributes:
        number: Of the shot of the last frame, from 0.
    """

    def __init__(self) -> None:
        self.number = 0
        self._before: _Look | None = None

    def see(self, picture: Picture) -> bool:
        """Takes the next frame.

        Args:
            picture: RGB, reduced to `SIZE`.

        Returns:
            Whether a new shot begins with it; the first frame of all begins none.
        """
        gray = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        if gray.std() < _FLAT:
            return False
        now, before = _Look(gray, _colours(picture)), self._before
        self._before = now
        if before is None:
            return False
        is_cut = change(before.colours, now.colours) > _COLOUR_CHANGE and likeness(before.gray, now.gray) < _LIKENESS
        self.number += is_cut
        return is_cut


def likeness(before: Picture, now: Picture) -> float:
    """How much of the structure is found again near its place, -1 to 1: the median over nine patches."""
    found = []
    for left, top in _CORNERS:
        patch = now[top : top + _PATCH[1], left : left + _PATCH[0]]
        if patch.std() < _FLAT:
            continue
        around = before[
            max(0, top - _REACH[1]) : top + _PATCH[1] + _REACH[1],
            max(0, left - _REACH[0]) : left + _PATCH[0] + _REACH[0],
        ]
        found.append(float(cv2.matchTemplate(around, patch, cv2.TM_CCOEFF_NORMED).max()))
    return float(np.median(found)) if found else 1.0


def change(before: NDArray[np.float32], now: NDArray[np.float32]) -> float:
    """How much the colours differ, 0 to 1: the share of the picture that has another colour."""
    return float(np.abs(before - now).sum() / 2)


def _colours(picture: Picture) -> NDArray[np.float32]:
    """Share of each of 512 colours, blurred so that a shade more or less changes little."""
    counts = cv2.calcHist([picture], [0, 1, 2], None, [8, 8, 8], [0, 256, 0, 256, 0, 256])
    return np.asarray(counts / counts.sum(), np.float32)
