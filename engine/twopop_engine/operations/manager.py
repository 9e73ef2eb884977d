"""Operations from their start to their end: states, watchers, cancellation (AIP-151)."""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from google.protobuf import any_pb2
from google.protobuf.message import Message

from twopop.errors import (
    EngineUnavailable,
    OperationCancelled,
    OperationInterrupted,
    OperationUnknown,
    OutputUnwritable,
)
from twopop.v1 import operations_pb2
from twopop_engine.operations.active import ActiveOperation, end, is_final
from twopop_engine.operations.messages import Task
from twopop_engine.operations.pool import Assignment
from twopop_engine.operations.store import OperationStore

_log = logging.getLogger(__name__)


class Pool(Protocol):
    """Where operations are worked off; `twopop_engine.operations.pool.WorkerPool`."""

    def submit(self, assignment: Assignment) -> None:
        """Queues an operation's job."""

    def wake(self) -> None:
        """Makes workers look whether what they do is still wanted."""


class OperationManager:
    """All operations of an engine."""

    def __init__(self, store: OperationStore, pool: Pool) -> None:
        """Takes over a store; what an earlier engine left unfinished in it becomes INTERRUPTED."""
        self._store = store
        self._pool = pool
        self._lock = threading.RLock()
        self._entries: dict[str, ActiveOperation] = {}
        self._closing = False
        self._changed_s = time.monotonic()
        for operation in store.unfinished():
            end(operation, _interruption(operation.method))
            store.save(operation)

    @property
    def active_count(self) -> int:
        """Operations queued or running."""
        with self._lock:
            return sum(not entry.final for entry in self._entries.values())

    @property
    def changed_s(self) -> float:
        """When an operation last began or ended, on the monotonic clock."""
        return self._changed_s

    def start(self, method: str, job: str, request: Message) -> operations_pb2.Operation:
        """Queues a job.

        Args:
            method: The RPC: "twopop.v1.Sync/Match".
            job: "module:function".
            request: What the job is given.

        Returns:
            The new operation.

        Raises:
            EngineUnavailable: The engine is leaving.
            OutputUnwritable: The operation cannot be written down.
        """
        operation = operations_pb2.Operation(
            id=secrets.token_hex(8), method=method, state=operations_pb2.OPERATION_STATE_QUEUED
        )
        operation.create_time.GetCurrentTime()
        operation.update_time.CopyFrom(operation.create_time)
        packed = any_pb2.Any()
        packed.Pack(request)
        entry = ActiveOperation(operation, Task(job, packed.SerializeToString()), self._lock, self._settle)
        with self._lock:
            if self._closing:
                raise EngineUnavailable("the engine is leaving; run it again, a new one will start")
            try:
                self._store.save(operation)
            except sqlite3.Error as error:
                raise OutputUnwritable.at("the engine's operations.sqlite3", str(error)) from error
            self._entries[operation.id] = entry
            self._changed_s = time.monotonic()
            accepted = entry.snapshot()
        self._pool.submit(entry)
        return accepted

    def get(self, operation_id: str) -> operations_pb2.Operation:
        """The operation as it is now.

        Raises:
            OperationUnknown: No such operation.
        """
        with self._lock:
            entry = self._entries.get(operation_id)
            if entry:
                return entry.snapshot()
        operation = self._store.load(operation_id)
        if operation is None:
            raise OperationUnknown.of(operation_id)
        return operation

    def newest(self, count: int) -> list[operations_pb2.Operation]:
        """The newest operations first."""
        stored = self._store.newest(count)
        with self._lock:
            return [self._entries[it.id].snapshot() if it.id in self._entries else it for it in stored]

    def watch(
        self, operation_id: str, on_leave: Callable[[Callable[[], None]], bool]
    ) -> Iterator[operations_pb2.Operation]:
        """The operation now and after every change, up to its final state.

        Args:
            operation_id: Which one.
            on_leave: Takes a function to call when the watcher goes away; False when it already has.

        Yields:
            The operation; a slow watcher misses steps between, never the last.

        Raises:
            OperationUnknown: No such operation.
        """
        with self._lock:
            entry = self._entries.get(operation_id)
        if entry is None:
            yield self.get(operation_id)
            return
        yield from entry.watch(on_leave)

    def cancel(self, operation_id: str) -> operations_pb2.Operation:
        """Stops an operation; a finished one stays as it is.

        Raises:
            OperationUnknown: No such operation.
        """
        with self._lock:
            entry = self._entries.get(operation_id)
        if entry:
            entry.stop(OperationCancelled("the operation was cancelled"))
            self._pool.wake()
        return self.get(operation_id)

    def close(self, patience_s: float) -> int:
        """Accepts nothing more and stops what runs.

        Args:
            patience_s: How long to wait for final states.

        Returns:
            How many operations were stopped by this.
        """
        with self._lock:
            self._closing = True
            active = [entry for entry in self._entries.values() if not entry.final]
        for entry in active:
            entry.stop(_interruption(entry.method))
        self._pool.wake()
        deadline_s = time.monotonic() + patience_s
        for entry in active:
            entry.wait(max(0.0, deadline_s - time.monotonic()))
        return len(active)

    def _settle(self, operation: operations_pb2.Operation) -> None:
        """Writes a change of state down; the lock is held."""
        self._changed_s = time.monotonic()
        try:
            self._store.save(operation)
        except sqlite3.Error:
            # The watchers still get the answer, and it stays in memory as long as this engine lives.
            _log.exception("operation %s could not be written down", operation.id)
        else:
            if is_final(operation):
                self._entries.pop(operation.id, None)


def _interruption(method: str) -> OperationInterrupted:
    return OperationInterrupted(
        f"the engine stopped in the middle of {method}; run it again, finished parts are reused", method=method
    )
