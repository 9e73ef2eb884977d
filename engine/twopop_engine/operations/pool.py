"""The worker processes: each is kept by a thread that feeds it, watches it and replaces it.

A worker is started by its keeper because Linux ties the death signal to the thread that started a process, and the
keeper lives as long as the pool.
"""

from __future__ import annotations

import collections
import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import wait
from typing import Protocol, cast

from twopop.errors import InternalFailure, OperationCancelled, TwopopError, WorkerCrashed, error_from_message
from twopop.locations import Home
from twopop.v1 import operations_pb2
from twopop_engine.operations import worker
from twopop_engine.operations.messages import Cancel, Failure, Report, Success, Task
from twopop_engine.runtime.partials import remove_noted

CANCEL_PATIENCE_S = 0.8
"""How long a cancelled job may take to stop before its process is killed."""

_DYING_S = 0.5
_RESTART_PAUSE_S = 1.0
_log = logging.getLogger(__name__)
_spawn = multiprocessing.get_context("spawn")


class Assignment(Protocol):
    """A job on its way through the pool. The methods are called from a keeper's thread."""

    @property
    def task(self) -> Task:
        """What to do."""

    @property
    def cancel_requested(self) -> bool:
        """Whether it is to be stopped."""

    def started(self) -> bool:
        """A worker is about to begin; False when nobody wants the work any more."""

    def progressed(self, report: Report) -> None:
        """The job reported."""

    def succeeded(self, result: bytes) -> None:
        """The job returned; a serialised `google.protobuf.Any`."""

    def failed(self, error: TwopopError) -> None:
        """The job raised, was cancelled or lost its worker."""


class WorkerPool:
    """Worker processes and the jobs that wait for them.

    Attributes:
        home: The engine's folder.
        modules: What a worker imports before its first job.
    """

    def __init__(self, home: Home, modules: tuple[str, ...], count: int | None = None) -> None:
        self.home = home
        self.modules = modules
        self._lock = threading.Lock()
        self._waiting: collections.deque[Assignment] = collections.deque()
        self._closing = threading.Event()
        self._keepers = [_Keeper(self, index) for index in range(count or max(2, os.cpu_count() or 2))]

    def start(self) -> None:
        """Starts the workers."""
        for keeper in self._keepers:
            keeper.start()

    def submit(self, assignment: Assignment) -> None:
        """Queues a job for the next free worker."""
        with self._lock:
            self._waiting.append(assignment)
        self.wake()

    def wake(self) -> None:
        """Makes every keeper look: a job came, or one is to be stopped."""
        for keeper in self._keepers:
            keeper.wake()

    def take(self) -> Assignment | None:
        """The job that has waited longest, or None."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    @property
    def closing(self) -> threading.Event:
        """Set once the pool is to end."""
        return self._closing

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that are alive."""
        return [pid for keeper in self._keepers if (pid := keeper.pid) is not None]

    def close(self) -> None:
        """Kills the workers."""
        self._closing.set()
        self.wake()
        for keeper in self._keepers:
            if keeper.is_alive():
                keeper.join()


class _Keeper(threading.Thread):
    """Keeps one worker process."""

    def __init__(self, pool: WorkerPool, index: int) -> None:
        super().__init__(name=f"worker-keeper-{index}", daemon=True)
        self._pool = pool
        self._wake_receiver, self._wake_sender = _spawn.Pipe(duplex=False)
        self.pid: int | None = None  # of a worker that is thought to be alive

    def wake(self) -> None:
        self._wake_sender.send_bytes(b"!")

    def run(self) -> None:
        while not self._pool.closing.is_set():
            began_s = time.monotonic()
            try:
                worker = _Worker(self._pool.home, self._pool.modules)
            except OSError:
                _log.exception("a worker process could not be started")
            else:
                self.pid = worker.pid
                self._feed(worker)
                self.pid = None
                worker.end()
            # One that dies at once would die again: do not spin.
            self._pool.closing.wait(max(0.0, _RESTART_PAUSE_S - (time.monotonic() - began_s)))

    def _feed(self, worker: _Worker) -> None:
        """Gives jobs to a worker until it is gone or the pool closes."""
        while not self._pool.closing.is_set():
            while assignment := self._pool.take():
                if assignment.started() and not self._serve(worker, assignment):
                    return
            if worker.process.sentinel in wait([self._wake_receiver, worker.process.sentinel]):
                _log.warning("an idle worker process died: %s", worker.end())
                return
            self._hear_wake()

    def _serve(self, worker: _Worker, assignment: Assignment) -> bool:
        """Sees one job through; returns whether the worker can take another."""
        stage = ""
        kill_at_s: float | None = None
        try:
            worker.pipe.send(assignment.task)
            while True:
                patience_s = None if kill_at_s is None else max(0.0, kill_at_s - time.monotonic())
                ready = wait([worker.pipe, self._wake_receiver], patience_s)
                if not ready:
                    worker.process.kill()
                    worker.end()
                    assignment.failed(OperationCancelled("the operation was cancelled"))
                    return False
                if worker.pipe in ready:
                    message = worker.pipe.recv()
                    if not isinstance(message, Report):
                        _deliver(message, assignment)
                        return True
                    stage = message.stage
                    assignment.progressed(message)
                if self._wake_receiver in ready:
                    self._hear_wake()
                if kill_at_s is None and (assignment.cancel_requested or self._pool.closing.is_set()):
                    worker.pipe.send(Cancel())
                    kill_at_s = time.monotonic() + CANCEL_PATIENCE_S
        except (EOFError, OSError):  # the pipe broke
            cause = worker.end()
            _log.error("a worker process died in %s: %s", assignment.task.job, cause)
            assignment.failed(_crash(stage, cause))
        except Exception:  # the worker boundary: what a worker sent must not end its keeper
            _log.exception("a worker process sent what cannot be read, in %s", assignment.task.job)
            worker.end()
            assignment.failed(InternalFailure(f"{assignment.task.job} failed; engine.log has the details"))
        return False

    def _hear_wake(self) -> None:
        while self._wake_receiver.poll():
            self._wake_receiver.recv_bytes()


class _Worker:
    """A worker process and the engine's end of its pipe."""

    def __init__(self, home: Home, modules: tuple[str, ...]) -> None:
        self._notes = home.notes_folder
        self.pipe, other_end = _spawn.Pipe()
        self.process = _spawn.Process(
            target=worker.main, args=(other_end, home, modules, os.getpid()), name="twopop-worker", daemon=True
        )
        try:
            self.process.start()
        finally:
            other_end.close()
        self.pid = cast(int, self.process.pid)  # it has one, since it was started

    def end(self) -> str:
        """Makes sure that the process is gone and removes what it left half-written; may be called again.

        Returns:
            Why it is gone, in a few words.
        """
        self.pipe.close()
        self.process.join(_DYING_S)  # one whose pipe broke is dying by itself, of a cause worth knowing
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join(_DYING_S)  # a process that waits for a lost network drive may outlive even this
        remove_noted(self._notes, self.pid)
        code = self.process.exitcode
        if code is None:
            return "it does not react"
        if code >= 0:
            return f"exit code {code}"
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
        return f"signal {-code}"


def _deliver(message: object, assignment: Assignment) -> None:
    if isinstance(message, Success):
        assignment.succeeded(message.result)
    elif isinstance(message, Failure):
        if message.traceback:
            _log.error("%s failed:\n%s", assignment.task.job, message.traceback)
        assignment.failed(error_from_message(operations_pb2.Error.FromString(message.error)))


def _crash(stage: str, cause: str) -> WorkerCrashed:
    hint = "; the machine may have run out of memory" if cause == "SIGKILL" else ""
    during = f" during {stage!r}" if stage else ""
    return WorkerCrashed(
        f"the process that did the work died{during} ({cause}{hint}); run it again, finished parts are reused",
        stage=stage,
        cause=cause,
    )
