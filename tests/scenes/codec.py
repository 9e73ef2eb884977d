"""Sound through lossy and lossless coders, with the coder's delay accounted for.

A file's time zero is where a player starts: priming and edit lists are honoured by whoever reads it. `decode` is a
plain reader for these files only; tests of the media layer use it as an independent reference.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal, cast, get_args

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Codec = Literal["wav", "flac", "mp3", "aac", "aac-mkv", "opus"]

CODECS: tuple[Codec, ...] = get_args(Codec)


@dataclass(frozen=True)
class _Format:
    """How a coder is run: file suffix, container, encoder and bits in a second for each channel."""

    suffix: str
    container: str
    encoder: str
    bits_per_s: int


_FORMATS: dict[Codec, _Format] = {
    "mp3": _Format(".mp3", "mp3", "libmp3lame", 64_000),
    "aac": _Format(".m4a", "ipod", "aac", 64_000),
    "aac-mkv": _Format(".mkv", "matroska", "aac", 64_000),
    "opus": _Format(".ogg", "ogg", "libopus", 48_000),
}
_SAMPLE_FORMATS = {"libmp3lame": "fltp", "aac": "fltp", "libopus": "flt"}


def suffix(codec: Codec) -> str:
    """The file name's end: ".m4a"."""
    return _FORMATS[codec].suffix if codec in _FORMATS else f".{codec}"


def encode(sound: Floats, rate_hz: int, codec: Codec) -> bytes:
    """A file's bytes.

    Args:
        sound: Waveform [samples] or [channels, samples], kept within [-1, 1] by the caller.
        rate_hz: Samples in a second; opus needs 48000, mp3 at most 48000.
        codec: The coder; "wav" and "flac" hold 24 bits.

    Returns:
        The whole file.
    """
    channels = np.atleast_2d(sound)
    target = io.BytesIO()
    if codec in ("wav", "flac"):
        soundfile.write(target, channels.T, rate_hz, format=codec.upper(), subtype="PCM_24")
        return target.getvalue()
    form = _FORMATS[codec]
    layout = "mono" if len(channels) == 1 else "stereo"
    with av.open(target, "w", format=form.container) as container:
        stream = cast(av.AudioStream, container.add_stream(form.encoder, rate=rate_hz))
        stream.layout = layout
        stream.bit_rate = form.bits_per_s * len(channels)
        resampler = av.AudioResampler(_SAMPLE_FORMATS[form.encoder], layout, rate_hz, stream.frame_size or 1024)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels, np.float32), "fltp", layout)
        frame.sample_rate, frame.pts = rate_hz, 0
        for piece in (frame, None):
            for ready in resampler.resample(piece):
                container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return target.getvalue()


def decode(data: bytes, codec: Codec) -> tuple[Floats, int]:
    """What a player hears: waveform [channels, samples] from time zero, and its rate in Hz."""
    if codec in ("wav", "flac"):
        sound, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
        return np.ascontiguousarray(sound.T), rate_hz
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.audio[0]
        frames = [frame.to_ndarray() for frame in container.decode(stream)]
        channels, rate_hz = stream.channels, stream.rate
    if frames[0].shape[0] != channels:
        frames = [frame.reshape(-1, channels).T for frame in frames]
    return np.concatenate(frames, axis=1).astype(np.float32), rate_hz


def through_codec(sound: Floats, rate_hz: int, codec: Codec) -> Floats:
    """Sound [samples] or [channels, samples] after coding and decoding, in place and as long as before."""
    channels = np.atleast_2d(sound)
    decoded, _ = decode(encode(channels, rate_hz, codec), codec)
    heard = np.zeros_like(channels)
    count = min(heard.shape[1], decoded.shape[1])
    heard[:, :count] = decoded[:, :count]
    return heard.reshape(sound.shape)
