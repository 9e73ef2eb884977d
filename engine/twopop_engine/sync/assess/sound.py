"""A file's sound at 16 kHz in one channel, read in pieces, so that hours of it need not fit into memory."""

from __future__ import annotations

import math

import numpy as np
import soxr
from numpy.typing import NDArray

from twopop_engine.media.reader import AudioReader

RATE_HZ = 16000

_FEED_S = 2
_SETTLE_S = 1  # read before what is wanted, for the filter
_SKIP_S = 5  # a shorter way ahead is read through
_KEPT_S = 20


class FileSound:
    """Sound at 16 kHz on the file's own clock; a `MonoSound`. Reading on costs nothing, reading back a seek."""

    def __init__(self, reader: AudioReader, shift_s: float = 0.0) -> None:
        """Takes a reader, which stays the caller's to close.

        Args:
            reader: The source.
            shift_s: Delays the sound by whole samples of the source, to try what a mend would do.
        """
        self._reader = reader
        self._shift = round(shift_s * reader.rate_hz)
        self._begin = self._end = 0
        self._samples: NDArray[np.float32] = np.zeros(0, np.float32)
        self._restart(0)

    @property
    def length(self) -> int:
        """Samples from the file's zero to the end."""
        return max(0, math.ceil((self._reader.length + self._shift) * RATE_HZ / self._reader.rate_hz))

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Samples [count] from one on; zeros outside the file."""
        if not self._begin <= start <= self._end + _SKIP_S * RATE_HZ:
            self._restart(max(start // RATE_HZ - _SETTLE_S, -_SETTLE_S))
        while self._end < start + count:
            self._feed(keep_from=start)
        out = np.zeros(count, np.float32)
        first = max(start, self._begin)
        out[first - start :] = self._samples[first - self._begin : start + count - self._begin]
        return out

    def _restart(self, second: int) -> None:
        """Begins at a whole second, where both rates have a sample."""
        self._stream = soxr.ResampleStream(self._reader.rate_hz, RATE_HZ, 1, "float32", "HQ")
        self._fed = second * self._reader.rate_hz
        self._begin = self._end = second * RATE_HZ
        self._samples = np.zeros(0, np.float32)

    def _feed(self, keep_from: int) -> None:
        size = _FEED_S * self._reader.rate_hz
        block = self._reader.read(self._fed - self._shift, size).mean(axis=0)
        self._fed += size
        new = self._stream.resample_chunk(np.ascontiguousarray(block, np.float32)).reshape(-1)
        kept = max(0, min(keep_from, self._end) - _KEPT_S * RATE_HZ - self._begin)
        self._samples = np.concatenate([self._samples[kept:], new])
        self._begin += kept
        self._end += len(new)
