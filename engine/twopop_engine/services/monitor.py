"""Live streams: each is measured in a process of its own, which lives as long as the call."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final

import grpc

from twopop.errors import EngineUnavailable, OptionInvalid, WorkerCrashed, error_from_message
from twopop.v1 import operations_pb2, sync_pb2
from twopop_engine.operations.messages import Failure
from twopop_engine.services import monitor_process
from twopop_engine.services.inbox import Arrived, Inbox
from twopop_engine.services.monitor_process import Answer, Ended
from twopop_engine.services.paths import check_paths

MOST_STREAMS: Final = 4
"""Streams that are measured at once."""

_DYING_S: Final = 0.5
_log = logging.getLogger(__name__)
_spawn = multiprocessing.get_context("spawn")


class MonitorDesk:
    """Measures the streams of an engine's clients."""

    def __init__(self, held: Callable[[], AbstractContextManager[None]], most_streams: int = MOST_STREAMS) -> None:
        """Begins without streams.

        Args:
            held: Keeps the engine alive while its context is open.
            most_streams: How many streams are measured at once.
        """
        self._held = held
        self._most_streams = most_streams
        self._seats = threading.Semaphore(most_streams)

    def updates(
        self, requests: Iterator[sync_pb2.MonitorRequest], context: grpc.ServicerContext
    ) -> Iterator[sync_pb2.MonitorUpdate]:
        """Measures one stream.

        Args:
            requests: What the client sends.
            context: The call.

        Yields:
            The answers.

        Raises:
            OptionInvalid: The first message is no start, or a message cannot be used.
            EngineUnavailable: Too many streams are measured already.
            InputError: Models are missing, or the file to play cannot be read.
            WorkerCrashed: The process died.
        """
        first = next(requests, sync_pb2.MonitorRequest())
        if first.WhichOneof("part") != "start":
            raise OptionInvalid.of("start", "must be the first message")
        check_paths(first.start)
        if not self._seats.acquire(blocking=False):
            raise EngineUnavailable(f"the engine measures {self._most_streams} streams already; end one of them first")
        try:
            with self._held(), contextlib.closing(_Stream(first.start)) as stream:
                if not context.add_callback(stream.close):  # when the call is cancelled; it has been already
                    return
                stream.feed(requests)
                yield from stream.answers()
        finally:
            self._seats.release()


class _Stream:
    """The process of a stream, and the threads that feed it."""

    def __init__(self, start: sync_pb2.MonitorStart) -> None:
        self._inbox = Inbox()
        self._lock = threading.Lock()
        self._is_closed = False
        self._pipe, other_end = _spawn.Pipe()
        self._process = _spawn.Process(
            target=monitor_process.main,
            args=(other_end, start.SerializeToString(), os.getpid()),
            name="twopop-monitor",
            daemon=True,
        )
        try:
            self._process.start()
        finally:
            other_end.close()

    def feed(self, requests: Iterator[sync_pb2.MonitorRequest]) -> None:
        """Begins to take in what the client sends, and to hand it on."""
        threading.Thread(target=self._receive, args=(requests,), name="monitor-receive", daemon=True).start()
        threading.Thread(target=self._hand_on, name="monitor-hand-on", daemon=True).start()

    def answers(self) -> Iterator[sync_pb2.MonitorUpdate]:
        """The process's answers until it ends."""
        while True:
            try:
                message = self._pipe.recv()
            except (EOFError, OSError):
                if self._is_closed:
                    return
                raise self._crash() from None
            if isinstance(message, Ended):
                return
            if isinstance(message, Failure):
                if message.traceback:
                    _log.error("a live monitor failed:\n%s", message.traceback)
                raise error_from_message(operations_pb2.Error.FromString(message.error))
            if isinstance(message, Answer):
                update = sync_pb2.MonitorUpdate.FromString(message.update)
                update.dropped_count += self._inbox.dropped_count
                yield update

    def close(self) -> None:
        """Makes sure that the process is gone; may be called again, from any thread."""
        self._is_closed = True
        self._inbox.close()
        with self._lock:
            self._process.kill()
            self._process.join(_DYING_S)

    def _receive(self, requests: Iterator[sync_pb2.MonitorRequest]) -> None:
        with contextlib.suppress(grpc.RpcError):  # the call was cancelled
            for request in requests:
                if not self._inbox.put(Arrived.of(request, time.monotonic())):
                    return
        self._inbox.close()

    def _hand_on(self) -> None:
        with contextlib.suppress(OSError):  # the process is gone: `answers` says so
            while (item := self._inbox.take()) is not None:
                self._pipe.send(item)
            self._pipe.send(Ended())

    def _crash(self) -> WorkerCrashed:
        self._process.join(_DYING_S)
        code = self._process.exitcode
        cause = f"exit code {code}"
        if code is not None and code < 0:
            cause = signal.Signals(-code).name
        _log.error("the process of a live monitor died: %s", cause)
        return WorkerCrashed(
            f"the process that measured the stream died ({cause}); begin the stream again", stage="monitor", cause=cause
        )
