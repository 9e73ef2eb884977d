"""The engine's life: start, serve, leave when idle or asked."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import threading
from collections.abc import Iterable
from concurrent import futures
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from twopop.errors import EngineUnavailable
from twopop.locations import EngineAddress, Home
from twopop.v1 import (
    demo_pb2_grpc,
    engine_pb2_grpc,
    media_pb2_grpc,
    models_pb2_grpc,
    operations_pb2_grpc,
    report_pb2_grpc,
    sync_pb2_grpc,
)
from twopop_engine.access import TokenInterceptor, make_token, write_private
from twopop_engine.idle import IdleClock
from twopop_engine.lock import HomeLock
from twopop_engine.operations.manager import OperationManager
from twopop_engine.operations.pool import WorkerPool
from twopop_engine.operations.store import OperationStore
from twopop_engine.runtime.partials import remove_noted
from twopop_engine.services.demo import DemoService
from twopop_engine.services.engine import EngineService
from twopop_engine.services.media import MediaService
from twopop_engine.services.models import ModelsService
from twopop_engine.services.monitor import MonitorDesk
from twopop_engine.services.operations import OperationsService
from twopop_engine.services.registry import CAPABILITIES, Capability
from twopop_engine.services.report import ReportService
from twopop_engine.services.starter import JobStarter
from twopop_engine.services.sync import SyncService
from twopop_engine.status import ErrorInterceptor

_SERVICES = tuple(f"twopop.v1.{name}" for name in ("Demo", "Engine", "Media", "Models", "Operations", "Report", "Sync"))
_THREAD_COUNT = 256  # calls at once; each watcher holds one
_DRAIN_S = 1.5
_MESSAGE_BYTES = 64 << 20
_OPTIONS = (
    ("grpc.so_reuseport", 0),  # else a second engine could take half of the calls
    ("grpc.max_receive_message_length", _MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MESSAGE_BYTES),
    ("grpc.max_metadata_size", 64 << 10),  # errors travel in the trailer, with paths of up to 4 KiB
    ("grpc.absolute_max_metadata_size", 128 << 10),
)
_log = logging.getLogger(__name__)


class Engine:
    """An engine and everything that belongs to it."""

    def __init__(self, home: Home, idle_exit_s: float, capabilities: Iterable[Capability]) -> None:
        """Takes a home over from whatever engine served it before.

        Args:
            home: The engine's folder; made when missing.
            idle_exit_s: Leave after this many seconds without a call or an operation; 0: never.
            capabilities: What it can do.

        Raises:
            EngineUnavailable: Another engine serves this home.
        """
        home.make()
        self._home = home
        self._lock = HomeLock(home)
        self._asked = threading.Event()
        self._capabilities = tuple(capabilities)
        _sweep(home)
        self._store = OperationStore(home.operations_file)
        self._pool = WorkerPool(home, tuple(sorted({capability.module for capability in self._capabilities})))
        self._manager = OperationManager(self._store, self._pool)
        self._idle = IdleClock(self._manager, idle_exit_s)
        self._health = health.HealthServicer()
        token = make_token(home)
        self._server = grpc.server(
            futures.ThreadPoolExecutor(_THREAD_COUNT, thread_name_prefix="call"),
            interceptors=[ErrorInterceptor(), TokenInterceptor(token), self._idle],
            options=_OPTIONS,
        )

    def start(self, *, unix: bool) -> EngineAddress:
        """Serves, and says where in `engine.json`.

        Args:
            unix: On a socket in the home instead of loopback TCP.

        Raises:
            EngineUnavailable: The address cannot be had.
        """
        address = EngineAddress(_bind(self._server, self._home, unix), os.getpid(), secrets.token_hex(8))
        self._register(address)
        self._pool.start()
        self._server.start()
        write_private(self._home.address_file, address.to_json())
        _log.info("engine %s serves %s at %s", address.engine_id, self._home.root, address.address)
        return address

    def ask_to_leave(self) -> None:
        """Ends `wait`; may be called from anywhere."""
        self._asked.set()

    def wait(self) -> None:
        """Returns when the engine was asked to leave or has been idle for long enough."""
        left_s = self._idle.left_s()
        while left_s is None or left_s > 0:
            if self._asked.wait(min(left_s or 1.0, 1.0)):
                return
            left_s = self._idle.left_s()
        _log.info("nobody has called for a while")

    def close(self) -> None:
        """Stops what runs, lets watchers hear of it, and leaves nothing behind that names this engine."""
        self._home.address_file.unlink(missing_ok=True)
        self._health.enter_graceful_shutdown()
        self._manager.close(_DRAIN_S)
        self._server.stop(_DRAIN_S).wait()
        self._pool.close()
        self._store.close()
        _socket_file(self._home).unlink(missing_ok=True)
        self._lock.release()
        _log.info("the engine left")

    def _register(self, address: EngineAddress) -> None:
        jobs = JobStarter(self._manager, self._capabilities)
        engine = EngineService(address, self._manager, self._pool, jobs, self._idle.left_s, self.ask_to_leave)
        server = self._server
        demo_pb2_grpc.add_DemoServicer_to_server(DemoService(jobs), server)
        engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
        media_pb2_grpc.add_MediaServicer_to_server(MediaService(jobs), server)
        models_pb2_grpc.add_ModelsServicer_to_server(ModelsService(jobs), server)
        operations_pb2_grpc.add_OperationsServicer_to_server(OperationsService(self._manager), server)
        report_pb2_grpc.add_ReportServicer_to_server(ReportService(jobs), server)
        sync_pb2_grpc.add_SyncServicer_to_server(SyncService(jobs, MonitorDesk(self._idle.held)), server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        for name in ("", *_SERVICES):
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        reflection.enable_server_reflection((*_SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), server)


def serve(home: Home, *, unix: bool, idle_exit_s: float, capabilities: Iterable[Capability] = CAPABILITIES) -> None:
    """Runs an engine until it is told to leave (SIGTERM, SIGINT, the Stop RPC) or has been idle for long enough.

    Args:
        home: The engine's folder.
        unix: Listen on a socket in the home instead of loopback TCP.
        idle_exit_s: Seconds of idleness allowed; 0: any.
        capabilities: What it can do.

    Raises:
        EngineUnavailable: Another engine serves this home, or the address cannot be had.
    """
    engine = Engine(home, idle_exit_s, capabilities)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: engine.ask_to_leave())
    try:
        engine.start(unix=unix)
        engine.wait()
    finally:
        engine.close()


def _bind(server: grpc.Server, home: Home, unix: bool) -> str:
    """Binds to an address that nobody else has, and returns it as clients dial it."""
    if not unix:
        return f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    path = _socket_file(home)
    path.unlink(missing_ok=True)  # a killed engine leaves its socket; the lock says that it is dead
    try:
        if set("%#?") & set(str(path)):  # gRPC reads addresses as URIs
            raise RuntimeError
        server.add_insecure_port(f"unix:{path}")
    except RuntimeError:
        raise EngineUnavailable(
            f"{path}: cannot listen there; a socket's path must be shorter than 100 bytes and hold none of %, # and ?"
        ) from None
    return f"unix:{path}"


def _socket_file(home: Home) -> Path:
    return home.root / "engine.sock"


def _sweep(home: Home) -> None:
    """Removes what killed jobs left half-written, in the engine's own folders and wherever they noted it."""
    remove_noted(home.notes_folder)
    for folder in (home.scratch_folder, home.results_folder):
        for partial in folder.rglob("*.partial*"):
            with contextlib.suppress(OSError):
                partial.unlink()
