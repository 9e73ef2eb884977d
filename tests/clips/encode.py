"""Encoding arrays into any container."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av import AudioFrame, VideoFrame
from av.audio import AudioStream
from av.container import OutputContainer
from av.video import VideoStream
from numpy.typing import NDArray

Waveform = NDArray[np.float32]

RATE_HZ = 48000
WIDTH, HEIGHT = 64, 48
_INTEGERS = {"s16": np.int16, "s32": np.int32}


def click_train(seconds: float, channels: int = 1, rate_hz: int = RATE_HZ) -> Waveform:
    """A click each half second, in noise that differs between channels: [channels, samples]."""
    rng = np.random.default_rng(7)
    samples = (rng.standard_normal((channels, round(seconds * rate_hz))) * 0.01).astype(np.float32)
    click = 0.8 * np.sin(np.arange(24) * 0.8)
    for start in range(rate_hz // 2, samples.shape[1] - len(click), rate_hz // 2):
        samples[:, start : start + len(click)] += click.astype(np.float32)
    return samples


@dataclass(frozen=True)
class Picture:
    """Pictures to encode: the frame's number is its brightness, so that each can be told."""

    codec: str = "mpeg4"
    times: Sequence[Fraction] = tuple(Fraction(i, 25) for i in range(50))
    rate: Fraction = Fraction(25)
    time_base: Fraction = Fraction(1, 12800)
    rotation: int = 0
    aspect: Fraction | None = None
    tags: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sound:
    """Sound to encode; `offset` delays it, in samples; the samples of `gap` are left out."""

    samples: Waveform
    codec: str = "aac"
    rate_hz: int = RATE_HZ
    offset: int = 0
    gap: tuple[int, int] | None = None
    options: dict[str, str] = field(default_factory=dict)


def encode(
    path: Path,
    sounds: Sequence[Sound] = (),
    picture: Picture | None = None,
    *,
    container: str | None = None,
    options: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
) -> Path:
    """Writes a file and returns its path."""
    with av.open(str(path), "w", format=container, options=options or {}) as writer:
        writer.metadata.update(tags or {})
        shown = _add_picture(writer, picture) if picture else None
        heard = [_add_sound(writer, sound) for sound in sounds]
        if shown and picture:
            _encode_picture(writer, shown, picture)
        for stream, sound in zip(heard, sounds, strict=True):
            _encode_sound(writer, stream, sound)
    return path


def _layout(samples: Waveform) -> str:
    return {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}[samples.shape[0]]


def _add_picture(writer: OutputContainer, picture: Picture) -> VideoStream:
    stream = cast(VideoStream, writer.add_stream(picture.codec, picture.rate, options=picture.options))
    stream.width, stream.height = WIDTH, HEIGHT
    stream.pix_fmt = {"prores_ks": "yuv422p10le", "ffv1": "yuv420p"}.get(picture.codec, "yuv420p")
    stream.codec_context.time_base = picture.time_base
    if picture.rotation:
        stream.set_display_rotation(picture.rotation)
    if picture.aspect:
        stream.sample_aspect_ratio = picture.aspect
    stream.metadata.update(picture.tags)
    return stream


def _add_sound(writer: OutputContainer, sound: Sound) -> AudioStream:
    layout = _layout(sound.samples)
    return cast(AudioStream, writer.add_stream(sound.codec, sound.rate_hz, options=sound.options, layout=layout))


def _encode_picture(writer: OutputContainer, stream: VideoStream, picture: Picture) -> None:
    for number, time in enumerate(picture.times):
        image = np.full((HEIGHT, WIDTH, 3), (number * 5) % 256, np.uint8)
        image[: HEIGHT // 4, : WIDTH // 4] = 255  # the upper left corner, to see rotation by
        frame = VideoFrame.from_ndarray(image, format="rgb24")
        frame.time_base = picture.time_base
        frame.pts = round(time / picture.time_base)
        writer.mux(stream.encode(frame))
    writer.mux(stream.encode(None))


def _encode_sound(writer: OutputContainer, stream: AudioStream, sound: Sound) -> None:
    size = stream.codec_context.frame_size or 1024
    name = stream.codec_context.format.name
    for start in range(0, sound.samples.shape[1], size):
        if sound.gap and sound.gap[0] <= start < sound.gap[1]:
            continue
        block = sound.samples[:, start : start + size]
        frame = AudioFrame.from_ndarray(_packed(block, name), name, _layout(block))
        frame.sample_rate = sound.rate_hz
        frame.time_base = Fraction(1, sound.rate_hz)
        frame.pts = start + sound.offset
        writer.mux(stream.encode(frame))
    writer.mux(stream.encode(None))


def _packed(block: Waveform, name: str) -> NDArray[Any]:
    plain = name.removesuffix("p")
    samples: NDArray[Any] = block
    if plain in _INTEGERS:
        kind = np.dtype(_INTEGERS[plain])
        samples = np.rint(block * np.float64(2.0 ** (8 * kind.itemsize - 1))).astype(kind)
    return np.ascontiguousarray(samples if name.endswith("p") else samples.T.reshape(1, -1))
