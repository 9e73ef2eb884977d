"""Sound laid on a reference's clock, as a map of segments says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Protocol

import numpy as np

from twopop_engine.media.reader import AudioReader, Waveform
from twopop_engine.media.resample import Resampler
from twopop_engine.media.segment import Segment

_FADE_S = 0.010
_WHOLE_SAMPLE = 1e-3  # a shift or a drift of less, in samples over a piece, is none: 20 ns at 48 kHz
_BLOCK = 1 << 16


class _Source(Protocol):
    def read(self, count: int) -> Waveform:
        """The next samples."""


@dataclass
class _Copier:
    """Reads whole samples as they are."""

    reader: AudioReader
    channels: list[int]
    position: int

    def read(self, count: int) -> Waveform:
        samples = self.reader.read(self.position, count)[self.channels]
        self.position += count
        return samples


@dataclass(frozen=True)
class _Ramp:
    """A straight fade between two times, in seconds on the reference's clock; equal times make a hard edge."""

    begin_s: float
    end_s: float


@dataclass(frozen=True)
class _Piece:
    """A segment with its fades."""

    segment: Segment
    fade_in: _Ramp
    fade_out: _Ramp

    def gain(self, first_s: float, rate_hz: int, count: int) -> Waveform | None:
        """Gains of samples from a time on; None when all are 1."""
        last_s = first_s + (count - 1) / rate_hz
        if first_s >= self.fade_in.end_s and last_s <= self.fade_out.begin_s:
            return None
        times = first_s + np.arange(count) / rate_hz
        gain = np.ones(count)
        if self.fade_in.end_s > self.fade_in.begin_s:
            gain = np.clip((times - self.fade_in.begin_s) / (self.fade_in.end_s - self.fade_in.begin_s), 0, 1)
        if self.fade_out.end_s > self.fade_out.begin_s:
            gain *= np.clip((self.fade_out.end_s - times) / (self.fade_out.end_s - self.fade_out.begin_s), 0, 1)
        return gain.astype(np.float32)


def mixdown(
    reader: AudioReader, channels: list[int], segments: list[Segment], start: Fraction, rate_hz: int, count: int
) -> Iterator[Waveform]:
    """Sound on a reference's clock: shifted to the sub-sample, drift corrected.

    Where nothing has to be resampled, samples are copied bit for bit. Segments that meet are crossfaded over 10 ms;
    edges inside the file are faded, so that a cut does not click. Where no segment lies there is silence.

    Args:
        reader: The source.
        channels: Which of its channels.
        segments: The map from the source's clock to the reference's.
        start: Time of the first sample to make, in seconds on the reference's clock.
        rate_hz: Rate of what is made.
        count: Samples to make.

    Yields:
        Float waveforms [channels, samples], `count` samples in all.
    """
    pieces = _with_fades(segments, reader.length / reader.rate_hz)
    bounds = [_bounds(piece, start, rate_hz, count) for piece in pieces]
    sources: dict[int, _Source] = {}
    for begin in range(0, count, _BLOCK):
        end = min(begin + _BLOCK, count)
        mixed = np.zeros((len(channels), end - begin), np.float32)
        for index, (piece, (first, stop)) in enumerate(zip(pieces, bounds, strict=True)):
            low, high = max(begin, first), min(end, stop)
            if low >= high:
                continue
            if index not in sources:
                sources[index] = _source(reader, channels, piece.segment, start + Fraction(low, rate_hz), rate_hz)
            samples = sources[index].read(high - low)
            gain = piece.gain(float(start + Fraction(low, rate_hz)), rate_hz, high - low)
            mixed[:, low - begin : high - begin] += samples if gain is None else samples * gain
        yield mixed


def _with_fades(segments: list[Segment], length_s: float) -> list[_Piece]:
    ordered = sorted(segments, key=lambda segment: segment.start_s)
    if not ordered:
        return []
    tick = 1e-4  # an edge this close to the file's own is the file's own
    joins = [_join(before, after) for before, after in pairwise(ordered)]
    pieces = []
    for segment, before, after in zip(ordered, [None, *joins], [*joins, None], strict=True):
        fade_in, fade_out = before, after
        if fade_in is None:
            inside = segment.other_start_s > tick
            fade_in = _Ramp(segment.start_s, segment.start_s + (_FADE_S if inside else 0))
        if fade_out is None:
            inside = segment.other_start_s + segment.duration_s < length_s - tick
            fade_out = _Ramp(segment.end_s - (_FADE_S if inside else 0), segment.end_s)
        pieces.append(_Piece(segment, fade_in, fade_out))
    return pieces


def _join(before: Segment, after: Segment) -> _Ramp | None:
    """The crossfade where two segments meet; None when there is a gap."""
    if after.start_s - before.end_s > _FADE_S:
        return None
    middle = min((before.end_s + after.start_s) / 2, after.start_s + _FADE_S)  # the later one wins an overlap
    return _Ramp(middle - _FADE_S / 2, middle + _FADE_S / 2)


def _bounds(piece: _Piece, start: Fraction, rate_hz: int, count: int) -> tuple[int, int]:
    """First sample that a piece sounds in, and one past the last."""
    epsilon = _WHOLE_SAMPLE
    first = np.ceil(float((Fraction(piece.fade_in.begin_s) - start) * rate_hz) - epsilon)
    stop = np.ceil(float((Fraction(piece.fade_out.end_s) - start) * rate_hz) - epsilon)
    return max(0, int(first)), min(count, int(stop))


def _source(reader: AudioReader, channels: list[int], segment: Segment, time: Fraction, rate_hz: int) -> _Source:
    position = segment.other_time(time) * reader.rate_hz
    drift_samples = abs(segment.drift_ppm) / 1e6 * segment.duration_s * reader.rate_hz
    whole = round(position)
    if reader.rate_hz == rate_hz and drift_samples < _WHOLE_SAMPLE and abs(position - whole) < _WHOLE_SAMPLE:
        return _Copier(reader, channels, whole)
    step = float(segment.speed * reader.rate_hz / rate_hz)
    return Resampler(reader, channels, float(position), step, rate_hz)
