"""Scenes as files, and finders and models of lips that need no trained network."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av import AudioFrame, VideoFrame

from planted.moving import RATE_HZ, Samples, Scene
from twopop_engine.faces.face import FrameFaces
from twopop_engine.media.frames import Frame

_TICK = Fraction(1, 90000)


def film(
    path: Path, drawn: Scene, times: Sequence[Fraction], samples: Samples | None, size: tuple[int, int] = (256, 144)
) -> Path:
    """Writes a scene with sound at 16 kHz that begins with its first frame."""
    with av.open(str(path), "w") as writer:
        shown = writer.add_stream("libx264", 30, options={"preset": "ultrafast", "crf": "20"})
        shown.width, shown.height = size
        shown.pix_fmt = "yuv420p"
        shown.codec_context.time_base = _TICK
        heard = None
        if samples is not None:
            heard = writer.add_stream("aac", RATE_HZ, layout="mono", options={"b": "96k"})
        for time in times:
            image = np.repeat(drawn.draw(float(time), size)[:, :, None], 3, axis=2)
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.time_base, frame.pts = _TICK, round(time / _TICK)
            writer.mux(shown.encode(frame))
        writer.mux(shown.encode(None))
        if heard is not None and samples is not None:
            for start in range(0, len(samples), 1024):
                sound = AudioFrame.from_ndarray(samples[None, start : start + 1024], "fltp", "mono")
                sound.sample_rate, sound.time_base, sound.pts = RATE_HZ, Fraction(1, RATE_HZ), start
                writer.mux(heard.encode(sound))
            writer.mux(heard.encode(None))
    return path


class NoFaces:
    """A finder for scenes that have no face; it counts the frames that it was shown."""

    def __init__(self) -> None:
        self.times: list[Fraction] = []

    def see(self, frame: Frame) -> FrameFaces:
        self.times.append(frame.time)
        return FrameFaces(frame.time, 0, ())
