"""Writing WAV, BWF and RF64 (EBU Tech 3285, EBU Tech 3306): streamed, and atomic.

libsndfile's Python binding writes no chunks of its caller's, and editors look for bext and iXML before the samples.
"""

from __future__ import annotations

import struct
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType

import numpy as np

from twopop_engine.media.chunks import BroadcastExtension, build_bext
from twopop_engine.media.output import atomic_output, unwritable
from twopop_engine.media.reader import Waveform

_RIFF_LIMIT_BYTES = 0xFFFFFFFF
_DS64_BYTES = 28
_PLAIN_PCM, _PLAIN_FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_SUBFORMAT_TAIL = bytes.fromhex("000000001000800000aa00389b71")  # KSDATAFORMAT_SUBTYPE after its first two bytes


class SampleFormat(Enum):
    """How samples are stored; the value is the number of bits."""

    PCM_16 = 16
    PCM_24 = 24
    FLOAT_32 = 32

    @property
    def byte_count(self) -> int:
        """Bytes of one sample."""
        return self.value // 8

    def encode(self, samples: Waveform) -> bytes:
        """Interleaves and packs samples.

        Args:
            samples: Float waveform [channels, samples]. Integers are rounded to the nearest step and clipped at full
                scale, so that what was read from an integer file of no more bits comes back bit for bit.

        Returns:
            Little-endian frames.
        """
        frames = np.ascontiguousarray(samples.T, "<f4")
        if self is SampleFormat.FLOAT_32:
            return frames.tobytes()
        scale = 2.0 ** (self.value - 1)
        steps = np.clip(np.rint(frames * np.float64(scale)), -scale, scale - 1).astype("<i4")
        return steps.view(np.uint8).reshape(-1, 4)[:, : self.byte_count].tobytes()


@dataclass(frozen=True)
class WavFormat:
    """What a WAV file is to hold.

    Attributes:
        rate_hz: Samples per second.
        channels: 1 to 32 channels; three and more have no loudspeaker positions, as production sound has none.
        sample_format: How samples are stored.
    """

    rate_hz: int
    channels: int
    sample_format: SampleFormat = SampleFormat.PCM_24

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.sample_format.byte_count

    def chunk(self) -> bytes:
        """The content of the fmt chunk."""
        bits = self.sample_format.value
        plain = _PLAIN_FLOAT if self.sample_format is SampleFormat.FLOAT_32 else _PLAIN_PCM
        tag = plain if self.channels <= 2 else _EXTENSIBLE
        byte_rate = self.rate_hz * self.frame_bytes
        content = struct.pack("<HHIIHH", tag, self.channels, self.rate_hz, byte_rate, self.frame_bytes, bits)
        if tag == _EXTENSIBLE:
            content += struct.pack("<HHIH", 22, bits, 0, plain) + _SUBFORMAT_TAIL
        elif tag == _PLAIN_FLOAT:
            content += struct.pack("<H", 0)
        return content


class WavWriter:
    """A WAV file being written: a context manager that keeps the file only when its block ends well.

    Files beyond 4 GiB become RF64. The sizes in the header are set at the end; until then the file has a temporary
    name.

    Attributes:
        path: The file to make.
        sample_count: Samples written so far, of each channel.
    """

    def __init__(
        self,
        path: Path,
        wav_format: WavFormat,
        bext: BroadcastExtension | None = None,
        ixml: bytes | None = None,
        *,
        riff_limit_bytes: int = _RIFF_LIMIT_BYTES,
    ) -> None:
        """Prepares a file.

        Args:
            path: The file to make; an existing one is replaced at the end.
            wav_format: Rate, channels and sample format.
            bext: The bext chunk; None for none.
            ixml: Content of the iXML chunk; None for none.
            riff_limit_bytes: Size beyond which the file becomes RF64.

        Raises:
            ValueError: Channels out of range.
        """
        if not 1 <= wav_format.channels <= 32:
            raise ValueError(f"a WAV file is written with 1 to 32 channels, not {wav_format.channels}")
        self.path = path
        self.sample_count = 0
        self._format = wav_format
        self._limit = riff_limit_bytes
        self._chunks = [(b"JUNK", bytes(_DS64_BYTES)), (b"fmt ", wav_format.chunk())]
        if bext is not None:
            self._chunks.append((b"bext", build_bext(bext)))
        if ixml is not None:
            self._chunks.append((b"iXML", ixml))
        if wav_format.sample_format is SampleFormat.FLOAT_32:
            self._chunks.append((b"fact", bytes(4)))  # last, so that its place is known
        self._stack = ExitStack()

    def file_bytes(self, sample_count: int) -> int:
        """Size of the finished file, in bytes, for a number of samples of each channel."""
        data_bytes = sample_count * self._format.frame_bytes
        head_bytes = 12 + sum(8 + len(content) + len(content) % 2 for _, content in self._chunks) + 8
        return head_bytes + data_bytes + data_bytes % 2

    def __enter__(self) -> WavWriter:
        partial = self._stack.enter_context(atomic_output(self.path))
        try:
            self._file = self._stack.enter_context(partial.open("wb"))
            self._file.write(b"RIFF\0\0\0\0WAVE")
            for name, content in self._chunks:
                self._file.write(struct.pack("<4sI", name, len(content)) + content + bytes(len(content) % 2))
            self._file.write(b"data\0\0\0\0")
        except OSError as error:
            self._stack.close()
            raise unwritable(self.path, error) from error
        self._data_offset = self._file.tell()
        return self

    def write(self, samples: Waveform) -> None:
        """Appends samples.

        Args:
            samples: Float waveform [channels, samples].

        Raises:
            OutputUnwritable: The system refused to write.
        """
        if samples.shape[0] != self._format.channels:
            raise ValueError(f"expected {self._format.channels} channels, not {samples.shape[0]}")
        try:
            self._file.write(self._format.sample_format.encode(samples))
        except OSError as error:
            raise unwritable(self.path, error) from error
        self.sample_count += samples.shape[1]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            self._finish()

    def _finish(self) -> None:
        data_bytes = self.sample_count * self._format.frame_bytes
        self._file.write(bytes(data_bytes % 2))
        riff_bytes = self._data_offset - 8 + data_bytes + data_bytes % 2
        is_large = riff_bytes > self._limit
        if is_large:
            ds64 = struct.pack("<QQQI", riff_bytes, data_bytes, self.sample_count, 0)
            self._patch(0, b"RF64" + struct.pack("<I", _RIFF_LIMIT_BYTES))
            self._patch(12, struct.pack("<4sI", b"ds64", _DS64_BYTES) + ds64)
        else:
            self._patch(4, struct.pack("<I", riff_bytes))
        self._patch(self._data_offset - 4, struct.pack("<I", _RIFF_LIMIT_BYTES if is_large else data_bytes))
        if self._chunks[-1][0] == b"fact":
            count = _RIFF_LIMIT_BYTES if is_large else self.sample_count
            self._patch(self._data_offset - 12, struct.pack("<I", count))
        self._file.flush()

    def _patch(self, offset: int, content: bytes) -> None:
        self._file.seek(offset)
        self._file.write(content)
