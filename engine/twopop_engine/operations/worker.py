"""The process that does the work: one job at a time, warm between jobs, dead when its engine is."""

from __future__ import annotations

import ctypes
import errno
import faulthandler
import importlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import cast

from google.protobuf import any_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

from twopop.errors import InternalFailure, OperationCancelled, OutputUnwritable, TwopopError, error_to_message
from twopop.locations import Home
from twopop_engine.operations.messages import Cancel, Failure, Report, Success, Task
from twopop_engine.runtime.context import Context
from twopop_engine.runtime.partials import keep_notes
from twopop_engine.runtime.results import ResultStore

REPORT_INTERVAL_S = 0.1
RESULT_LIMIT_BYTES = 60 << 20  # gRPC takes messages of 64 MiB
_PR_SET_PDEATHSIG = 1  # prctl(2)
_NO_ROOM = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up", errno.EROFS: "read-only disk"}

Job = Callable[[Message, Context], Message]


def main(pipe: Connection, home: Home, modules: tuple[str, ...], engine_pid: int) -> None:
    """Runs jobs until the engine closes the pipe.

    Args:
        pipe: The engine's end is the other one.
        home: The engine's folder.
        modules: Modules to import before the first job.
        engine_pid: Process id of the engine.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the engine decides what Ctrl-C in its terminal ends
    faulthandler.enable()
    die_with(engine_pid)
    keep_notes(home.notes_folder)
    inbox: queue.SimpleQueue[tuple[Task, threading.Event]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, inbox), daemon=True).start()
    _preload(modules)
    while True:
        task, cancelled = inbox.get()
        outcome = perform(task, WorkerContext(home, pipe, cancelled))
        pipe.send(outcome)


class WorkerContext:
    """The context of a job in a worker process; see `twopop_engine.runtime.context.Context`."""

    def __init__(self, home: Home, pipe: Connection, cancelled: threading.Event) -> None:
        self.home = home
        self.results = ResultStore(home.results_folder)
        self._pipe = pipe
        self._cancelled = cancelled
        self._lock = threading.Lock()
        self._fraction = 0.0
        self._stage = ""
        self._sent_s = float("-inf")

    def progress(self, fraction: float, stage: str, message: str = "") -> None:
        """Reports to the engine, at most ten times a second within a stage."""
        if self._cancelled.is_set():
            raise OperationCancelled("the operation was cancelled")
        with self._lock:
            self._fraction = max(self._fraction, min(fraction, 1.0))
            now_s = time.monotonic()
            if stage == self._stage and now_s - self._sent_s < REPORT_INTERVAL_S:
                return
            self._stage, self._sent_s = stage, now_s
            self._pipe.send(Report(self._fraction, stage, message))


def perform(task: Task, context: Context) -> Success | Failure:
    """Runs a job and says how it ended."""
    try:
        context.progress(0.0, "start")
        result = _job(task.job)(_unpack(task.request), context)
        packed = any_pb2.Any()
        packed.Pack(result)
        data = packed.SerializeToString()
        if len(data) > RESULT_LIMIT_BYTES:
            raise InternalFailure(
                f"the result is too large to send: {len(data) >> 20} MiB; ask for fewer items at once"
            )
        return Success(data)
    except TwopopError as error:
        return Failure(error_to_message(error).SerializeToString(), "")
    except Exception as fault:  # the boundary: whatever a job raises must not end the worker
        return Failure(error_to_message(_as_error(task.job, fault)).SerializeToString(), traceback.format_exc())


def _as_error(job: str, fault: Exception) -> TwopopError:
    if isinstance(fault, OSError) and fault.errno in _NO_ROOM:
        return OutputUnwritable.at(str(fault.filename or "a file"), _NO_ROOM[fault.errno])
    if isinstance(fault, MemoryError):
        return InternalFailure(f"{job} ran out of memory", job=job)
    return InternalFailure(f"{job} failed: {type(fault).__name__}: {fault}; engine.log has the details", job=job)


def _job(address: str) -> Job:
    module, _, name = address.partition(":")
    return cast(Job, getattr(importlib.import_module(module), name))


def _unpack(data: bytes) -> Message:
    """The request; its class is known by now, since the job's module imported it."""
    packed = any_pb2.Any.FromString(data)
    descriptor = descriptor_pool.Default().FindMessageTypeByName(packed.TypeName())
    request = message_factory.GetMessageClass(descriptor)()
    packed.Unpack(request)
    return request


def _listen(pipe: Connection, inbox: queue.SimpleQueue[tuple[Task, threading.Event]]) -> None:
    """Takes in tasks and cancellations while the main thread works; leaves with the engine."""
    cancelled = threading.Event()
    while True:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        if isinstance(message, Task):
            cancelled = threading.Event()
            inbox.put((message, cancelled))
        elif isinstance(message, Cancel):
            cancelled.set()


def _preload(modules: tuple[str, ...]) -> None:
    """Imports what jobs will need; what cannot be imported fails the job that needs it, with a message."""
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as fault:  # the boundary: a worker without one capability still serves the others
            print(f"{module} cannot be imported: {type(fault).__name__}: {fault}", file=sys.stderr, flush=True)


def die_with(engine_pid: int) -> None:
    """Asks Linux to kill this process when the engine dies, even in the middle of a long native call."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != engine_pid:  # it died before the request stood
        os._exit(0)
