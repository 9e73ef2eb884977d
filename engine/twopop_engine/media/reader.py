"""What every reader of sound offers, whatever decodes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

Waveform = NDArray[np.float32]
"""Float waveform [channels, samples], full scale at 1."""


class AudioReader(ABC):
    """A stream of sound, read anywhere; for one thread at a time.

    Sample n stands at time n / rate_hz on the file's own clock: what lies before zero is trimmed, what begins after
    zero is preceded by silence.

    Attributes:
        path: The file.
        rate_hz: Samples per second.
        channels: Channels in the stream.
        length: Samples from zero to the end.
        is_float: Whether the file stores floating point, which may exceed full scale.
        truncated: Whether the file holds less than its header says, or parts that cannot be decoded. For coded sound
            this is known after those parts were read.
    """

    path: Path
    rate_hz: int
    channels: int
    length: int
    is_float: bool
    truncated: bool

    def read(self, start: int, count: int) -> Waveform:
        """Reads a stretch, exact to the sample.

        Args:
            start: First sample; may be negative.
            count: Samples to read, zero or more.

        Returns:
            Float waveform [channels, count]; zeros outside the file.
        """
        wanted = np.zeros((self.channels, count), np.float32)
        begin, end = max(start, 0), min(start + count, self.length)
        if begin < end:
            self._fill(wanted[:, begin - start : end - start], begin)
        return wanted

    def blocks(self, size: int, start: int = 0, stop: int | None = None) -> Iterator[Waveform]:
        """Streams a stretch in order.

        Args:
            size: Samples in a block, at least one.
            start: First sample; may be negative.
            stop: One past the last sample; None means the end of the file.

        Yields:
            Float waveforms [channels, size]; the last one may be shorter.
        """
        stop = self.length if stop is None else stop
        for position in range(start, stop, size):
            yield self.read(position, min(size, stop - position))

    @abstractmethod
    def _fill(self, wanted: Waveform, start: int) -> None:
        """Fills `wanted`, which is all zeros, from sample `start`; all of it lies inside the file."""

    @abstractmethod
    def close(self) -> None:
        """Closes the file."""

    def __enter__(self) -> AudioReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
