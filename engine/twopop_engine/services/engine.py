"""The Engine service: handshake, state, end."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import grpc

import twopop
from twopop.errors import VersionMismatch
from twopop.locations import EngineAddress
from twopop.v1 import engine_pb2, engine_pb2_grpc, operations_pb2
from twopop_engine.operations.manager import OperationManager
from twopop_engine.operations.pool import WorkerPool
from twopop_engine.services.starter import JobStarter


class EngineService(engine_pb2_grpc.EngineServicer):
    """Who the engine is, how it fares, how it is stopped."""

    def __init__(
        self,
        address: EngineAddress,
        manager: OperationManager,
        pool: WorkerPool,
        jobs: JobStarter,
        idle_left_s: Callable[[], float | None],
        stop: Callable[[], None],
    ) -> None:
        """Answers for an engine.

        Args:
            address: Where it listens.
            manager: Its operations.
            pool: Its workers.
            jobs: Starts its operations.
            idle_left_s: Seconds until it leaves, None while it does not count down.
            stop: Makes it leave soon; returns at once.
        """
        self._address = address
        self._manager = manager
        self._pool = pool
        self._jobs = jobs
        self._idle_left_s = idle_left_s
        self._stop = stop
        self._began_s = time.monotonic()

    def Hello(self, request: engine_pb2.HelloRequest, context: grpc.ServicerContext) -> engine_pb2.HelloResponse:
        """The handshake."""
        same_major = request.api_major == twopop.API_MAJOR
        if not same_major or request.api_minor > twopop.API_MINOR:
            raise VersionMismatch.between(
                _version(request.api_major, request.api_minor, request.client_version),
                _version(twopop.API_MAJOR, twopop.API_MINOR, twopop.__version__),
            )
        return engine_pb2.HelloResponse(
            api_major=twopop.API_MAJOR,
            api_minor=twopop.API_MINOR,
            engine_version=twopop.__version__,
            engine_id=self._address.engine_id,
        )

    def Status(self, request: engine_pb2.StatusRequest, context: grpc.ServicerContext) -> engine_pb2.StatusResponse:
        """What the engine is doing."""
        workers = self._pool.pids
        return engine_pb2.StatusResponse(
            engine_version=twopop.__version__,
            engine_id=self._address.engine_id,
            pid=self._address.pid,
            address=self._address.address,
            uptime_s=time.monotonic() - self._began_s,
            idle_exit_s=self._idle_left_s(),
            worker_count=len(workers),
            active_operation_count=self._manager.active_count,
            memory_bytes=_memory_bytes([self._address.pid, *workers]),
        )

    def Check(self, request: engine_pb2.CheckRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """Looks whether decoding and networks have what they need."""
        return self._jobs.start(request)

    def Stop(self, request: engine_pb2.StopRequest, context: grpc.ServicerContext) -> engine_pb2.StopResponse:
        """Stops what runs and leaves."""
        count = self._manager.active_count
        self._stop()
        return engine_pb2.StopResponse(cancelled_operation_count=count)


def _version(major: int, minor: int, build: str) -> str:
    return f"API {major}.{minor} (build {build or 'unknown'})"


def _memory_bytes(pids: Iterable[int]) -> int:
    """Resident memory of processes, in bytes; 0 where /proc does not tell (proc(5), statm)."""
    if sys.platform != "linux":
        return 0
    total = 0
    for pid in pids:
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:  # it has just ended
            continue
        total += pages * os.sysconf("SC_PAGE_SIZE")
    return total
