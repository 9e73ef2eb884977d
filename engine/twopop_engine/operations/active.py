"""An operation while this engine works on it: its state, its progress, who watches it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from twopop.errors import OperationCancelled, OperationInterrupted, TwopopError, error_to_message
from twopop.v1 import operations_pb2
from twopop_engine.operations.messages import Report, Task

_ETA_MIN_FRACTION = 0.02
_ETA_MIN_ELAPSED_S = 1.0


class ActiveOperation:
    """An operation that this engine has accepted; the pool's `Assignment`."""

    def __init__(
        self,
        operation: operations_pb2.Operation,
        task: Task,
        lock: threading.RLock,
        settle: Callable[[operations_pb2.Operation], None],
    ) -> None:
        """Takes an operation over.

        Args:
            operation: As it was accepted.
            task: What to do.
            lock: Held whenever an operation of this engine changes.
            settle: Writes a change of state down; called with the lock held.
        """
        self.task = task
        self.method = operation.method
        self._operation = operation
        self._settle = settle
        self._changed = threading.Condition(lock)
        self._version = 0
        self._stop: TwopopError | None = None
        self._began_s = 0.0

    @property
    def cancel_requested(self) -> bool:
        """Whether it is to be stopped."""
        return self._stop is not None

    @property
    def final(self) -> bool:
        """Whether it has ended."""
        return is_final(self._operation)

    def snapshot(self) -> operations_pb2.Operation:
        """A copy of the operation as it is now."""
        copy = operations_pb2.Operation()
        with self._changed:
            copy.CopyFrom(self._operation)
        return copy

    def watch(self, on_leave: Callable[[Callable[[], None]], bool]) -> Iterator[operations_pb2.Operation]:
        """The operation now and after every change, up to its final state; see `OperationManager.watch`."""
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
        """Waits for its end, but no longer than this."""
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
        """A worker is about to begin; False when nobody wants the work any more."""
        with self._changed:
            if self.final:
                return False
            self._operation.state = operations_pb2.OPERATION_STATE_RUNNING
            self._began_s = time.monotonic()
            self._tell()
            self._settle(self._operation)
            return True

    def progressed(self, report: Report) -> None:
        """The job reported."""
        with self._changed:
            progress = self._operation.progress
            progress.fraction = max(progress.fraction, report.fraction)
            progress.stage, progress.message = report.stage, report.message
            elapsed_s = time.monotonic() - self._began_s
            if progress.fraction >= _ETA_MIN_FRACTION and elapsed_s >= _ETA_MIN_ELAPSED_S:
                progress.eta_s = elapsed_s * (1 - progress.fraction) / progress.fraction
            self._tell()

    def succeeded(self, result: bytes) -> None:
        """The job returned; a serialised `google.protobuf.Any`."""
        with self._changed:
            self._operation.result.ParseFromString(result)
            self._operation.progress.fraction = 1.0
            self._operation.progress.ClearField("eta_s")
            self._operation.state = operations_pb2.OPERATION_STATE_SUCCEEDED
            self._tell()
            self._settle(self._operation)

    def failed(self, error: TwopopError) -> None:
        """The job raised, was cancelled or lost its worker."""
        with self._changed:
            # A job that was told to stop may also end by losing its worker: it was stopped all the same.
            self._finish(self._stop or error)

    def _finish(self, error: TwopopError) -> None:
        end(self._operation, error)
        self._tell()
        self._settle(self._operation)

    def _tell(self) -> None:
        self._operation.update_time.GetCurrentTime()
        self._version += 1
        self._changed.notify_all()


def end(operation: operations_pb2.Operation, error: TwopopError) -> None:
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


def is_final(operation: operations_pb2.Operation) -> bool:
    """Whether an operation has ended."""
    return operation.state not in (
        operations_pb2.OPERATION_STATE_UNSPECIFIED,
        operations_pb2.OPERATION_STATE_QUEUED,
        operations_pb2.OPERATION_STATE_RUNNING,
    )
