"""Faces drawn in code, with lips and turns that are known exactly.

A head is a tapered ellipsoid with a nose. Its front is painted flat (the units are half a head's height: x to the
person's left, y down) and seen through the turn of the head, so that features shift and hide as on a real one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scenes.drawn_skin import NOSE, Picture, backdrop, hair_colour, mouth_shape, skin

Array = NDArray[np.float64]
Values = NDArray[np.float32]

AXES = np.array([0.76, 1.0, 0.86])
HAIR_AXES = np.array([0.86, 0.98, 0.92])
_JAW = 0.8  # share of the ellipsoid's fall that the lower face makes good
_HAIR_BACK = 0.22
_HAIR_UP = 0.14
_CROWN_PX = 90  # smaller heads are drawn at least this large and averaged down
_MARGIN = 1.5
_LIGHT = np.array([-0.35, -0.55, -0.76])


@dataclass(frozen=True)
class DrawnFace:
    """A head.

    Attributes:
        x: Its middle, in pixels.
        y: Likewise.
        size: From crown to chin, in pixels.
        yaw_deg: Turned to its own left (> 0) or right.
        pitch_deg: Looking down (> 0) or up.
        roll_deg: Tilted clockwise as seen (> 0).
        aperture: How far the inner lips are open: 0 closed, 1 wide open.
        width: How wide the mouth is drawn, 1 at rest.
        rounding: Lips pursed and pushed out, 0 to 1.
        seed: Whose face it is.
        has_shoulders: Whether there is a body below it.
    """

    x: float
    y: float
    size: float
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    aperture: float = 0.0
    width: float = 1.0
    rounding: float = 0.0
    seed: int = 0
    has_shoulders: bool = True

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the painted front is seen, in pixels of the picture."""
        turn = _turn(self.yaw_deg, self.pitch_deg)
        depth = np.sqrt(max(0.0, 1 - (x / AXES[0]) ** 2 - (y / AXES[1]) ** 2)) * AXES[2]
        seen = turn @ np.array([x, y, -depth - _relief(np.array(x), np.array(y))])
        across, down = seen[0] * _taper(seen[1], self.yaw_deg), seen[1]
        roll = np.radians(self.roll_deg)
        unit = self.size / 2
        return (
            float(self.x + unit * (across * np.cos(roll) - down * np.sin(roll))),
            float(self.y + unit * (across * np.sin(roll) + down * np.cos(roll))),
        )

    @property
    def lips(self) -> dict[int, tuple[float, float]]:
        """Where points of the lips are, in pixels, by their number in the face mesh."""
        shape = mouth_shape(self.aperture, self.width, self.rounding)
        middle = shape.y
        return {
            13: self.point(0, middle - shape.opening * 0.35),
            14: self.point(0, middle + shape.opening * 0.65),
            61: self.point(-shape.half_width, middle),
            291: self.point(shape.half_width, middle),
        }

    @property
    def opening_px(self) -> float:
        """Distance between the inner lips, in pixels."""
        above, below = self.lips[13], self.lips[14]
        return float(np.hypot(above[0] - below[0], above[1] - below[1]))


def render(size: tuple[int, int], faces: Sequence[DrawnFace], seed: int = 0, shift: float = 0.0) -> Picture:
    """Draws a frame.

    Args:
        size: Width and height in pixels.
        faces: The later, the nearer.
        seed: Of the background.
        shift: How far the background is panned, in pixels.

    Returns:
        RGB [height, width, 3].
    """
    picture = backdrop(size, seed, round(shift))
    for face in faces:
        _paint(picture, face)
    return picture


def with_mouth(face: DrawnFace, aperture: float) -> DrawnFace:
    """The same face with another opening of the mouth, a little narrower as it opens."""
    return replace(face, aperture=float(aperture), width=1.0 - 0.12 * float(aperture))


@dataclass(frozen=True)
class _View:
    """A head of one size and turn: where each pixel looks at its front, and how it is lit."""

    across: NDArray[np.float32]
    down: NDArray[np.float32]
    light: NDArray[np.float32]
    face: NDArray[np.float32]
    hair: NDArray[np.float32]
    front_side: int


def _paint(picture: Picture, face: DrawnFace) -> None:
    """Draws one head over a picture."""
    finer = max(1, int(np.ceil(_CROWN_PX / face.size)))
    side = int(np.ceil(face.size * _MARGIN))
    left, top = int(np.floor(face.x)) - side // 2, int(np.floor(face.y)) - side // 2
    view = _view(
        side * finer,
        face.size * finer,
        round((face.x - left) * finer, 2),
        round((face.y - top) * finer, 2),
        (face.yaw_deg, face.pitch_deg, face.roll_deg),
    )
    front = skin(face.seed, round(face.aperture, 3), round(face.width, 3), round(face.rounding, 3), view.front_side)
    colours: Values = view.light[..., None] * cv2.remap(
        front, view.across, view.down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    hair: Values = np.broadcast_to(np.array(hair_colour(face.seed), np.float32), colours.shape) * view.light[..., None]
    cover = np.maximum(view.face, view.hair)
    drawn: Values = (hair + (colours - hair) * view.face[..., None]) * cover[..., None]
    if finer > 1:
        drawn, cover = (
            np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA), np.float32)
            for part in (drawn, cover)
        )
    if face.has_shoulders:
        _shoulders(picture, face)
    _blend(picture, drawn, cover, left, top)


def _shoulders(picture: Picture, face: DrawnFace) -> None:
    unit = face.size / 2
    rng = np.random.default_rng(face.seed + 900)
    cloth = tuple(int(value) for value in rng.integers(30, 160, 3))
    neck = tuple(float(value) * 0.72 for value in skin(face.seed, 0.0, 1.0, 0.0, 128)[82, 64])
    x, y = face.x, face.y
    shade = cv2.LINE_AA
    cv2.ellipse(picture, _whole(x, y + 2.3 * unit), _whole(1.55 * unit, 1.0 * unit), 0, 180, 360, cloth, -1, shade)
    cv2.rectangle(picture, _whole(x - 1.55 * unit, y + 2.29 * unit), _whole(x + 1.55 * unit, y + 9 * unit), cloth, -1)
    cv2.ellipse(picture, _whole(x, y + 0.95 * unit), _whole(0.42 * unit, 0.62 * unit), 0, 0, 360, neck, -1, shade)


def _whole(x: float, y: float) -> tuple[int, int]:
    return max(-30000, min(30000, round(x))), max(-30000, min(30000, round(y)))


def _blend(picture: Picture, drawn: NDArray[np.float32], cover: NDArray[np.float32], left: int, top: int) -> None:
    """Lays premultiplied colours over a picture, as far as they lie inside."""
    (first, last), (start, stop) = (
        (min(max(at, 0), limit), min(max(at + length, 0), limit))
        for at, length, limit in zip((top, left), cover.shape, picture.shape[:2], strict=True)
    )
    rows, columns = slice(first, last), slice(start, stop)
    part = np.s_[first - top : last - top, start - left : stop - left]
    if first == last or start == stop:
        return
    under = picture[rows, columns] * (1 - cover[part][..., None])
    picture[rows, columns] = np.clip(under + drawn[part] + 0.5, 0, 255).astype(np.uint8)


@lru_cache(maxsize=32)
def _view(side: int, size: float, x: float, y: float, turn_deg: tuple[float, float, float]) -> _View:
    yaw, pitch, roll_deg = turn_deg
    turn, roll, unit = _turn(yaw, pitch), np.radians(roll_deg), size / 2
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    dx, dy = (columns - x) / unit, (rows - y) / unit
    across, down = dx * np.cos(roll) + dy * np.sin(roll), -dx * np.sin(roll) + dy * np.cos(roll)
    narrow = across / _taper(down, yaw)
    seen, inside = _hit(narrow, down, turn, AXES, np.zeros(3))
    for _ in range(4):  # nose and jaw stand out: look where their surface is seen
        out = _relief(seen[0], seen[1])
        seen, _unused = _hit(narrow + turn[0, 2] * out, down + turn[1, 2] * out, turn, AXES, np.zeros(3))
    _behind, hairy = _hit(across, down, turn, HAIR_AXES, np.array([0, -_HAIR_UP, _HAIR_BACK]))
    front_side = next((level for level in (128, 256) if level >= 1.3 * unit), 512)
    return _View(
        _texel(seen[0], front_side),
        _texel(seen[1], front_side),
        _lit(seen, turn).astype(np.float32),
        (_cover(inside, unit) * (seen[2] < 0.45)).astype(np.float32),
        _cover(hairy, unit).astype(np.float32),
        front_side,
    )


def _hit(across: Array, down: Array, turn: Array, axes: Array, middle: Array) -> tuple[Array, Array]:
    """Where lines of sight meet an ellipsoid first, in the head's own frame [3, rows, columns], and how deep within."""
    inverse = turn.T
    start = np.stack([across, down, np.zeros_like(across)])
    origin = np.tensordot(inverse, start, 1) - middle[:, None, None]
    ray = inverse @ np.array([0.0, 0.0, 1.0])
    weighed = 1 / axes**2
    a = float((ray**2 * weighed).sum())
    b = np.tensordot(ray * weighed, origin, 1)
    c = np.tensordot(weighed, origin**2, 1) - 1
    inside = b**2 - a * c
    reach = (-b - np.sqrt(np.maximum(inside, 0))) / a
    hit: Array = origin + reach * ray[:, None, None] + middle[:, None, None]
    return hit, inside


def _cover(inside: Array, unit: float) -> Array:
    """Soft edges: how much of each pixel an ellipsoid covers."""
    edge: Array = np.clip(inside * unit / 2 + 0.5, 0, 1)
    return edge


def _lit(seen: Array, turn: Array) -> Array:
    """Light from the upper left."""
    normal = seen / AXES[:, None, None] ** 2
    step = 0.01
    slope_x = (_relief(seen[0] + step, seen[1]) - _relief(seen[0] - step, seen[1])) / (2 * step)
    slope_y = (_relief(seen[0], seen[1] + step) - _relief(seen[0], seen[1] - step)) / (2 * step)
    depth = np.maximum(np.abs(normal[2]), 0.2)
    normal = normal - np.stack([slope_x * depth, slope_y * depth, np.zeros_like(depth)])
    normal = normal / np.linalg.norm(normal, axis=0)
    towards = turn.T @ (_LIGHT / np.linalg.norm(_LIGHT))
    bright: Array = 0.62 + 0.46 * np.maximum(np.tensordot(towards, normal, 1), 0)
    return bright


def _texel(place: Array, front_side: int) -> NDArray[np.float32]:
    return ((place / 1.1 + 1) * (front_side / 2) - 0.5).astype(np.float32)


def _relief(x: Array, y: Array) -> Array:
    """How far the face stands out of the ellipsoid: the nose, and a lower face that is as far forward as the eyes."""
    along = (y - NOSE.top) / (NOSE.tip - NOSE.top)
    ridge = np.where(along <= 1, np.clip(along, 0, 1) ** 1.3, np.exp(-(((along - 1) / 0.22) ** 2)))
    across = 0.07 + 0.07 * np.clip(along, 0, 1)
    low = np.clip(y, 0, 0.85)
    jaw = _JAW * AXES[2] * (1 - np.sqrt(1 - low**2)) * np.exp(-((x / 0.5) ** 2))
    out: Array = NOSE.height * ridge * np.exp(-((x / across) ** 2)) + jaw
    return out


def _taper(down: Array | float, yaw_deg: float) -> Array:
    """How much narrower than the ellipsoid a head is at jaw and chin; seen from the side it is not."""
    narrower = 0.16 * np.cos(np.radians(yaw_deg)) ** 2
    return np.asarray(1 - narrower * np.clip((np.asarray(down) - 0.1) / 0.9, 0, 1.2) ** 1.5)


def _turn(yaw_deg: float, pitch_deg: float) -> Array:
    """The head's axes as seen: x to the right, y down, z away from the camera."""
    yaw, pitch = np.radians(yaw_deg), np.radians(pitch_deg)
    about = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    forwards = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    turned: Array = forwards @ about
    return turned
