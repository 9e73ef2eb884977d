"""Sound at evenly spaced positions between the samples: drift correction and sub-sample shifts.

libsoxr (at its very-high quality) doubles the rate, exactly, because the ratio is rational. The doubled signal leaves
the upper half of its band empty, so 16 taps find any point between its samples within -125 dB of the signal: a Farrow
structure (C. W. Farrow, "A continuously variable digital delay element", ISCAS 1988), whose taps are polynomials of
the fraction, fitted to the ideal delay by least squares. libsoxr alone would not do: at irrational ratios its clock is
off by a hundredth of a sample within the hour, and its residual rises to -84 dB near the band's edge.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import soxr
from numpy.typing import NDArray

from twopop_engine.media.reader import AudioReader, Waveform

_Doubles = NDArray[np.float64]

_TAPS = 16
_BEFORE = _TAPS // 2 - 1  # taps before the point's own interval
_DEGREE = 7
_MARGIN = 4096  # samples read ahead of the start, for the filters to settle
_FEED = 1 << 16
_BLOCK = 2048  # small enough for the cache, and for BLAS to stay in this thread
_SMALL_DRIFT = 0.0025  # beyond it, a rational ratio takes the larger part


class Resampler:
    """Reads a stream of sound in order, at positions start + n * step."""

    def __init__(self, reader: AudioReader, channels: list[int], start: float, step: float, rate_hz: int) -> None:
        """Prepares the reading.

        Args:
            reader: The source.
            channels: Which of its channels.
            start: Position of the first output sample, in samples of the source; any sign, any fraction.
            step: Distance between output samples, in samples of the source.
            rate_hz: Rate of the output. `step` is near the source's rate divided by it.
        """
        self._reader = reader
        self._channels = channels
        drift = Fraction(step) * rate_hz / reader.rate_hz
        large = Fraction(1) if abs(drift - 1) <= _SMALL_DRIFT else drift.limit_denominator(1001)
        count = len(channels)
        self._stages = [
            soxr.ResampleStream(rate_hz * large.numerator, 2 * rate_hz * large.denominator, count, "float64", "VHQ")
        ]
        if reader.rate_hz != rate_hz:
            self._stages.insert(0, soxr.ResampleStream(reader.rate_hz, rate_hz, count, "float64", "VHQ"))
        scale = 2 * Fraction(rate_hz, reader.rate_hz) / large
        self._feed_at = int(np.floor(start)) - _MARGIN
        self._start = (start - self._feed_at) * float(scale)
        self._step = step * float(scale)
        self._position = 0
        self._buffer: _Doubles = np.zeros((count, 0))
        self._buffer_at = 0

    def read(self, count: int) -> Waveform:
        """The next samples.

        Args:
            count: Samples to read.

        Returns:
            Float waveform [channels, count]; silence outside the source.
        """
        out = np.empty((len(self._channels), count), np.float32)
        for begin in range(0, count, _BLOCK):
            end = min(begin + _BLOCK, count)
            index = np.arange(self._position, self._position + end - begin, dtype=np.float64)
            positions = self._start + self._step * index
            self._position += end - begin
            self._reach(int(positions[-1]) + _TAPS)
            self._forget(int(positions[0]) - _TAPS)
            out[:, begin:end] = interpolate(self._buffer, positions - self._buffer_at)
        return out

    def _reach(self, position: int) -> None:
        """Feeds the source until the doubled signal covers a position."""
        pieces = [self._buffer]
        end = self._buffer_at + self._buffer.shape[1]
        while end <= position:
            block = self._reader.read(self._feed_at, _FEED)[self._channels].T.astype(np.float64)
            self._feed_at += _FEED
            for stage in self._stages:
                block = stage.resample_chunk(np.ascontiguousarray(block))
            pieces.append(block.T)
            end += len(block)
        if len(pieces) > 1:
            self._buffer = np.concatenate(pieces, axis=1)

    def _forget(self, position: int) -> None:
        """Drops what lies before a position, when it is much."""
        if position - self._buffer_at > 4 * _FEED:
            self._buffer = self._buffer[:, position - self._buffer_at :].copy()
            self._buffer_at = position


def _soxr(from_hz: int, to_hz: int, channels: int) -> soxr.ResampleStream:
    return soxr.ResampleStream(from_hz, to_hz, channels, dtype="float64", quality="VHQ")


def interpolate(signal: _Doubles, positions: _Doubles) -> _Doubles:
    """A signal between its samples.

    Args:
        signal: Waveform [channels, samples] whose content stays below half of its Nyquist frequency.
        positions: Where to find it, in samples, rising by nearly 2 each; from `_BEFORE` to `samples - _TAPS`.

    Returns:
        Waveform [channels, positions].
    """
    whole = np.floor(positions).astype(np.int64)
    fraction = positions - whole - 0.5
    # While the whole part rises by exactly 2, each tap is a slice, and all polynomials are one matrix product.
    breaks = np.flatnonzero(np.diff(whole) != 2) + 1
    out = np.empty((signal.shape[0], len(positions)))
    for begin, end in zip([0, *breaks], [*breaks, len(positions)], strict=True):
        first = whole[begin] - _BEFORE
        for channel in range(signal.shape[0]):
            windows = np.lib.stride_tricks.sliding_window_view(signal[channel, first:], _TAPS)[: 2 * (end - begin) : 2]
            terms = _farrow_taps() @ windows.T
            value = terms[-1]
            for term in terms[-2::-1]:
                value = value * fraction[begin:end] + term
            out[channel, begin:end] = value
    return out


@cache
def _farrow_taps() -> _Doubles:
    """Taps as polynomials of the fraction - 0.5: [degree + 1, taps]."""
    offsets = np.arange(_TAPS) - _BEFORE
    frequencies = np.pi / 2 * np.cos(np.linspace(0, np.pi / 2, 400))  # dense at the band's edge
    fractions = (1 - np.cos(np.linspace(0, np.pi, 64))) / 2
    tap_phases = np.outer(frequencies, offsets)
    point_phases = np.outer(frequencies, fractions)
    basis = np.concatenate([np.cos(tap_phases), np.sin(tap_phases)])
    ideal = np.concatenate([np.cos(point_phases), np.sin(point_phases)])
    taps, *_ = np.linalg.lstsq(basis, ideal, rcond=1e-13)
    polynomials: _Doubles = np.polynomial.polynomial.polyfit(fractions - 0.5, taps.T, _DEGREE)
    return polynomials
