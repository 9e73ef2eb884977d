"""Envelopes of sound, laid on a reference's clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twopop.v1 import media_pb2
from twopop_engine.media.pcm import open_audio

BLOCK_SAMPLES = 1 << 16
ONSET_STEP_S = 0.01
ONSET_MEMORY_STEPS = 8


class Sound(Protocol):
    """Sound that can be read anywhere: `media.pcm.AudioReader`, or anything like it."""

    @property
    def rate_hz(self) -> int:
        """Samples per second."""

    @property
    def length(self) -> int:
        """Samples."""

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Waveform [channels, count]; zeros outside the file."""


@dataclass(frozen=True)
class Mixed:
    """The files of one recording, heard as one channel.

    Attributes:
        parts: Files that ran together sample by sample, at one rate; at least one.
    """

    parts: Sequence[Sound]

    @property
    def rate_hz(self) -> int:
        """Samples per second."""
        return self.parts[0].rate_hz

    @property
    def length_s(self) -> float:
        """Seconds of the longest part."""
        return max(part.length for part in self.parts) / self.rate_hz

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """The mean of all channels.

        Returns:
            Waveform [count].
        """
        channels = np.concatenate([part.read(start, count) for part in self.parts])
        mean: NDArray[np.float32] = channels.mean(axis=0, dtype=np.float32)
        return mean


@contextmanager
def open_mixed(paths: Sequence[str]) -> Iterator[Mixed]:
    """Opens the files of one recording.

    Args:
        paths: At least one.

    Raises:
        twopop.errors.InputError: One of them cannot be read.
    """
    with ExitStack() as stack:
        yield Mixed([stack.enter_context(open_audio(Path(path))) for path in paths])


@dataclass(frozen=True)
class Envelope:
    """The lowest and highest sample of each of a row of equal stretches of time.

    Attributes:
        low: Lowest samples [columns]; NaN where there is no sound to read.
        high: Highest samples [columns]; NaN likewise.
    """

    low: NDArray[np.float32]
    high: NDArray[np.float32]

    @property
    def peak(self) -> float:
        """The largest magnitude; 0 for silence and for nothing."""
        known = self.high[np.isfinite(self.high)], self.low[np.isfinite(self.low)]
        return float(max(known[0].max(), -known[1].min())) if known[0].size else 0.0

    def reduced(self, columns: int) -> Envelope:
        """The same in fewer columns; unchanged when there are as few already."""
        if columns >= self.low.size:
            return self
        first = np.arange(columns) * self.low.size // columns
        return Envelope(np.fmin.reduceat(self.low, first), np.fmax.reduceat(self.high, first))

    def flipped(self) -> Envelope:
        """The envelope of the sound with its sign turned."""
        return Envelope(-self.high, -self.low)


def whole_file(start_s: float, length_s: float) -> media_pb2.Segment:
    """The map of a file that lies on the reference's clock in one piece, without drift."""
    return media_pb2.Segment(start_s=start_s, duration_s=length_s)


def segment_stop_s(segment: media_pb2.Segment) -> float:
    """Where a piece ends, in seconds on the reference's clock."""
    return segment.start_s + segment.duration_s / (1 + segment.drift_ppm * 1e-6)


def envelope(
    sound: Mixed, segments: Sequence[media_pb2.Segment], start_s: float, duration_s: float, columns: int
) -> Envelope:
    """Reads a stretch of the reference's clock from a file that is laid on it.

    Args:
        sound: The file, or the files of one family.
        segments: How its clock maps to the reference's.
        start_s: Start of the stretch, in seconds on the reference's clock.
        duration_s: Its length in seconds, greater than zero.
        columns: Equal stretches to divide it into.

    Returns:
        The envelope [columns].
    """
    low = np.full(columns, np.nan, np.float32)
    high = np.full(columns, np.nan, np.float32)
    for segment in segments:
        for samples, times_s in _blocks(sound, segment, start_s, start_s + duration_s):
            column = np.floor((times_s - start_s) * (columns / duration_s)).astype(np.int64).clip(0, columns - 1)
            first = np.flatnonzero(np.diff(column, prepend=-1))
            at = column[first]
            low[at] = np.fmin(low[at], np.minimum.reduceat(samples, first))
            high[at] = np.fmax(high[at], np.maximum.reduceat(samples, first))
    return Envelope(low, high)


def _blocks(
    sound: Mixed, segment: media_pb2.Segment, start_s: float, stop_s: float
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float64]]]:
    """Samples of one segment in [start_s, stop_s) of the reference's clock, each with its time there."""
    speed = 1 + segment.drift_ppm * 1e-6
    rate_hz = sound.rate_hz
    begin_s = max(start_s, segment.start_s)
    end_s = min(stop_s, segment_stop_s(segment))
    if end_s <= begin_s:
        return
    first = int(np.ceil((segment.other_start_s + (begin_s - segment.start_s) * speed) * rate_hz))
    last = int(np.ceil((segment.other_start_s + (end_s - segment.start_s) * speed) * rate_hz))
    last = min(last, round(sound.length_s * rate_hz))
    for block in range(max(first, 0), last, BLOCK_SAMPLES):
        count = min(BLOCK_SAMPLES, last - block)
        own_s = np.arange(block, block + count) / rate_hz
        yield sound.read(block, count), segment.start_s + (own_s - segment.other_start_s) / speed


def strongest_onset(reference: Envelope, other: Envelope, start_s: float, duration_s: float) -> float | None:
    """Where the reference rises most steeply while the other has sound.

    Args:
        reference: Envelope [columns] of the stretch.
        other: The other's, over the same stretch.
        start_s: Start of the stretch in seconds.
        duration_s: Its length in seconds.

    Returns:
        Seconds on the stretch's clock; None when nothing rises.
    """
    columns = reference.low.size
    level = np.nan_to_num(np.maximum(reference.high, -reference.low))
    padded = np.concatenate([np.zeros(ONSET_MEMORY_STEPS, np.float32), level])
    before = np.lib.stride_tricks.sliding_window_view(padded, ONSET_MEMORY_STEPS)[:columns].max(axis=1)
    rise = np.where(np.isfinite(other.high), level - before, 0)
    rise[: min(ONSET_MEMORY_STEPS, columns)] = 0  # sound that starts with the stretch is a cut, not an onset
    best = int(np.argmax(rise))
    if rise[best] <= 0:
        return None
    return start_s + (best + 0.5) * duration_s / columns
