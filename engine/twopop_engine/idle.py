"""When an engine may leave: nobody has called and nothing has run for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import grpc

from twopop_engine.operations.manager import OperationManager

_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class IdleClock(grpc.ServerInterceptor):
    """Counts down while nothing happens. Looking on (Status, health, reflection) does not keep an engine alive."""

    def __init__(self, manager: OperationManager, limit_s: float) -> None:
        """Starts the count.

        Args:
            manager: Whose operations keep the engine alive.
            limit_s: Seconds of idleness allowed; 0: any.
        """
        self._manager = manager
        self._limit_s = limit_s
        self._called_s = time.monotonic()
        self._lock = threading.Lock()
        self._held_count = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps the engine alive while a stream runs."""
        with self._lock:
            self._held_count += 1
        try:
            yield
        finally:
            with self._lock:
                self._held_count -= 1
                self._called_s = time.monotonic()

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], _Handler | None], details: grpc.HandlerCallDetails
    ) -> _Handler | None:
        """Notes the call."""
        if details.method.startswith("/twopop.v1.") and details.method != "/twopop.v1.Engine/Status":
            self._called_s = time.monotonic()
        return continuation(details)

    def left_s(self) -> float | None:
        """Seconds left; None while operations or streams run, or without a limit."""
        if not self._limit_s or self._manager.active_count or self._held_count:
            return None
        idle_s = time.monotonic() - max(self._called_s, self._manager.changed_s)
        return max(0.0, self._limit_s - idle_s)
