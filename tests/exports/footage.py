"""Media whose every frame and click can be told, and timelines over it.

Picture: the frame's number is its brightness (5 steps a frame, so that 51 frames differ). Sound: silence with clicks of
one sample at known places.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

import otio_files as files
from clips.encode import HEIGHT, RATE_HZ, WIDTH, Picture, Sound, encode
from otio_files import Json
from renderer import exact_rate

RATES = (23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0)
BOUNDS: Json = {
    "OTIO_SCHEMA": "Box2d.1",
    "min": {"OTIO_SCHEMA": "V2d.1", "x": 0.0, "y": 0.0},
    "max": {"OTIO_SCHEMA": "V2d.1", "x": float(WIDTH), "y": float(HEIGHT)},
}


def film(path: Path, rate: float, frames: int = 50) -> Path:
    """A silent film of numbered frames, each a key frame."""
    exact = exact_rate(rate)
    times = tuple(Fraction(number) / exact for number in range(frames))
    base = Fraction(1, exact.numerator)
    options = {"g": "1", "bf": "0", "qmin": "1", "qmax": "2"}
    return encode(path, picture=Picture(times=times, rate=exact, time_base=base, options=options))


def clicks(path: Path, seconds: float, at: Sequence[int], channels: int = 1) -> Path:
    """Silence with clicks at sample positions; of several channels, the n-th clicks at the n-th position only."""
    samples = np.zeros((channels, round(seconds * RATE_HZ)), np.float32)
    for number, position in enumerate(at):
        samples[number if channels > 1 else 0, position] = 0.9
    return encode(path, [Sound(samples, "pcm_s16le")])


def frames(count: int | Fraction, rate: float) -> Fraction:
    """Seconds that some frames last."""
    return count / exact_rate(rate)


def shot(
    name: str, media: Path, rate: float, first: int | Fraction, length: int | Fraction, *, label: int = 0,
    whole: int = 50, speed: float | None = None, metadata: Json | None = None, enabled: bool = True,
) -> Json:  # fmt: skip
    """A clip that plays a file from one of its frames on; `label` is the number of the file's first frame."""
    source = files.span(frames(label + Fraction(first), rate), frames(length, rate), rate)
    available = files.span(frames(label, rate), frames(whole, rate), rate)
    made = files.clip(name, str(media), source, available, speed=speed, metadata=metadata, enabled=enabled)
    made["media_references"]["DEFAULT_MEDIA"]["available_image_bounds"] = BOUNDS
    return made


def gap(count: int | Fraction, rate: float) -> Json:
    """A gap of some frames."""
    return files.gap(frames(count, rate), rate)


def brightness(number: int) -> int:
    """What a frame of `film` looks like."""
    return (number * 5) % 256


def marker(name: str, at_s: Fraction, rate: float, comment: str = "", colour: str = "RED") -> Json:
    """A marker of one frame."""
    return {
        "OTIO_SCHEMA": "Marker.2", "metadata": {}, "name": name, "color": colour, "comment": comment,
        "marked_range": files.span(at_s, frames(1, rate), rate),
    }  # fmt: skip
