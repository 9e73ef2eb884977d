"""The camera: a movie with picture, scratch sound and timecode."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

from twopop_engine.demo.picture import HEIGHT, WIDTH, Frame
from twopop_engine.demo.scene import FRAME_RATE, FRAME_SAMPLES, RATE_HZ
from twopop_engine.media.output import atomic_output

AudioCodec = Literal["aac", "pcm_s24le"]

ENCODER_THREADS = 2  # fixed, because the packets depend on it


def film(path: Path, frames: Iterator[Frame], sound: NDArray[np.float32], start_timecode: str) -> None:
    """Writes a movie: H.264, and AAC in .mp4 or 24-bit PCM in .mov.

    Args:
        path: The movie; replaced when it exists.
        frames: RGB pictures [360, 640, 3] at 24000/1001.
        sound: Waveform [samples] at 48 kHz, as long as the picture.
        start_timecode: Of the first frame, without drop-frame.
    """
    codec: AudioCodec = "aac" if path.suffix == ".mp4" else "pcm_s24le"
    with (
        atomic_output(path) as partial,
        av.open(str(partial), "w", options={"movie_timescale": str(RATE_HZ)}) as movie,
    ):
        _mux(movie, frames, sound, start_timecode, codec)


def _mux(
    movie: av.container.OutputContainer,
    frames: Iterator[Frame],
    sound: NDArray[np.float32],
    timecode: str,
    codec: AudioCodec,
) -> None:
    picture = movie.add_stream("libx264", rate=FRAME_RATE, options={"preset": "veryfast", "crf": "21"})
    picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    picture.codec_context.thread_count = ENCODER_THREADS
    picture.metadata["timecode"] = timecode
    track = movie.add_stream(codec, rate=RATE_HZ, layout="mono")
    sample_format = "fltp" if codec == "aac" else "s32"
    for number, pixels in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
        frame.pts, frame.time_base = number, 1 / FRAME_RATE
        movie.mux(picture.encode(frame))
        first = number * FRAME_SAMPLES
        movie.mux(track.encode(_audio(sound[first : first + FRAME_SAMPLES], first, sample_format)))
    movie.mux(picture.encode())
    movie.mux(track.encode())


def _audio(samples: NDArray[np.float32], first: int, sample_format: str) -> av.AudioFrame:
    planes = samples.reshape(1, -1)
    if sample_format == "s32":
        planes = (planes.astype(np.float64).clip(-1, 1 - 2**-23) * 2**31).astype(np.int32)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(planes), sample_format, "mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, first, Fraction(1, RATE_HZ)
    return frame
