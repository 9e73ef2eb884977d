"""Frames as the published demo sees them: it has FFmpeg write each as a JPEG file first, at 200 kbit/s.

That is what FFmpeg's encoder does when nobody says otherwise. After a second it leaves quantiser 25 of 31, and the
pictures are off by 5 levels on average: a network's answer to them is not its answer to the frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from av import CodecContext, VideoFrame
from av.packet import Packet
from av.video import VideoStream
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

_RATE: Final = Fraction(25)
_BIT_RATE: Final = 200_000
_FULL_RANGE: Final = "yuvj420p"


def through_jpeg(images: Iterable[VideoFrame]) -> Iterator[NDArray[np.uint8]]:
    """Encodes frames of one size in order, and decodes them.

    Args:
        images: The frames.

    Yields:
        BGR [height, width, 3].
    """
    encoder: VideoCodecContext | None = None
    for number, image in enumerate(images):
        encoder = encoder or _encoder(image)
        full = _full_range(image)
        full.pts, full.time_base = number, 1 / _RATE
        yield from _decoded(encoder.encode(full))
    if encoder is not None:
        yield from _decoded(encoder.encode(None))


def _encoder(image: VideoFrame) -> VideoCodecContext:
    encoder = CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = image.width, image.height
    encoder.pix_fmt = _FULL_RANGE
    encoder.framerate, encoder.time_base = _RATE, 1 / _RATE
    encoder.bit_rate = _BIT_RATE
    encoder.options = {"threads": "1"}  # slices of several threads change the rate control
    return encoder


def _full_range(image: VideoFrame) -> VideoFrame:
    """The frame at full range, rounded; FFmpeg did so for years, and rounds chroma down since version 8."""
    if image.format.name == _FULL_RANGE:
        return VideoFrame.from_ndarray(image.to_ndarray(), _FULL_RANGE)
    planes = image.to_ndarray(format="yuv420p").astype(np.float64)
    luma, chroma = planes[: image.height], planes[image.height :]
    luma[:] = (luma - 16) * 255 / 219
    chroma[:] = (chroma - 128) * 255 / 224 + 128
    return VideoFrame.from_ndarray(np.clip(np.rint(planes), 0, 255).astype(np.uint8), _FULL_RANGE)


def _decoded(packets: Iterable[Packet[VideoStream]]) -> Iterator[NDArray[np.uint8]]:
    for packet in packets:
        yield np.asarray(cv2.imdecode(np.frombuffer(bytes(packet), np.uint8), cv2.IMREAD_COLOR), np.uint8)
