"""What a client of a stream has sent and nobody has taken yet: bounded, whatever the client does."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from twopop.v1 import sync_pb2

_MOST_ITEMS: Final = 512
_MOST_BYTES: Final = 32 << 20


@dataclass(frozen=True)
class Arrived:
    """A message of the client.

    Attributes:
        at_s: When it came, by `time.monotonic`.
        request: The message, serialised.
        is_picture: Whether it may be dropped.
    """

    at_s: float
    request: bytes
    is_picture: bool

    @classmethod
    def of(cls, request: sync_pb2.MonitorRequest, at_s: float) -> Arrived:
        """A message that has just come."""
        return cls(at_s, request.SerializeToString(), request.WhichOneof("part") == "picture")


class Inbox:
    """Hands messages from one thread to another, in order.

    When it is full, the oldest pictures make room; sound and landmarks wait, and with them whoever sends them.

    Attributes:
        dropped_count: Pictures that were dropped.
    """

    def __init__(self, most_items: int = _MOST_ITEMS, most_bytes: int = _MOST_BYTES) -> None:
        """Begins empty.

        Args:
            most_items: Messages that are held at most.
            most_bytes: Their size at most; one larger message is held alone.
        """
        self.dropped_count = 0
        self._most_items = most_items
        self._most_bytes = most_bytes
        self._items: deque[Arrived] = deque()
        self._bytes = 0
        self._is_closed = False
        self._changed = threading.Condition()

    def put(self, item: Arrived) -> bool:
        """Adds a message, once there is room.

        Returns:
            Whether anybody will take it: False when the inbox is closed.
        """
        with self._changed:
            while not self._is_closed and not self._has_room(item):
                if not self._drop_a_picture():
                    self._changed.wait()
            if self._is_closed:
                return False
            self._items.append(item)
            self._bytes += len(item.request)
            self._changed.notify_all()
            return True

    def take(self) -> Arrived | None:
        """The oldest message, once there is one; None when the inbox is closed and empty."""
        with self._changed:
            while not self._items and not self._is_closed:
                self._changed.wait()
            if not self._items:
                return None
            item = self._items.popleft()
            self._bytes -= len(item.request)
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Takes no more; what is there can still be taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _has_room(self, item: Arrived) -> bool:
        if not self._items:
            return True
        return len(self._items) < self._most_items and self._bytes + len(item.request) <= self._most_bytes

    def _drop_a_picture(self) -> bool:
        for place, item in enumerate(self._items):
            if item.is_picture:
                del self._items[place]
                self._bytes -= len(item.request)
                self.dropped_count += 1
                return True
        return False
