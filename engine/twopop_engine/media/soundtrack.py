"""Encoding sound into a container, beside streams that are copied."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import numpy as np
from av import AudioFrame
from av.audio import AudioStream
from av.codec import Codec
from av.container import OutputContainer
from numpy.typing import NDArray

from twopop.errors import OptionInvalid
from twopop_engine.media.reader import AudioReader, Waveform
from twopop_engine.media.wav import SampleFormat

_FRAME_SAMPLES = 4096
_FLAC_CHANNELS = 8
# Lossless where the container carries it; else the source's codec if this build encodes it, or one that fits.
_LOSSLESS = {"matroska": "flac", "avi": "pcm_s24le", "mxf": "pcm_s24le"}
_ONLY = {"webm": "libopus", "ogg": "libopus", "asf": "wmav2"}
_SAME_CODEC = {
    "mp2": "mp2",
    "mp2float": "mp2",
    "mp3": "libmp3lame",
    "mp3float": "libmp3lame",
    "ac3": "ac3",
    "aac": "aac",
}
_FALLBACK = {"mpeg": "mp2", "vob": "ac3"}
_LOW_RATE_HZ = 32_000  # below it, MPEG audio has smaller frames and a limit of 160 kbit/s


class SoundEncoder:
    """Encodes a reader's sound, moved in time, into a stream of a container.

    Attributes:
        time: Up to where it has encoded, in seconds on the source's clock.
    """

    def __init__(self, writer: OutputContainer, source: AudioStream, reader: AudioReader, delay: int) -> None:
        """Adds a stream.

        Args:
            writer: The container; its header is not written yet.
            source: The stream that is replaced; language and other tags are kept.
            reader: Its sound.
            delay: By how many samples the sound comes later; negative: earlier, and its head is cut.

        Raises:
            OptionInvalid: The container carries no sound of this rate.
        """
        self.time = Fraction(0)
        self._writer = writer
        self._reader = reader
        self._delay = delay
        self._position = 0
        self._stop = reader.length + max(0, delay)  # silence where the sound moved away: some players end with it
        name = _encoder(writer.format.name, source.codec_context.name, reader.channels)
        rates = Codec(name, "w").audio_rates
        if rates and reader.rate_hz not in rates:
            problem = f"{reader.rate_hz} Hz sound cannot be written to this container; end the name in .mkv"
            raise OptionInvalid.of("output", problem)
        layout = source.codec_context.layout.name
        self._stream = cast(AudioStream, writer.add_stream(name, reader.rate_hz, layout=layout))
        if name == "flac":
            self._stream.codec_context.format = "s32"
        elif not name.startswith("pcm_"):
            self._stream.codec_context.bit_rate = _bit_rate(name, reader.rate_hz, reader.channels)
        self._stream.metadata.update(source.metadata)

    def advance(self, until: Fraction) -> None:
        """Encodes up to a time, in seconds on the source's clock."""
        while self.time < until and self._position < self._stop:
            size = self._stream.codec_context.frame_size or _FRAME_SAMPLES
            count = min(size, self._stop - self._position)
            self._encode(self._reader.read(self._position - self._delay, count))

    def finish(self) -> None:
        """Encodes the rest."""
        self.advance(Fraction(self._stop, self._reader.rate_hz))
        self._writer.mux(self._stream.encode(None))

    def _encode(self, samples: Waveform) -> None:
        context = self._stream.codec_context
        packed = _samples_as(samples, context.format.name)
        frame = AudioFrame.from_ndarray(packed, context.format.name, context.layout.name)
        frame.sample_rate = self._reader.rate_hz
        frame.time_base = Fraction(1, self._reader.rate_hz)
        frame.pts = self._position
        self._writer.mux(self._stream.encode(frame))
        self._position += samples.shape[1]
        self.time = Fraction(self._position, self._reader.rate_hz)


def _encoder(container: str, codec: str, channels: int) -> str:
    lossless = _LOSSLESS.get(container)
    if lossless:
        return "pcm_s24le" if channels > _FLAC_CHANNELS else lossless
    return _ONLY.get(container) or _SAME_CODEC.get(codec) or _FALLBACK.get(container, "aac")


def _bit_rate(encoder: str, rate_hz: int, channels: int) -> int:
    """Bits a second: the highest that the codec is used at, or allows."""
    if encoder in ("mp2", "libmp3lame"):
        highest = {"mp2": 192_000 * min(channels, 2), "libmp3lame": 320_000}[encoder]
        return highest if rate_hz >= _LOW_RATE_HZ else 160_000
    return 640_000 if encoder == "ac3" else 160_000 * channels


def _samples_as(samples: Waveform, name: str) -> NDArray[Any]:
    """Samples in an encoder's format and arrangement; integers as `SampleFormat` makes them."""
    if name == "s16":
        return np.frombuffer(SampleFormat.PCM_16.encode(samples), "<i2")[None]
    if name == "s32":  # 24 bits at the top
        packed = np.zeros((samples.size, 4), np.uint8)
        packed[:, 1:] = np.frombuffer(SampleFormat.PCM_24.encode(samples), np.uint8).reshape(-1, 3)
        return packed.view("<i4").reshape(1, -1)
    return np.ascontiguousarray(samples if name.endswith("p") else samples.T.reshape(1, -1))
