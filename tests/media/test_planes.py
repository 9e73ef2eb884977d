"""Parts of pictures, held against the whole in RGB."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from av import VideoFrame
from av.video.reformatter import ColorRange
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenes.drawn_film import Film, write_film
from twopop_engine.media.frames import Frame, open_video

SAME = np.array([[1.0, 0, 0], [0, 1, 0]])
WIDTH, HEIGHT = 96, 64


def smooth(width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """Soft colours, so that chroma at half size loses little."""
    coarse = np.random.default_rng(6).integers(30, 220, (4, 5, 3)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def frame_of(picture: NDArray[np.uint8], layout: str = "yuv420p") -> Frame:
    return Frame(Fraction(0), True, VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=layout))


@pytest.mark.parametrize(
    "layout", ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuva420p", "nv12", "rgb24", "gbrp"]
)
def test_the_whole_through_a_window_is_the_whole(layout: str) -> None:
    frame = frame_of(smooth(), layout)
    assert frame.size == (WIDTH, HEIGHT)
    np.testing.assert_allclose(frame.window(SAME, frame.size).astype(int), frame.rgb(), atol=12)
    assert abs(frame.window(SAME, frame.size).astype(int) - frame.rgb()).mean() < 2.5


def test_full_range_is_told_by_the_tag() -> None:
    gray = np.full((32, 32), 235, np.uint8)
    image = VideoFrame.from_ndarray(gray, format="gray").reformat(format="yuv420p")
    luma = memoryview(image.planes[0])[0]
    for tag in (ColorRange.MPEG, ColorRange.JPEG):
        image.color_range = tag
        expected = (int(luma) - 16) * 255 / 219 if tag == ColorRange.MPEG else luma
        shown = Frame(Fraction(0), True, image).window(SAME, (4, 4))
        np.testing.assert_allclose(shown, min(255, float(expected)), atol=1.5)


@given(
    st.floats(-3.1, 3.1),
    st.floats(0.3, 1.5),
    st.floats(-20, 60),
    st.floats(-20, 60),
)
def test_a_window_is_what_opencv_cuts_out_of_the_rgb_picture(angle: float, scale: float, x: float, y: float) -> None:
    frame = frame_of(smooth(), "yuv444p")
    across, down = scale * np.cos(angle), scale * np.sin(angle)
    matrix = np.array([[across, -down, x], [down, across, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    expected = cv2.warpAffine(frame.rgb(), matrix, (40, 30), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    assert abs(frame.window(matrix, (40, 30)).astype(int) - expected).mean() < 3


@pytest.mark.parametrize("scale", [2.0, 3.5, 8.0])
def test_a_window_on_a_large_part_is_averaged(scale: float) -> None:
    """Fine stripes become gray instead of coarse stripes."""
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[:, ::2] = 255
    matrix = np.array([[scale, 0, scale / 2 - 0.5], [0, scale, scale / 2 - 0.5]])
    side = int(256 / scale)
    seen = frame_of(picture, "yuv444p").window(matrix, (side, side)).astype(int)
    np.testing.assert_allclose(seen[2:-2, 2:-2], 127, atol=45 if scale == 3.5 else 4)


def test_a_window_on_a_large_part_lies_where_it_should() -> None:
    picture = smooth(480, 320)
    matrix = np.array([[5.0, 0, 22], [0, 5.0, 12]])
    seen = frame_of(picture, "yuv444p").window(matrix, (80, 50)).astype(int)
    expected = picture[12 : 12 + 250 : 5, 22 : 22 + 400 : 5]
    assert abs(seen - expected).mean() < 2


def test_a_window_outside_continues_the_edge() -> None:
    frame = frame_of(smooth(), "yuv444p")
    seen = frame.window(np.array([[1.0, 0, 500], [0, 1, 500]]), (8, 8))
    np.testing.assert_allclose(seen.reshape(-1, 3), np.tile(frame.rgb()[-1, -1], (64, 1)), atol=6)


@pytest.mark.parametrize(("width", "height"), [(48, 32), (24, 16), (13, 7), (96, 64), (1, 1)])
def test_reduced_is_the_mean(width: int, height: int) -> None:
    picture = smooth()
    seen = frame_of(picture, "yuv444p").reduced(width, height)
    assert seen.shape == (height, width, 3)
    assert abs(seen.astype(int) - cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)).mean() < 3


def test_very_small_is_still_near_the_mean() -> None:
    picture = smooth(1280, 720)
    seen = frame_of(picture).reduced(16, 9).astype(int)
    assert abs(seen - cv2.resize(picture, (16, 9), interpolation=cv2.INTER_AREA)).mean() < 5


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
def test_parts_stand_upright(tmp_path: Path, rotation: int) -> None:
    path = write_film(tmp_path / "r.mp4", [smooth()], 25, film=Film(rotation=rotation))
    with open_video(path) as video:
        frame = video.first()
    assert frame is not None
    upright = frame.rgb().astype(int)
    assert frame.size == upright.shape[1::-1] == ((HEIGHT, WIDTH) if rotation in (90, -90) else (WIDTH, HEIGHT))
    assert abs(frame.window(SAME, frame.size).astype(int) - upright).mean() < 4
    part = frame.window(np.array([[1.0, 0, 10], [0, 1, 20]]), (30, 20)).astype(int)
    assert abs(part - upright[20:40, 10:40]).mean() < 4
    assert abs(frame.reduced(*frame.size).astype(int) - upright).mean() < 4
