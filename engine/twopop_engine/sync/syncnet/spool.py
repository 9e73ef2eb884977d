"""Embeddings of a long video, kept on disk once they are many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from weakref import finalize

import numpy as np

from twopop_engine.sync.syncnet.distance import Embeddings

_IN_MEMORY_BYTES = 1 << 24  # 3 minutes of video


@dataclass
class Run:
    """Windows that follow each other.

    Attributes:
        first: Tick of the first window.
        count: Windows.
    """

    first: int
    count: int

    @property
    def stop(self) -> int:
        """One past the last window's tick."""
        return self.first + self.count


class Spool:
    """Embeddings in order of their ticks, in runs; written once, read once."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._file = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 (closed with the spool, whoever drops it)
        finalize(self, self._file.close)
        self._width = 0

    def begin(self, tick: int) -> None:
        """Begins a run at a tick."""
        self.runs.append(Run(tick, 0))

    def append(self, rows: Embeddings) -> None:
        """Adds to the last run."""
        self._width = rows.shape[1]
        self._file.write(np.ascontiguousarray(rows, np.float32).tobytes())
        self.runs[-1].count += len(rows)

    def read(self, size: int) -> Iterator[tuple[Run, int, Embeddings]]:
        """Reads it all.

        Args:
            size: Most windows at once.

        Yields:
            The run, the tick of the first window, and the embeddings.
        """
        self._file.seek(0)
        for run in self.runs:
            for tick in range(run.first, run.stop, size):
                count = min(size, run.stop - tick)
                data = self._file.read(count * self._width * 4)
                yield run, tick, np.frombuffer(data, np.float32).reshape(count, self._width)
