"""Films of drawn faces, with lips, turns and sound that are known exactly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av import AudioFrame, VideoFrame
from av.audio import AudioStream
from av.container import OutputContainer
from av.video import VideoStream
from numpy.typing import NDArray

from scenes.drawn_face import DrawnFace, render, with_mouth

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Film:
    """How a film is encoded.

    Attributes:
        codec: Of the picture.
        pixels: Its pixel format.
        options: Its options.
        rotation: Of the display matrix, in degrees counter-clockwise.
        sound_codec: Of the sound.
    """

    codec: str = "libx264"
    pixels: str = "yuv420p"
    options: dict[str, str] = field(default_factory=lambda: {"preset": "ultrafast", "crf": "18"})
    rotation: int = 0
    sound_codec: str = "aac"


def write_film(
    path: Path,
    pictures: Iterable[Picture],
    rate: Fraction | int,
    sound: Floats | None = None,
    sound_rate_hz: int = 16000,
    film: Film = Film(),  # frozen, and never changed
) -> Path:
    """Encodes a film.

    Args:
        path: Its container is told by the suffix.
        pictures: RGB, all of one size.
        rate: Frames per second.
        sound: One channel from the time of the first frame on, -1 to 1.
        sound_rate_hz: Its rate.
        film: How to encode it.

    Returns:
        The path.
    """
    with av.open(str(path), "w") as writer:
        shown = cast(VideoStream, writer.add_stream(film.codec, Fraction(rate), options=film.options))
        shown.pix_fmt = film.pixels
        if film.rotation:
            shown.set_display_rotation(film.rotation)
        heard = None
        if sound is not None:
            heard = cast(AudioStream, writer.add_stream(film.sound_codec, sound_rate_hz, layout="mono"))
        _encode_pictures(writer, shown, pictures, Fraction(rate))
        if heard is not None and sound is not None:
            _encode_sound(writer, heard, sound, sound_rate_hz)
    return path


def talking_video(
    path: Path,
    apertures: Sequence[float] | NDArray[np.float64],
    rate: Fraction | int = 25,
    *,
    face: DrawnFace | None = None,
    size: tuple[int, int] = (640, 360),
    sound: Floats | None = None,
    sound_rate_hz: int = 16000,
    film: Film = Film(),  # frozen, and never changed
    seed: int = 0,
) -> Path:
    """A film of one face that talks.

    Args:
        path: Where to.
        apertures: Opening of the lips in each frame, 0 to 1.
        rate: Frames per second.
        face: Its place and looks; None puts one into the middle, two thirds as high as the picture.
        size: Width and height of the picture.
        sound: One channel from the time of the first frame on, -1 to 1; None for a film without sound.
        sound_rate_hz: Its rate.
        film: How to encode it.
        seed: Of the background, and of the face when none is given.

    Returns:
        The path.
    """
    shown = face or DrawnFace(size[0] / 2, size[1] * 0.45, min(size) * 0.66, seed=seed)
    pictures = (render(size, [with_mouth(shown, float(aperture))], seed) for aperture in apertures)
    return write_film(path, pictures, rate, sound, sound_rate_hz, film)


def _encode_pictures(writer: OutputContainer, stream: VideoStream, pictures: Iterable[Picture], rate: Fraction) -> None:
    for number, picture in enumerate(pictures):
        if number == 0:
            stream.height, stream.width = picture.shape[:2]
            stream.codec_context.time_base = 1 / rate
        frame = VideoFrame.from_ndarray(picture, format="rgb24")
        frame.time_base, frame.pts = 1 / rate, number
        writer.mux(stream.encode(frame))
    writer.mux(stream.encode(None))


def _encode_sound(writer: OutputContainer, stream: AudioStream, sound: Floats, rate_hz: int) -> None:
    size = stream.codec_context.frame_size or 1024
    is_planar_float = stream.codec_context.format.name == "fltp"
    for start in range(0, len(sound), size):
        block = sound[None, start : start + size]
        if is_planar_float:
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "mono")
        else:
            frame = AudioFrame.from_ndarray(np.asarray(np.rint(np.clip(block, -1, 1) * 32767), np.int16), "s16", "mono")
        frame.sample_rate, frame.time_base, frame.pts = rate_hz, Fraction(1, rate_hz), start
        writer.mux(stream.encode(frame))
    writer.mux(stream.encode(None))
