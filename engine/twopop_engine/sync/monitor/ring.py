"""The last rows of an endless series, by number, in memory that does not grow."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


class Ring(Generic[Scalar]):
    """Rows that were pushed last; rows that are no longer, not yet or never held read as `fill`.

    Attributes:
        end: Number of the next row; None before the first push.
    """

    def __init__(self, capacity: int, shape: tuple[int, ...], dtype: type[Scalar], fill: Any = 0) -> None:
        """Makes room.

        Args:
            capacity: Rows that are kept.
            shape: Of a row.
            dtype: Of its values.
            fill: Stands for what is not held.
        """
        self.end: int | None = None
        self._fill = fill
        self._rows: NDArray[Scalar] = np.full((capacity, *shape), fill, dtype)
        self._first = 0  # of what was pushed

    @property
    def begin(self) -> int:
        """Number of the oldest row that is held; 0 before the first push."""
        return 0 if self.end is None else max(self._first, self.end - len(self._rows))

    def start(self, first: int) -> None:
        """Says the number of the first row that will come; the first push does so by itself."""
        self.end = self._first = first

    def push(self, first: int, rows: NDArray[Scalar]) -> None:
        """Appends rows.

        Args:
            first: Number of the first; the numbers between the last push and it read as `fill`. Rows whose numbers
                were given before are left out.
            rows: The rows.
        """
        if self.end is None:
            self.start(first)
        end = first if self.end is None else self.end
        rows = rows[max(0, end - first) :]
        first = max(first, end)
        stop = first + len(rows)
        skipped = np.arange(max(end, first - len(self._rows)), first)
        self._rows[skipped % len(self._rows)] = self._fill
        kept = rows[-len(self._rows) :]
        self._rows[np.arange(stop - len(kept), stop) % len(self._rows)] = kept
        self.end = stop

    def read(self, first: int, count: int) -> NDArray[Scalar]:
        """Rows by number, [count, ...]; a copy."""
        out = np.full((count, *self._rows.shape[1:]), self._fill, self._rows.dtype)
        begin, end = max(first, self.begin), min(first + count, self.end or 0)
        if self.end is not None and begin < end:
            out[begin - first : end - first] = self._rows[np.arange(begin, end) % len(self._rows)]
        return out
