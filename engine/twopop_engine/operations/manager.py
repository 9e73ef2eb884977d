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
    TwopopError,
    error_to_message,
)
from twopop.v1 import operations_pb2
from twopop_engine.operations.messages import Report, Task
from twopop_engine.operations.pool import Assignment
from twopop_engine.operations.store import OperationStore

_ETA_MIN_FRACTION = 0.02
_ETA_MIN_ELAPSED_S = 1.0
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
        self._entries: dict[str, _Entry] = {}
        self._closing = False
        self._changed_s = time.monotonic()
        for operation in store.unfinished():
            _end(operation, _interruption(operation.method))
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
        entry = _Entry(self, operation, Task(job, packed.SerializeToString()))
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

    def settle(self, operation: operations_pb2.Operation) -> None:
        """Writes a change of state down; called by an operation's entry with the lock held."""
        self._changed_s = time.monotonic()
        try:
            self._store.save(operation)
        except sqlite3.Error:
            # The watchers still get the answer, and it stays in memory as long as this engine lives.
            _log.exception("operation %s could not be written down", operation.id)
        else:
            if _is_final(operation):
                self._entries.pop(operation.id, None)

    @property
    def lock(self) -> threading.RLock:
        """Held whenever an operation changes."""
        return self._lock


class _Entry:
    """An operation that this engine has accepted; the pool's `Assignment`."""

    def __init__(self, manager: OperationManager, operation: operations_pb2.Operation, task: Task) -> None:
        self.task = task
        self.method = operation.method
        self._manager = manager
        self._operation = operation
        self._changed = threading.Condition(manager.lock)
        self._version = 0
        self._stop: TwopopError | None = None
        self._began_s = 0.0

    @property
    def cancel_requested(self) -> bool:
        return self._stop is not None

    @property
    def final(self) -> bool:
        return _is_final(self._operation)

    def snapshot(self) -> operations_pb2.Operation:
        copy = operations_pb2.Operation()
        with self._changed:
            copy.CopyFrom(self._operation)
        return copy

    def watch(self, on_leave: Callable[[Callable[[], None]], bool]) -> Iterator[operations_pb2.Operation]:
        gone = threading.Event()

        def leave() -> None:
            with self._changed:
                gone.set()
                self._changed.notify_all()

        if not on_leave(leave):
            return
        seen = -1
        while not gone.is_set():
            with self._changed:
                while self._version == seen and not gone.is_set():
                    self._changed.wait()
                seen, final, now = self._version, self.final, self.snapshot()
            yield now
            if final:
                return

    def wait(self, patience_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.final, patience_s)

    def stop(self, reason: TwopopError) -> None:
        """Asks for an end; an operation that still waits ends at once."""
        with self._changed:
            if self.final or self._stop:
                return
            self._stop = reason
            if self._operation.state == operations_pb2.OPERATION_STATE_QUEUED:
                self._finish(reason)

    def started(self) -> bool:
        with self._changed:
            if self.final:
                return False
            self._operation.state = operations_pb2.OPERATION_STATE_RUNNING
            self._began_s = time.monotonic()
            self._tell()
            self._manager.settle(self._operation)
            return True

    def progressed(self, report: Report) -> None:
        with self._changed:
            progress = self._operation.progress
            progress.fraction = max(progress.fraction, report.fraction)
            progress.stage, progress.message = report.stage, report.message
            elapsed_s = time.monotonic() - self._began_s
            if progress.fraction >= _ETA_MIN_FRACTION and elapsed_s >= _ETA_MIN_ELAPSED_S:
                progress.eta_s = elapsed_s * (1 - progress.fraction) / progress.fraction
            self._tell()

    def succeeded(self, result: bytes) -> None:
        with self._changed:
            self._operation.result.ParseFromString(result)
            self._operation.progress.fraction = 1.0
            self._operation.progress.ClearField("eta_s")
            self._operation.state = operations_pb2.OPERATION_STATE_SUCCEEDED
            self._tell()
            self._manager.settle(self._operation)

    def failed(self, error: TwopopError) -> None:
        with self._changed:
            # A job that was told to stop may also end by losing its worker: it was stopped all the same.
            self._finish(self._stop or error)

    def _finish(self, error: TwopopError) -> None:
        _end(self._operation, error)
        self._tell()
        self._manager.settle(self._operation)

    def _tell(self) -> None:
        self._operation.update_time.GetCurrentTime()
        self._version += 1
        self._changed.notify_all()


def _end(operation: operations_pb2.Operation, error: TwopopError) -> None:
    """Puts an operation in the final state that an error means."""
    if isinstance(error, OperationCancelled):
        operation.state = operations_pb2.OPERATION_STATE_CANCELLED
    elif isinstance(error, OperationInterrupted):
        operation.state = operations_pb2.OPERATION_STATE_INTERRUPTED
    else:
        operation.state = operations_pb2.OPERATION_STATE_FAILED
    operation.error.CopyFrom(error_to_message(error))
    operation.progress.ClearField("eta_s")
    operation.update_time.GetCurrentTime()


def _interruption(method: str) -> OperationInterrupted:
    return OperationInterrupted(
        f"the engine stopped in the middle of {method}; run it again, finished parts are reused", method=method
    )


def _is_final(operation: operations_pb2.Operation) -> bool:
    return operation.state not in (
        operations_pb2.OPERATION_STATE_UNSPECIFIED,
        operations_pb2.OPERATION_STATE_QUEUED,
        operations_pb2.OPERATION_STATE_RUNNING,
    )
