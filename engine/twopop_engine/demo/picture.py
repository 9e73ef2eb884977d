"""The picture: two talking heads, a slate that claps with a flash, and a burned-in frame counter."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from twopop_engine.demo.scene import FRAME_SAMPLES, Array

Frame = NDArray[np.uint8]
Colour = tuple[int, int, int]

WIDTH, HEIGHT = 640, 360
SLATE_FRAMES = 34  # that the slate stays in the picture after its clap
INK: Colour = (38, 34, 40)
CHALK: Colour = (236, 234, 226)
PEOPLE: Mapping[str, tuple[tuple[int, int], Colour]] = {
    "ANNA": ((210, 190), (226, 178, 142)),
    "BEN": ((430, 180), (196, 146, 112)),
}


def mouth_openings(voice: Array, start: int, frame_count: int) -> Array:
    """How far a mouth is open in each frame: the voice's level there, 0 to 1 [frame_count]."""
    frames = voice[start : start + frame_count * FRAME_SAMPLES].reshape(frame_count, FRAME_SAMPLES)
    level = np.sqrt((frames**2).mean(axis=1))
    openings: Array = np.minimum(level * 3.5, 1.0)
    return openings


def draw(frame: int, clap_frame: int, openings: Mapping[str, float], slate: str, timecode: str) -> Frame:
    """Draws a frame.

    Args:
        frame: Its number from 0.
        clap_frame: The frame in which the slate meets.
        openings: How far each speaker's mouth is open, 0 to 1, by name.
        slate: What stands on the slate.
        timecode: To burn in.

    Returns:
        RGB [360, 640, 3].
    """
    picture = _set()
    for name, opening in openings.items():
        _head(picture, *PEOPLE[name], opening, frame)
    if frame <= clap_frame + SLATE_FRAMES:
        _slate(picture, slate, clap_frame - frame)
    if frame == clap_frame:
        picture = cv2.addWeighted(picture, 0.35, np.full_like(picture, 255), 0.65, 0).astype(np.uint8)
    cv2.rectangle(picture, (0, HEIGHT - 34), (WIDTH, HEIGHT), INK, -1)
    _text(picture, timecode, (16, HEIGHT - 11), 0.62)
    _text(picture, f"frame {frame:04}", (WIDTH - 150, HEIGHT - 11), 0.62)
    return picture


def _set() -> Frame:
    """An empty room: wall, floor, a window."""
    shade = np.linspace(0.0, 1.0, HEIGHT)[:, None, None]
    wall = np.array([92, 112, 120]) * (1 - shade) + np.array([58, 66, 78]) * shade
    picture = np.repeat(wall, WIDTH, axis=1).astype(np.uint8)
    cv2.rectangle(picture, (0, 290), (WIDTH, HEIGHT), (74, 62, 54), -1)
    cv2.rectangle(picture, (286, 40), (354, 130), (150, 178, 190), -1)
    cv2.rectangle(picture, (286, 40), (354, 130), (48, 52, 60), 3)
    return picture


def _head(picture: Frame, centre: tuple[int, int], skin: Colour, opening: float, frame: int) -> None:
    x, y = centre[0], centre[1] + round(2 * np.sin(frame / 9 + centre[0]) + 3 * opening)
    shade = cv2.LINE_AA
    cv2.ellipse(picture, (x, y + 140), (86, 70), 0, 180, 360, (skin[2] // 2, skin[0] // 3, skin[1] // 2), -1, shade)
    cv2.ellipse(picture, (x, y), (48, 62), 0, 0, 360, skin, -1, shade)
    cv2.ellipse(picture, (x, y - 26), (50, 42), 0, 180, 360, INK, -1, shade)
    for side in (-18, 18):
        cv2.circle(picture, (x + side, y - 8), 5, CHALK, -1, shade)
        cv2.circle(picture, (x + side, y - 8), 2, INK, -1, shade)
    cv2.ellipse(picture, (x, y + 32), (17, 2 + round(13 * opening)), 0, 0, 360, (96, 34, 40), -1, shade)


def _slate(picture: Frame, words: str, frames_to_clap: int) -> None:
    left, top = 236, 196
    angle = np.deg2rad(4.5 * min(max(frames_to_clap, 0), 6))
    cv2.rectangle(picture, (left, top), (left + 168, top + 92), INK, -1)
    tip = (left + round(168 * np.cos(angle)), top - 8 - round(168 * np.sin(angle)))
    cv2.line(picture, (left, top - 8), tip, CHALK, 12, cv2.LINE_AA)
    cv2.line(picture, (left, top + 6), (left + 168, top + 6), CHALK, 10)
    for row, line in enumerate(words.split("\n")):
        _text(picture, line, (left + 10, top + 38 + 24 * row), 0.55)


def _text(picture: Frame, words: str, at: tuple[int, int], size: float) -> None:
    cv2.putText(picture, words, at, cv2.FONT_HERSHEY_SIMPLEX, size, CHALK, 1, cv2.LINE_AA)
