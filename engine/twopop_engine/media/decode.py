"""Exact reading of coded sound from containers, through FFmpeg's decoders.

After a seek the same samples come as when decoding from the beginning, with one exception: where an AAC encoder put a
noise generator in the place of noise (PNS, ISO/IEC 14496-3, 4.6.13), each decoding draws that noise anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av.error
import numpy as np
from av import AudioFrame

from twopop.timing import round_half_up
from twopop_engine.media.container import clock_zero, only_audio, open_container, time_base
from twopop_engine.media.grid import Grid, Run, runs
from twopop_engine.media.length import stream_end
from twopop_engine.media.reader import AudioReader, Waveform

_PREROLL_S = 0.25  # decoders need what came before: overlapping windows, the bit reservoir of MP3
_SEEK_GAIN_S = 5  # a shorter way ahead is decoded through
_HISTORY_SAMPLES = 1 << 20  # kept behind the position, so that overlapping reads need no seek
_TAIL_TOLERANCE_S = 0.05  # durations in headers are rounded
_SAMPLE_TYPES: dict[str, np.dtype[Any]] = {
    "u8": np.dtype(np.uint8),
    "s16": np.dtype(np.int16),
    "s32": np.dtype(np.int32),
    "s64": np.dtype(np.int64),
    "flt": np.dtype(np.float32),
    "dbl": np.dtype(np.float64),
}

_Piece = tuple[int, Waveform]
"""Position and samples."""


class ContainerReader(AudioReader):
    """Sound that FFmpeg decodes."""

    def __init__(self, path: Path, stream_index: int | None) -> None:
        self.path = path
        self.truncated = False
        self._stream_index = stream_index
        self._seeks_exactly: bool | None = None
        self._open()
        context = self._stream.codec_context
        self.rate_hz = context.sample_rate
        self.channels = context.channels
        self.is_float = context.name.startswith("pcm_f")
        zero = clock_zero(self._container)
        self._grid = Grid(time_base(self._stream) * self.rate_hz, zero * self.rate_hz)
        end = (stream_end(path, self._container, self._stream) - zero) * self.rate_hz
        if self._grid.per_tick > 1:
            end += self._grid.per_tick  # rounding must not cost the last samples
        self.length = max(0, round_half_up(end))
        self._restart(from_beginning=True)

    def close(self) -> None:
        """Closes the file."""
        self._container.close()

    def _open(self) -> None:
        self._container = open_container(self.path)
        self._stream = only_audio(self._container, self._stream_index)

    def _restart(self, *, from_beginning: bool) -> None:
        self._pieces: deque[_Piece] = deque()
        self._floor = 0  # all between here and the reached position is in the pieces, or silence
        self._reached = 0
        self._decoded = runs(self._frames(), self._grid, self.rate_hz, from_beginning=from_beginning)

    def _fill(self, wanted: Waveform, start: int) -> None:
        stop = start + wanted.shape[1]
        self._approach(start)
        for kept in reversed(self._pieces):
            if _copy(kept, wanted, start):
                break
        while self._reached < stop and (piece := self._decode()) is not None:
            _copy(piece, wanted, start)
        self.truncated |= self._reached < stop - _TAIL_TOLERANCE_S * self.rate_hz

    def _decode(self) -> _Piece | None:
        """Decodes one more piece; None at the end."""
        run = next(self._decoded, None)
        if run is None:
            return None
        piece = run.position, _waveform(run, self.channels)
        self._pieces.append(piece)
        self._reached = piece[0] + piece[1].shape[1]
        while len(self._pieces) > 1 and self._reached - self._pieces[1][0] > _HISTORY_SAMPLES:
            self._pieces.popleft()
            self._floor = max(self._floor, self._pieces[0][0])
        return piece

    def _approach(self, start: int) -> None:
        """Makes sure that decoding on leads to `start`."""
        if self._floor <= start <= self._reached + _SEEK_GAIN_S * self.rate_hz:
            return
        preroll = round(_PREROLL_S * self.rate_hz)
        if start > preroll and self._can_seek():
            self._container.seek(self._grid.timestamp(start - preroll), stream=self._stream)
            self._restart(from_beginning=False)
            self._floor = start
            if self._decode() is not None and self._pieces[0][0] <= start - preroll // 2:
                return
            start = -1  # it landed too late: only the beginning is sure
        if start < self._floor:
            self._container.close()
            self._open()
            self._restart(from_beginning=True)

    def _can_seek(self) -> bool:
        """Whether a seek lands on the same sample as decoding from the beginning."""
        if self._seeks_exactly is None:
            self._seeks_exactly = (
                self._container.format.name.startswith(("mov", "mxf"))
                and self._grid.is_exact
                and (self._stream.codec_context.name.startswith("pcm_") or self._is_regular())
            )
        return self._seeks_exactly

    def _is_regular(self) -> bool:
        """Whether all packets but the last are equally long, so that no jitter was bridged on the way."""
        stamps = np.array([entry.timestamp for entry in self._stream.index_entries], np.int64)
        return len(stamps) > 2 and len(np.unique(np.diff(stamps))) == 1

    def _frames(self) -> Iterator[AudioFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                yield from packet.decode()
            except av.error.InvalidDataError:
                self.truncated = True
            except av.error.FFmpegError:
                self.truncated = True
                return


def _copy(piece: _Piece, wanted: Waveform, start: int) -> bool:
    """Copies what a piece holds of the samples from `start` on; True when it reaches back to them or beyond."""
    position, samples = piece
    begin, end = max(start, position), min(start + wanted.shape[1], position + samples.shape[1])
    if begin < end:
        wanted[:, begin - start : end - start] = samples[:, begin - position : end - position]
    return position <= start


def _waveform(run: Run, channels: int) -> Waveform:
    """Decoded frames as float, read from their planes."""
    samples = np.zeros((channels, sum(frame.samples for frame in run.frames)), np.float32)
    at = 0
    for frame in run.frames:
        count = frame.samples
        name = frame.format.name
        kind = _SAMPLE_TYPES[name.removesuffix("p")]
        target = samples[:, at : at + count]
        if name.endswith("p"):
            for channel, plane in zip(target, frame.planes, strict=False):  # the layout may change on the way
                channel[:] = np.frombuffer(memoryview(plane), kind, count)
        else:
            size = count * frame.layout.nb_channels
            packed = np.frombuffer(memoryview(frame.planes[0]), kind, size).reshape(count, -1).T
            target[: len(packed)] = packed[:channels]
        if kind.kind == "u":
            target -= 128
        if kind.kind in "ui":
            target *= np.float32(2.0 ** (1 - 8 * kind.itemsize))
        at += count
    return samples[:, run.skip :]
