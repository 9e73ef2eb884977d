"""Typed calls to the engine; long ones are followed to their end."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Generator, Iterable
from types import TracebackType
from typing import TypeVar

from google.protobuf.message import Message

from twopop.errors import EngineUnavailable, InternalFailure, MediaUnreadable, OperationCancelled, error_from_message
from twopop.locations import Home
from twopop.v1 import (
    demo_pb2,
    engine_pb2,
    engine_pb2_grpc,
    media_pb2,
    models_pb2,
    models_pb2_grpc,
    operations_pb2,
    operations_pb2_grpc,
    report_pb2,
    sync_pb2,
    sync_pb2_grpc,
)
from twopop_client import launcher
from twopop_client.connection import Connection, Watch

AnyPath = str | os.PathLike[str]
_Answer = TypeVar("_Answer")
_Result = TypeVar("_Result", bound=Message)


class EngineClient:
    """An engine, as its clients see it; a context manager."""

    def __init__(self, home: Home, engine: Connection, *, may_start: bool) -> None:
        """Takes over a connection; `connect` finds one.

        Args:
            home: The engine's folder.
            engine: The connection.
            may_start: Whether an engine may be started should this one have left.
        """
        self._home = home
        self._engine = engine
        self._may_start = may_start
        self._cancelled = threading.Event()
        self._running = ""  # the operation that is waited for

    @classmethod
    def connect(cls, home: Home | None = None, *, start: bool = True, any_version: bool = False) -> EngineClient:
        """Finds the engine and makes the handshake.

        Args:
            home: The engine's folder; default: `$TWOPOP_HOME`, else the user's own.
            start: Whether to start an engine when none runs.
            any_version: Whether an engine of another API will do: for `stop`.

        Raises:
            EngineUnavailable: No engine runs, and none was to be started or could be.
            AccessDenied: The engine rejects the home's token.
            VersionMismatch: The engine speaks another API.
        """
        place = home or Home.default()
        engine = launcher.find_or_start(place) if start else launcher.find(place, any_version=any_version)
        if engine is None:
            raise EngineUnavailable(f"no engine serves {place.root}")
        return cls(place, engine, may_start=start)

    def __enter__(self) -> EngineClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; the engine and its operations go on."""
        self._engine.close()

    def cancel(self) -> None:
        """Stops, from any thread, what this client waits for; nothing that it is asked for later is begun.

        Waits, but not for ever, until the engine has stopped the work.
        """
        self._cancelled.set()
        if operation := self._running:
            self._engine.cancel(operation)

    def probe(self, paths: Iterable[AnyPath], watch: Watch | None = None) -> media_pb2.ProbeResult:
        """Reads what each file holds, in the order given; relative paths are taken from the working folder."""
        request = media_pb2.ProbeRequest(paths=[wire_path(path) for path in paths])
        return self.run("twopop.v1.Media/Probe", request, media_pb2.ProbeResult, watch)

    def scan(self, paths: Iterable[AnyPath], watch: Watch | None = None) -> media_pb2.ScanResult:
        """Finds the recordings in folders; relative paths are taken from the working folder."""
        request = media_pb2.ScanRequest(paths=[wire_path(path) for path in paths])
        return self.run("twopop.v1.Media/Scan", request, media_pb2.ScanResult, watch)

    def render(self, request: media_pb2.RenderRequest, watch: Watch | None = None) -> media_pb2.RenderResult:
        """Renders stretches of recordings as BWF."""
        return self.run("twopop.v1.Media/Render", request, media_pb2.RenderResult, watch)

    def match(self, request: sync_pb2.MatchRequest, watch: Watch | None = None) -> sync_pb2.MatchResult:
        """Places files on a reference's clock."""
        return self.run("twopop.v1.Sync/Match", request, sync_pb2.MatchResult, watch)

    def fix(self, request: sync_pb2.FixRequest, watch: Watch | None = None) -> sync_pb2.FixResult:
        """Copies a file with its sound moved."""
        return self.run("twopop.v1.Sync/Fix", request, sync_pb2.FixResult, watch)

    def assess(self, request: sync_pb2.AssessRequest, watch: Watch | None = None) -> sync_pb2.AssessResult:
        """Measures whether files' sound fits their picture."""
        return self.run("twopop.v1.Sync/Assess", request, sync_pb2.AssessResult, watch)

    def monitor(
        self, start: sync_pb2.MonitorStart, requests: Iterable[sync_pb2.MonitorRequest] = ()
    ) -> Generator[sync_pb2.MonitorUpdate, None, None]:
        """Measures a running stream; closing the iterator ends it.

        Args:
            start: How the stream begins; with a path, the engine plays that file.
            requests: Sound, and pictures or landmarks, each in order; asked for in a thread of its own.

        Yields:
            The answers, until all of the stream is measured.

        Raises:
            TwopopError: What the engine answered, or `EngineUnavailable`.
        """
        self._reach(lambda engine: engine.hello())
        everything = itertools.chain([sync_pb2.MonitorRequest(start=start)], requests)
        yield from self._engine.stream(sync_pb2_grpc.SyncStub(self._engine.channel).Monitor, everything)

    def write_report(self, request: report_pb2.ReportRequest, watch: Watch | None = None) -> report_pb2.ReportResult:
        """Draws the report's page."""
        return self.run("twopop.v1.Report/Write", request, report_pb2.ReportResult, watch)

    def make_demo(self, output_dir: AnyPath, watch: Watch | None = None) -> demo_pb2.DemoResult:
        """Makes the demo's media in a folder."""
        request = demo_pb2.DemoRequest(output_dir=wire_path(output_dir))
        return self.run("twopop.v1.Demo/Make", request, demo_pb2.DemoResult, watch)

    def list_models(self) -> list[models_pb2.ModelCard]:
        """All model cards, by id."""
        request = models_pb2.ListModelsRequest()
        answer = self._reach(lambda engine: engine.call(models_pb2_grpc.ModelsStub(engine.channel).List, request))
        return list(answer.models)

    def show_model(self, model_id: str) -> models_pb2.ModelCard:
        """One model card in full."""
        request = models_pb2.ShowModelRequest(id=model_id)
        return self._reach(lambda engine: engine.call(models_pb2_grpc.ModelsStub(engine.channel).Show, request))

    def pull_model(
        self, request: models_pb2.PullModelRequest, watch: Watch | None = None
    ) -> models_pb2.PullModelResult:
        """Fetches a model's files."""
        return self.run("twopop.v1.Models/Pull", request, models_pb2.PullModelResult, watch)

    def convert_model(
        self, request: models_pb2.ConvertModelRequest, watch: Watch | None = None
    ) -> models_pb2.ConvertModelResult:
        """Converts a published checkpoint."""
        return self.run("twopop.v1.Models/Convert", request, models_pb2.ConvertModelResult, watch)

    def verify_model(
        self, request: models_pb2.VerifyModelRequest, watch: Watch | None = None
    ) -> models_pb2.VerifyModelResult:
        """Holds a model's files against their hashes, and the model against its known answer."""
        return self.run("twopop.v1.Models/Verify", request, models_pb2.VerifyModelResult, watch)

    def list_operations(self, count: int = 50) -> list[operations_pb2.Operation]:
        """The newest operations first, without their results."""
        request = operations_pb2.ListOperationsRequest(page_size=count)
        answer = self._reach(
            lambda engine: engine.call(operations_pb2_grpc.OperationsStub(engine.channel).List, request)
        )
        return list(answer.operations)

    def status(self) -> engine_pb2.StatusResponse:
        """What the engine is doing."""
        request = engine_pb2.StatusRequest()
        return self._reach(lambda engine: engine.call(engine_pb2_grpc.EngineStub(engine.channel).Status, request))

    def check(self, watch: Watch | None = None) -> engine_pb2.CheckResult:
        """What the engine is built on, and whether it decodes."""
        return self.run("twopop.v1.Engine/Check", engine_pb2.CheckRequest(), engine_pb2.CheckResult, watch)

    def stop(self) -> engine_pb2.StopResponse:
        """Makes the engine leave, and waits until its home is free."""
        response = self._engine.call(engine_pb2_grpc.EngineStub(self._engine.channel).Stop, engine_pb2.StopRequest())
        launcher.await_departure(self._home, self._engine.address)
        return response

    def run(self, method: str, request: Message, result: type[_Result], watch: Watch | None = None) -> _Result:
        """Starts an operation and follows it to its end.

        Args:
            method: The RPC that starts it: "twopop.v1.Sync/Match".
            request: What the RPC takes.
            result: The class of the operation's result.
            watch: Called with its progress. When it raises, the operation is cancelled.

        Returns:
            The operation's result.

        Raises:
            OperationCancelled: Ctrl-C, `cancel`, or another client; the engine has stopped the work.
            TwopopError: What the operation ended with.
        """
        cancelled = OperationCancelled(f"{method} was cancelled", method=method)
        if self._cancelled.is_set():
            raise cancelled
        try:
            operation = self._reach(lambda engine: engine.begin(method, request))
            self._running = operation.id
            if self._cancelled.is_set():  # since it was asked for
                self._engine.cancel(operation.id)
            operation = self._engine.follow(operation, watch)
        except KeyboardInterrupt:
            raise cancelled from None
        finally:
            self._running = ""
        if operation.state != operations_pb2.OPERATION_STATE_SUCCEEDED:
            raise error_from_message(operation.error)
        answer = result()
        if not operation.result.Unpack(answer):
            raise InternalFailure(f"{method} answered with {operation.result.TypeName() or 'nothing'}")
        return answer

    def _reach(self, call: Callable[[Connection], _Answer]) -> _Answer:
        """Makes a call; an engine that left since the last one, being idle, is started anew."""
        try:
            return call(self._engine)
        except EngineUnavailable:
            if not self._may_start:
                raise
        self._engine.close()
        self._engine = launcher.find_or_start(self._home)
        return call(self._engine)


def wire_path(path: AnyPath) -> str:
    """A path as requests carry it: absolute.

    Raises:
        MediaUnreadable: Its name is not Unicode text.
    """
    text = os.path.abspath(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MediaUnreadable.at(repr(text), "has a name that is not UTF-8; rename it") from None
    return text
