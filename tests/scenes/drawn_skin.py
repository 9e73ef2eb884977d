"""The painted front of a drawn face: skin, brows, eyes, nose and lips, flat; and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Colour = tuple[float, float, float]
Points = NDArray[np.float64]

_SIDE = 512
_FINE = 4  # fractional bits of drawn points

_SKINS: tuple[Colour, ...] = ((236, 190, 162), (205, 152, 118), (152, 102, 74), (224, 172, 140), (112, 74, 54))
_HAIRS: tuple[Colour, ...] = ((48, 36, 30), (22, 20, 22), (120, 84, 48), (170, 164, 156), (88, 52, 34))
_IRISES: tuple[Colour, ...] = ((70, 48, 34), (60, 90, 110), (74, 92, 60))
EYE_Y = -0.06
EYE_X = 0.3
MOUTH_Y = 0.5


@dataclass(frozen=True)
class _Nose:
    top: float = -0.02
    tip: float = 0.26
    height: float = 0.17


NOSE = _Nose()


@dataclass(frozen=True)
class Mouth:
    """The lips' shape, in half heads.

    Attributes:
        y: Height of the corners.
        half_width: From the middle to a corner.
        opening: Between the inner lips in the middle.
        upper: Thickness of the upper lip.
        lower: Likewise.
    """

    y: float
    half_width: float
    opening: float
    upper: float
    lower: float


def mouth_shape(aperture: float, width: float, rounding: float) -> Mouth:
    """The lips for an aperture of 0 to 1, a width of about 1 and a rounding of 0 to 1."""
    thick = 1 + 0.25 * rounding
    half_width = 0.27 * width * (1 - 0.35 * rounding)
    return Mouth(MOUTH_Y, half_width, 0.26 * aperture, 0.062 * thick, 0.078 * thick)


def hair_colour(seed: int) -> Colour:
    """The hair that goes with a face."""
    return _HAIRS[seed % len(_HAIRS)]


@lru_cache(maxsize=64)
def skin(seed: int, aperture: float, width: float, rounding: float, side: int = _SIDE) -> NDArray[np.float32]:
    """The front of a face: RGB [side, side, 3], from -1.1 to 1.1 half heads in both directions."""
    front = _rest(seed).copy()
    _mouth(front, mouth_shape(aperture, width, rounding), _skin_colour(seed))
    if side < _SIDE:
        front = cv2.resize(front, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    return cv2.GaussianBlur(front, (0, 0), 0.6).astype(np.float32)


@lru_cache(maxsize=16)
def backdrop_of(size: tuple[int, int], seed: int) -> Picture:
    """A room: a wall with light on it, some furniture, grain; wider than the picture so that it can be panned."""
    rng = np.random.default_rng(1000 + seed)
    width, height = size[0] * 3, size[1]
    light = cv2.resize(
        rng.uniform(0.55, 1.0, (3, 7)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    room = rng.uniform(70, 170, 3)[None, None] * light[..., None]
    for _ in range(14):
        left, top = rng.integers(0, width), rng.integers(0, height)
        right, bottom = left + rng.integers(width // 40, width // 8), top + rng.integers(height // 8, height)
        colour = tuple(float(value) for value in rng.uniform(30, 190, 3))
        cv2.rectangle(room, (int(left), int(top)), (int(right), int(bottom)), colour, -1)
    room = cv2.GaussianBlur(room, (0, 0), max(1.0, height / 180)) + rng.normal(0, 2.0, room.shape)
    return np.clip(room, 0, 255).astype(np.uint8)


def backdrop(size: tuple[int, int], seed: int, shift: int = 0) -> Picture:
    """A part of the room, panned by some pixels; never the same array twice."""
    left = (size[0] + shift) % (2 * size[0])
    return backdrop_of(size, seed)[:, left : left + size[0]].copy()


def _skin_colour(seed: int) -> Colour:
    rng = np.random.default_rng(seed)
    red, green, blue = _SKINS[seed % len(_SKINS)]
    change = float(rng.uniform(0.94, 1.04))
    return red * change, green * change, blue * change


@lru_cache(maxsize=16)
def _rest(seed: int) -> NDArray[np.float32]:
    """All but the mouth."""
    rng = np.random.default_rng(seed)
    colour, hair = _skin_colour(seed), hair_colour(seed)
    front = np.full((_SIDE, _SIDE, 3), colour, np.float32)
    for side in (-1, 1):
        _glow(front, (side * 0.42, 0.25), 0.2, (1.04, 0.92, 0.9))  # cheeks
        _glow(front, (side * EYE_X, EYE_Y - 0.02), 0.17, (0.82, 0.78, 0.78))  # sockets
        _glow(front, (side * 0.13, 0.1), 0.09, (0.88, 0.85, 0.84))  # sides of the nose
        _glow(front, (side * 0.15, 0.3), 0.06, (0.8, 0.74, 0.72))  # wings
    _glow(front, (0, NOSE.tip - 0.03), 0.08, (1.1, 1.1, 1.1))
    _glow(front, (0, MOUTH_Y + 0.19), 0.1, (0.86, 0.83, 0.82))  # below the lips
    _glow(front, (0, 0.38), 0.04, (0.93, 0.9, 0.9))  # philtrum
    for side in (-1, 1):
        _oval(front, (side * 0.075, NOSE.tip + 0.055), (0.045, 0.02), _mixed(colour, (40, 16, 12), 0.75))
        _eye(front, side, _IRISES[seed % len(_IRISES)], colour)
        _brow(front, side, _mixed(colour, hair, 0.85))
    _hairline(front, hair, float(rng.uniform(-0.62, -0.52)))
    front += rng.normal(0, 1.5, front.shape).astype(np.float32)
    return front


def _eye(front: NDArray[np.float32], side: int, iris: Colour, colour: Colour) -> None:
    centre = (side * EYE_X, EYE_Y)
    x = np.linspace(-1, 1, 25)
    above, below = -0.062 * (1 - x**2) ** 0.8, 0.045 * (1 - x**2) ** 0.9
    outline = np.vstack([np.column_stack([x * 0.14, above]), np.column_stack([x * 0.14, below])[::-1]]) + centre
    white = np.zeros(front.shape[:2], np.uint8)
    cv2.fillPoly(white, [_fixed(outline)], 255, cv2.LINE_AA, _FINE)
    eye = front.copy()
    cv2.fillPoly(eye, [_fixed(outline)], (226.0, 220.0, 214.0), cv2.LINE_AA, _FINE)
    _oval(eye, centre, (0.062, 0.062), iris)
    _oval(eye, centre, (0.03, 0.03), (12, 10, 10))
    _oval(eye, (centre[0] - 0.02, centre[1] - 0.022), (0.012, 0.012), (250, 250, 250))
    mask = (white / 255.0)[..., None]
    front[:] = front * (1 - mask) + eye * mask
    lid = np.column_stack([x * 0.145, above - 0.006]) + centre
    cv2.polylines(front, [_fixed(lid)], False, _mixed(colour, (20, 14, 12), 0.85), 6, cv2.LINE_AA, _FINE)
    fold = np.column_stack([x * 0.15, above * 1.25 - 0.03]) + centre
    cv2.polylines(front, [_fixed(fold)], False, _mixed(colour, (60, 30, 24), 0.4), 3, cv2.LINE_AA, _FINE)
    under = np.column_stack([x * 0.135, below + 0.004]) + centre
    cv2.polylines(front, [_fixed(under)], False, _mixed(colour, (60, 30, 24), 0.5), 2, cv2.LINE_AA, _FINE)


def _brow(front: NDArray[np.float32], side: int, colour: Colour) -> None:
    x = np.linspace(-1, 1, 25)
    arch = -0.2 - 0.045 * (1 - (x - 0.25) ** 2)
    thick = 0.034 * (1.05 - 0.55 * np.clip(x, 0, 1) ** 2)
    outline = np.vstack([np.column_stack([x, arch - thick / 2]), np.column_stack([x, arch + thick / 2])[::-1]])
    outline[:, 0] = side * (EYE_X + 0.01 + 0.18 * outline[:, 0])
    outline[:, 1] += EYE_Y + 0.03
    cv2.fillPoly(front, [_fixed(outline)], colour, cv2.LINE_AA, _FINE)


def _hairline(front: NDArray[np.float32], hair: Colour, height: float) -> None:
    x = np.linspace(-1.1, 1.1, 60)
    line = height + 0.75 * np.clip(np.abs(x) - 0.22, 0, 1) ** 1.4 + 0.02 * np.sin(x * 23)
    outline = np.vstack([np.column_stack([x, line]), [[1.1, -1.1], [-1.1, -1.1]]])
    outline[:60][np.abs(x) > 0.66, 1] = 0.25
    cv2.fillPoly(front, [_fixed(outline)], hair, cv2.LINE_AA, _FINE)


def _mouth(front: NDArray[np.float32], mouth: Mouth, colour: Colour) -> None:
    lips = _mixed(colour, (168, 62, 66), 0.55)
    x = np.linspace(-1, 1, 41)
    arch = (1 - x**2) ** 0.7
    top, bottom = -0.35 * mouth.opening * arch, 0.65 * mouth.opening * arch
    bow = 1 - 0.28 * np.exp(-((x / 0.16) ** 2))
    upper, lower = top - mouth.upper * arch**0.8 * bow, bottom + mouth.lower * arch**0.8
    across = x * mouth.half_width
    cv2.fillPoly(front, [_between(across, upper, top, mouth.y)], _mixed(lips, (70, 20, 24), 0.25), cv2.LINE_AA, _FINE)
    cv2.fillPoly(front, [_between(across, bottom, lower, mouth.y)], lips, cv2.LINE_AA, _FINE)
    if mouth.opening > 0.004:
        cv2.fillPoly(front, [_between(across, top, bottom, mouth.y)], (46.0, 14.0, 16.0), cv2.LINE_AA, _FINE)
        teeth = np.minimum(bottom, top + 0.055 * arch)
        part = np.abs(x) < 0.8
        shape = _between(across[part], top[part], (top + 0.8 * (teeth - top))[part], mouth.y)
        cv2.fillPoly(front, [shape], (214.0, 206.0, 192.0), cv2.LINE_AA, _FINE)
    seam = np.column_stack([across, mouth.y + (top + bottom) / 2])
    if mouth.opening < 0.02:
        cv2.polylines(front, [_fixed(seam)], False, _mixed(lips, (40, 10, 14), 0.7), 3, cv2.LINE_AA, _FINE)


def _between(x: Points, above: Points, below: Points, y: float) -> NDArray[np.int32]:
    return _fixed(np.vstack([np.column_stack([x, y + above]), np.column_stack([x, y + below])[::-1]]))


def _oval(front: NDArray[np.float32], centre: tuple[float, float], axes: tuple[float, float], colour: Colour) -> None:
    around = np.linspace(0, 2 * np.pi, 40)
    outline = np.column_stack([np.cos(around) * axes[0], np.sin(around) * axes[1]]) + centre
    cv2.fillPoly(front, [_fixed(outline)], colour, cv2.LINE_AA, _FINE)


def _glow(front: NDArray[np.float32], centre: tuple[float, float], reach: float, factor: Colour) -> None:
    """Multiplies colours around a point, fading out."""
    rows, columns = np.mgrid[0:_SIDE, 0:_SIDE]
    x, y = ((columns + 0.5) / 256 - 1) * 1.1 - centre[0], ((rows + 0.5) / 256 - 1) * 1.1 - centre[1]
    weight = np.exp(-(x**2 + y**2) / (2 * (reach / 1.6) ** 2))[..., None]
    front *= (1 + weight * (np.array(factor) - 1)).astype(np.float32)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _fixed(points: Points) -> NDArray[np.int32]:
    """Points of the front as cv2 wants them: fixed-point pixels."""
    pixels = ((points / 1.1 + 1) * 256 - 0.5) * 2**_FINE
    return np.asarray(np.rint(pixels), np.int32)
