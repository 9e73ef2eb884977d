"""Exact reading of coded sound from containers, through FFmpeg's decoders.

Frames are laid on the sample grid by their presentation time. Containers that round time (Matroska to 1 ms) jitter, so
a frame that stands within `_JITTER_S` of where the last one ended joins it; a greater gap becomes silence and a greater
overlap is cut. The start of a stream whose container rounds is estimated from many frames: each one's rounding
interval narrows it down.

After a seek the same samples come as when decoding from the beginning, with one exception: where an AAC encoder put a
noise generator in the place of noise (PNS, ISO/IEC 14496-3, 4.6.13), each decoding draws that noise anew.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path

import av.error
import numpy as np
from av import AudioFrame

from twopop.timing import round_half_up
from twopop_engine.media.container import clock_zero, only_audio, open_container, time_base
from twopop_engine.media.length import stream_end
from twopop_engine.media.reader import AudioReader, Waveform

_JITTER_S = 0.002
_PREROLL_S = 0.25  # decoders need what came before: overlapping windows, the bit reservoir of MP3
_SEEK_GAIN_S = 5  # a shorter way ahead is decoded through
_HISTORY_SAMPLES = 1 << 20  # kept behind the position, so that overlapping reads need no seek
_ANCHOR_FRAMES = 48
_TAIL_TOLERANCE_S = 0.05  # durations in headers are rounded


_Piece = tuple[int, Waveform]
"""Position and samples."""


class _Grid:
    """Presentation timestamps on the grid of samples: position = timestamp * per_tick - zero."""

    def __init__(self, per_tick: Fraction, zero: Fraction) -> None:
        self.per_tick = per_tick
        self.zero = zero
        # (timestamp * slope + intercept) // scale rounds half up, in whole numbers because it runs for every frame.
        intercept = Fraction(1, 2) - zero
        self._scale = math.lcm(per_tick.denominator, intercept.denominator)
        self._slope = int(per_tick * self._scale)
        self._intercept = int(intercept * self._scale)

    def position(self, timestamp: int) -> int:
        return (timestamp * self._slope + self._intercept) // self._scale

    def timestamp(self, position: int) -> int:
        return math.floor((position + self.zero) / self.per_tick)

    def after_gap(self, position: int, expected: int, frame_samples: int) -> int:
        """Where a frame lies behind lost ones: they were as long as it, which tells more than a rounded timestamp."""
        whole = expected + round((position - expected) / frame_samples) * frame_samples
        return whole if abs(whole - position) <= self.per_tick else position

    @property
    def is_exact(self) -> bool:
        """Whether every sample has a timestamp."""
        return self.per_tick.numerator == 1


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
        self._grid = _Grid(time_base(self._stream) * self.rate_hz, zero * self.rate_hz)
        end = (stream_end(path, self._container, self._stream) - zero) * self.rate_hz
        if self._grid.per_tick > 1:
            end += self._grid.per_tick  # rounding must not cost the last samples
        self.length = max(0, round_half_up(end))

    def close(self) -> None:
        """Closes the file."""
        self._container.close()

    def _open(self) -> None:
        self._container = open_container(self.path)
        self._stream = only_audio(self._container, self._stream_index)
        self._restart(from_beginning=True)

    def _restart(self, *, from_beginning: bool) -> None:
        self._pieces: deque[_Piece] = deque()
        self._floor = 0  # all between here and the reached position is in the pieces, or silence
        self._reached = 0
        self._decoded = self._place(self._frames(), from_beginning)

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
        piece = next(self._decoded, None)
        if piece is None:
            return None
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

    def _place(self, frames: Iterator[AudioFrame], from_beginning: bool) -> Iterator[_Piece]:
        expected: int | None = None
        if from_beginning and self._grid.per_tick > 1:
            first = list(islice(frames, _ANCHOR_FRAMES))
            expected = _anchor(first, self._grid)
            frames = chain(first, frames)
        tolerance = _JITTER_S * self.rate_hz
        for frame in frames:
            samples = _waveform(frame, self.channels)
            position = expected if frame.pts is None else self._grid.position(frame.pts)
            if position is None:
                position = 0
            if expected is not None:
                if abs(position - expected) <= tolerance:
                    position = expected
                elif position < expected:
                    samples = samples[:, expected - position :]
                    position = expected
                else:
                    position = self._grid.after_gap(position, expected, frame.samples)
            expected = position + samples.shape[1]
            if samples.shape[1]:
                yield position, samples


def _copy(piece: _Piece, wanted: Waveform, start: int) -> bool:
    """Copies what a piece holds of the samples from `start` on; True when it reaches back to them or beyond."""
    position, samples = piece
    begin, end = max(start, position), min(start + wanted.shape[1], position + samples.shape[1])
    if begin < end:
        wanted[:, begin - start : end - start] = samples[:, begin - position : end - position]
    return position <= start


def _anchor(frames: list[AudioFrame], grid: _Grid) -> int | None:
    """Where the first frame begins, from the rounded timestamps of all; None when they jitter by more than rounding.

    The first timestamp takes no part: priming that was cut off it was rounded once more.
    """
    lower, upper = -math.inf, math.inf
    behind = 0
    for frame in frames:
        if behind and frame.pts is not None:
            middle = float(frame.pts * grid.per_tick - grid.zero) - behind
            lower = max(lower, middle - float(grid.per_tick) / 2)
            upper = min(upper, middle + float(grid.per_tick) / 2)
        behind += frame.samples
    if not -math.inf < lower <= upper + 1:
        return None
    if lower - 1 <= 0 <= upper + 1:
        return 0
    return round((lower + upper) / 2)


_PLANE_TYPES = {"u8": np.uint8, "s16": np.int16, "s32": np.int32, "s64": np.int64, "flt": np.float32, "dbl": np.float64}


def _waveform(frame: AudioFrame, channels: int) -> Waveform:
    """A decoded frame as float; read from its planes, since it runs for every frame."""
    name = frame.format.name.removesuffix("p")
    kind = np.dtype(_PLANE_TYPES[name])
    in_plane = frame.samples * (1 if frame.format.is_planar else frame.layout.nb_channels)
    planes = [np.frombuffer(memoryview(plane), kind, in_plane) for plane in frame.planes]
    if frame.format.is_packed:
        planes = list(planes[0].reshape(frame.samples, -1).T)
    samples = np.zeros((channels, frame.samples), np.float32)
    for channel, plane in enumerate(planes[:channels]):  # the layout may change on the way
        samples[channel] = plane
    if kind.kind == "u":
        samples -= 128
    if kind.kind in "ui":
        samples *= np.float32(2.0 ** (1 - 8 * kind.itemsize))
    return samples
