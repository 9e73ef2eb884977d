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

_PATCHES = (3, 3)
_REACH = (9, 5)  # how far structure may move from one frame to the next
_FLAT = 6.0  # standard deviation of a picture or patch without structure
_LIKENESS = 0.75  # of the least like quarter of the parts
_KEPT = 0.6  # share of the picture that a title or a board leaves as it was
_SHADE = 3  # of 255, within which a pixel is as it was
_CHANGE = 0.17
_PANNED = 0.8
_FLASH_RISE = 20  # of 255
_FLASH_MISFIT = 14.0  # of 255, of the picture before in more light
_WHITE = 248
_FLASH_FRAMES = 3


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
        self._flashed = 0

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
        is_other = before is not None and change(before.colours, now.colours) > _CHANGE
        if before is not None and is_other and self._flashed < _FLASH_FRAMES and _is_flash(before.gray, gray):
            self._flashed += 1
            return False
        is_cut = before is not None and is_other and not _is_near(before.gray, gray)
        self._before, self._flashed = now, 0
        self.number += is_cut
        return is_cut


def likeness(before: Picture, now: Picture) -> NDArray[np.float64]:
    """How well each part of a picture is found again near its place, -1 to 1; parts without structure are left out."""
    across, down = _WIDTH // _PATCHES[0], _HEIGHT // _PATCHES[1]
    found = []
    for top in range(0, down * _PATCHES[1], down):
        for left in range(0, across * _PATCHES[0], across):
            patch = now[top : top + down, left : left + across]
            if patch.std() < _FLAT:
                continue
            rows = slice(max(0, top - _REACH[1]), top + down + _REACH[1])
            columns = slice(max(0, left - _REACH[0]), left + across + _REACH[0])
            found.append(float(cv2.matchTemplate(before[rows, columns], patch, cv2.TM_CCOEFF_NORMED).max()))
    return np.array(found or [1.0])


def change(before: NDArray[np.float32], now: NDArray[np.float32]) -> float:
    """How much the colours differ, 0 to 1: the share of the picture that has another colour."""
    return float(np.abs(before - now).sum() / 2)


def _is_near(before: Picture, now: Picture) -> bool:
    """Whether most of it stayed, or is found again nearby, or the middle as a whole further away: a fast pan."""
    if np.mean(cv2.absdiff(before, now) <= _SHADE) > _KEPT:
        return True
    if np.percentile(likeness(before, now), 25) >= _LIKENESS:
        return True
    middle = now[_HEIGHT // 4 : -_HEIGHT // 4, _WIDTH // 4 : -_WIDTH // 4]
    places = cv2.matchTemplate(before, middle, cv2.TM_CCOEFF_NORMED)
    row, column = divmod(int(places.argmax()), places.shape[1])
    is_away = abs(row - _HEIGHT // 4) >= _REACH[1] or abs(column - _WIDTH // 4) >= _REACH[0]
    return is_away and float(places.max()) >= _PANNED


def _is_flash(before: Picture, now: Picture) -> bool:
    """Whether it is the same in more light: brighter by a factor and an offset, up to white."""
    if float(now.mean()) - float(before.mean()) < _FLASH_RISE:
        return False
    dark = now < _WHITE
    if np.unique(before[dark]).size < 2:
        return True
    gain, offset = np.polyfit(before[dark].astype(np.float64), now[dark], 1)
    misfit = np.abs(np.clip(gain * before + offset, 0, 255) - now)
    return bool(gain > 0 and misfit.mean() < _FLASH_MISFIT)


def _colours(picture: Picture) -> NDArray[np.float32]:
    """Share of each of 512 colours."""
    counts = cv2.calcHist([picture], [0, 1, 2], None, [8, 8, 8], [0, 256, 0, 256, 0, 256])
    return np.asarray(counts / counts.sum(), np.float32)
