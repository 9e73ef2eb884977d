"""Reading ahead: the next frames are decoded while the last one is still looked at."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

Item = TypeVar("Item")

_DEPTH = 8
_POLL_S = 0.1


@contextmanager
def ahead(items: Iterable[Item], depth: int = _DEPTH) -> Iterator[Iterator[Item]]:
    """Takes items from their source in a thread of its own; what the source raises is raised at its place.

    Args:
        items: The source; nobody else may use it until the block ends.
        depth: How many items are held at most.

    Yields:
        The items, in order. The thread has ended when the block has.
    """
    reader = _Reader(items, depth)
    try:
        yield reader.items()
    finally:
        reader.stop()


class _Reader(Generic[Item]):
    def __init__(self, items: Iterable[Item], depth: int) -> None:
        self._source = items
        self._queue: Queue[Item | BaseException | None] = Queue(depth)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, name="ahead", daemon=True)
        self._thread.start()

    def items(self) -> Iterator[Item]:
        while True:
            item = self._queue.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def stop(self) -> None:
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=_POLL_S)
            except Empty:
                continue
        self._thread.join()

    def _read(self) -> None:
        try:
            for item in self._source:
                if not self._put(item):
                    return
            self._put(None)
        except Exception as error:  # whatever it is, the reader of the items must learn of it
            self._put(error)

    def _put(self, item: Item | BaseException | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_POLL_S)
            except Full:
                continue
            return True
        return False
