"""The monitor's messages: checked, and as its own types."""

from __future__ import annotations

from math import isfinite
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from twopop.errors import OptionInvalid
from twopop.v1 import sync_pb2
from twopop_engine.faces.face import Landmarks
from twopop_engine.sync.monitor.jpeg import jpeg_size
from twopop_engine.sync.monitor.stream import Start, Update

_RATES_HZ: Final = (8000, 192000)
_EVERY_S: Final = (0.04, 10.0)
_MOST_DELAY_S: Final = 10.0
_FRAME_RATES: Final = (1.0, 240.0)
_LATEST_S: Final = 1e9
_MOST_PIXELS: Final = 1 << 22
_LEAST_SIDE: Final = 16
_POINTS: Final = 468
_FULL_SCALE: Final = 32768


def start_from_wire(message: sync_pb2.MonitorStart) -> Start:
    """How a stream begins; the rate of its sound is the file's where it plays one.

    Raises:
        OptionInvalid: A value is outside its range.
    """
    rate_hz = message.sample_rate_hz
    if not message.path and not _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1]:
        raise OptionInvalid.of("start.sample_rate_hz", f"{rate_hz} is not from {_RATES_HZ[0]} to {_RATES_HZ[1]}")
    every_s = message.update_every_s or Start.update_every_s
    if not _EVERY_S[0] <= every_s <= _EVERY_S[1]:
        raise OptionInvalid.of("start.update_every_s", f"{every_s} is not from {_EVERY_S[0]} to {_EVERY_S[1]} s")
    if not abs(message.applied_delay_s) <= _MOST_DELAY_S:
        raise OptionInvalid.of("start.applied_delay_s", f"{message.applied_delay_s} is beyond {_MOST_DELAY_S:.0f} s")
    frame_rate = message.frame_rate or Start.frame_rate
    if not _FRAME_RATES[0] <= frame_rate <= _FRAME_RATES[1]:
        raise OptionInvalid.of("start.frame_rate", f"{frame_rate} is not from 1 to 240")
    if not 0 <= message.speed < float("inf"):
        raise OptionInvalid.of("start.speed", f"{message.speed} is not 0 or more")
    return Start(rate_hz, every_s, message.applied_delay_s, frame_rate)


def sound_from_wire(message: sync_pb2.SoundBlock) -> tuple[float, NDArray[np.float32]]:
    """When a block begins, and its samples in [-1, 1].

    Raises:
        OptionInvalid: It holds half a sample, or no time.
    """
    if len(message.pcm) % 2:
        raise OptionInvalid.of("sound.pcm", f"{len(message.pcm)} bytes are no whole number of 16-bit samples")
    samples = np.frombuffer(message.pcm, "<i2").astype(np.float32) / np.float32(_FULL_SCALE)
    return _time("sound.time_s", message.time_s), samples


def points_from_wire(message: sync_pb2.FaceLandmarks) -> tuple[float, Landmarks | None]:
    """When a frame is shown, and the face's points [468, 3]; None when no face is seen.

    Raises:
        OptionInvalid: There are more or fewer points, or some are no numbers.
    """
    time_s = _time("landmarks.time_s", message.time_s)
    if not message.points:
        return time_s, None
    if len(message.points) != 3 * _POINTS:
        raise OptionInvalid.of("landmarks.points", f"{len(message.points)} numbers are not 468 points x, y, z")
    points = np.array(message.points, np.float32).reshape(_POINTS, 3)
    if not np.isfinite(points).all():
        raise OptionInvalid.of("landmarks.points", "some are no numbers")
    return time_s, points


def picture_from_wire(message: sync_pb2.PictureFrame) -> tuple[float, NDArray[np.uint8]]:
    """When a picture is shown, and the picture, RGB [height, width, 3].

    Raises:
        OptionInvalid: It is no JPEG, not of the size that is said, or too large.
    """
    time_s = _time("picture.time_s", message.time_s)
    is_raw = bool(message.width or message.height)
    size = (message.width, message.height) if is_raw else jpeg_size(message.image)
    if size is None:
        raise OptionInvalid.of("picture.image", "is no JPEG, and no width and height are given")
    width, height = size
    if not (min(width, height) >= _LEAST_SIDE and width * height <= _MOST_PIXELS):
        raise OptionInvalid.of("picture", f"{width} x {height} is not from 16 x 16 to {_MOST_PIXELS >> 20} Mi pixels")
    if is_raw:
        if len(message.image) != width * height * 3:
            raise OptionInvalid.of("picture.image", f"{len(message.image)} bytes are not {width} x {height} x 3")
        return time_s, np.frombuffer(message.image, np.uint8).reshape(height, width, 3)
    picture = cv2.imdecode(np.frombuffer(message.image, np.uint8), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise OptionInvalid.of("picture.image", "is a JPEG that cannot be read")
    return time_s, np.asarray(picture, np.uint8)


def update_to_wire(update: Update, processing_s: float, dropped_count: int) -> sync_pb2.MonitorUpdate:
    """An answer as a message.

    Args:
        update: The answer.
        processing_s: Median time that a block took.
        dropped_count: Blocks and frames that were dropped.
    """
    return sync_pb2.MonitorUpdate(
        time_s=update.time_s,
        offset_s=update.offset_s,
        uncertainty_s=update.uncertainty_s,
        confidence=update.confidence,
        state=update.state,
        delay_s=update.delay_s,
        processing_s=processing_s,
        late_count=update.late_count,
        dropped_count=dropped_count,
    )


def _time(name: str, time_s: float) -> float:
    if not (isfinite(time_s) and abs(time_s) <= _LATEST_S):
        raise OptionInvalid.of(name, f"{time_s} is no time in seconds")
    return time_s
