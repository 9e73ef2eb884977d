"""A channel to a running engine: options, token, and errors as the classes of `twopop.errors`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

import twopop
from twopop.errors import AccessDenied, EngineUnavailable, InternalFailure, TwopopError, error_from_message
from twopop.locations import EngineAddress, Home
from twopop.v1 import engine_pb2, engine_pb2_grpc, operations_pb2, operations_pb2_grpc

CALL_TIMEOUT_S = 30.0
_CANCEL_PATIENCE_S = 5.0
_ERROR_TRAILER = "twopop-error-bin"
_LOCAL = ("127.0.0.1:", "unix:")
_MESSAGE_BYTES = 64 << 20
_OPTIONS = (
    ("grpc.enable_http_proxy", 0),  # $http_proxy would send loopback calls to the proxy
    ("grpc.use_local_subchannel_pool", 1),  # a new try must not inherit the back-off of an old one
    ("grpc.max_receive_message_length", _MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MESSAGE_BYTES),
    ("grpc.max_metadata_size", 64 << 10),
    ("grpc.absolute_max_metadata_size", 128 << 10),
)
_UNFINISHED = (operations_pb2.OPERATION_STATE_QUEUED, operations_pb2.OPERATION_STATE_RUNNING)
_Answer = TypeVar("_Answer")
_Request = TypeVar("_Request")

Watch = Callable[[operations_pb2.Progress], None]
"""Called with every progress report of an operation, in the thread that waits for it."""


class Connection:
    """A channel to one engine.

    Attributes:
        channel: For the stubs.
        address: Where the engine listens.
    """

    def __init__(self, address: EngineAddress, token: str) -> None:
        self.address = address
        self.channel = grpc.insecure_channel(address.address, options=_OPTIONS)
        self._metadata = (("authorization", f"Bearer {token}"),)

    @classmethod
    def find(cls, home: Home) -> Connection | None:
        """The connection that a home's files describe; None when they name no engine. Nothing is dialled yet.

        Raises:
            AccessDenied: They name an engine, but its token cannot be read.
        """
        try:
            address = EngineAddress.from_json(home.address_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not address.address.startswith(_LOCAL):  # the token never leaves this machine
            return None
        try:
            token = home.token_file.read_text(encoding="ascii")
        except (OSError, ValueError):
            token = ""
        if not token.isprintable() or not token:
            raise AccessDenied(
                f"{home.token_file}: the engine's token is missing or damaged; "
                f"end the engine (process {address.pid}) and run it again"
            )
        return cls(address, token)

    def hello(self, timeout_s: float = CALL_TIMEOUT_S) -> engine_pb2.HelloResponse:
        """The handshake.

        Raises:
            VersionMismatch: Client and engine speak different APIs.
            EngineUnavailable: Nobody answers there.
        """
        request = engine_pb2.HelloRequest(
            api_major=twopop.API_MAJOR, api_minor=twopop.API_MINOR, client_version=twopop.__version__
        )
        return self.call(engine_pb2_grpc.EngineStub(self.channel).Hello, request, timeout_s)

    def call(
        self, method: grpc.UnaryUnaryMultiCallable[Any, _Answer], request: object, timeout_s: float = CALL_TIMEOUT_S
    ) -> _Answer:
        """One call that answers at once.

        Raises:
            TwopopError: What the engine answered, or `EngineUnavailable`.
        """
        try:
            return method(request, metadata=self._metadata, timeout=timeout_s)
        except grpc.RpcError as error:
            raise to_error(error) from None

    def begin(self, method: str, request: Message) -> operations_pb2.Operation:
        """Starts an operation.

        Args:
            method: "twopop.v1.Sync/Match".
            request: What it takes.

        Raises:
            TwopopError: What the engine answered, or `EngineUnavailable`.
        """
        rpc: grpc.UnaryUnaryMultiCallable[Message, operations_pb2.Operation] = self.channel.unary_unary(
            f"/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=operations_pb2.Operation.FromString,
        )
        answer = rpc.future(request, metadata=self._metadata, timeout=CALL_TIMEOUT_S)
        try:
            return answer.result()
        except grpc.RpcError as error:
            raise to_error(error) from None
        except KeyboardInterrupt:  # the engine may have begun: learn what, so that it can be stopped
            with contextlib.suppress(grpc.RpcError, grpc.FutureTimeoutError):
                self.cancel(answer.result(_CANCEL_PATIENCE_S).id)
            raise

    def follow(self, operation: operations_pb2.Operation, watch: Watch | None) -> operations_pb2.Operation:
        """Waits for an operation's final state; an exception on the way, Ctrl-C included, cancels it.

        Args:
            operation: Which one.
            watch: Called with its progress.

        Returns:
            The operation in its final state.

        Raises:
            EngineUnavailable: The engine went away in the middle.
        """
        try:
            for now in self.changes(operation.id):
                operation = now
                if watch:
                    watch(operation.progress)
        except EngineUnavailable as error:
            raise EngineUnavailable(
                f"the engine stopped in the middle of {operation.method}; run it again, finished parts are reused"
            ) from error
        finally:
            if operation.state in _UNFINISHED:
                with contextlib.suppress(TwopopError):  # what went wrong before counts more
                    self.cancel(operation.id)
        return operation

    def cancel(self, operation_id: str) -> None:
        """Stops an operation and waits, but not for ever, until it has stopped. An engine that is gone is no error."""
        request = operations_pb2.CancelOperationRequest(id=operation_id)
        with contextlib.suppress(EngineUnavailable):
            self.call(operations_pb2_grpc.OperationsStub(self.channel).Cancel, request, _CANCEL_PATIENCE_S)
            for _ in self.changes(operation_id, _CANCEL_PATIENCE_S):
                pass

    def changes(
        self, operation_id: str, timeout_s: float | None = None
    ) -> Generator[operations_pb2.Operation, None, None]:
        """An operation now and after every change; closing the iterator ends the call.

        Args:
            operation_id: Which one.
            timeout_s: How long to watch at most; default: to its end.

        Raises:
            TwopopError: What the engine answered, or `EngineUnavailable`.
        """
        request = operations_pb2.WatchOperationRequest(id=operation_id)
        rpc = operations_pb2_grpc.OperationsStub(self.channel).Watch
        call = rpc(request, metadata=self._metadata, timeout=timeout_s)
        try:
            yield from call
        except grpc.RpcError as error:
            raise to_error(error) from None
        finally:
            call.cancel()

    def stream(
        self, method: grpc.StreamStreamMultiCallable[_Request, _Answer], requests: Iterable[_Request]
    ) -> Generator[_Answer, None, None]:
        """A call that streams both ways; closing the iterator ends it.

        Args:
            method: The stub's.
            requests: What to send; asked for in a thread of gRPC's.

        Yields:
            The answers.

        Raises:
            TwopopError: What the engine answered, or `EngineUnavailable`.
            Exception: What `requests` raised.
        """
        fault: list[Exception] = []

        def sent() -> Generator[_Request, None, None]:
            try:
                yield from requests
            except Exception as error:  # whatever it is, the reader of the answers must learn of it
                fault.append(error)
                call.cancel()

        call = method(sent(), metadata=self._metadata)
        try:
            yield from call
        except grpc.RpcError as error:
            raise fault[0] if fault else to_error(error) from None
        finally:
            call.cancel()

    def close(self) -> None:
        """Closes the channel."""
        self.channel.close()


def to_error(error: grpc.RpcError) -> TwopopError:
    """The one place where gRPC statuses become errors again."""
    if not isinstance(error, grpc.Call):
        return InternalFailure(f"the call to the engine failed: {error}")
    for key, value in error.trailing_metadata() or ():
        if key == _ERROR_TRAILER and isinstance(value, bytes):
            return error_from_message(operations_pb2.Error.FromString(value))
    code, details = error.code(), error.details() or "no details"
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):  # the latter: it left during the call
        return EngineUnavailable(f"the engine cannot be reached: {details}")
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return EngineUnavailable("the engine does not answer; stop it (`twopop engine stop`) and run it again")
    return InternalFailure(f"the call to the engine failed: {code.name}: {details}")
