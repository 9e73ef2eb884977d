"""Errors over the wire: out of the engine and into the client as the same class."""

from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any, TypeAlias

import grpc
import pytest

from twopop import errors
from twopop.locations import EngineAddress
from twopop.v1 import engine_pb2, engine_pb2_grpc, operations_pb2
from twopop_client.connection import Connection
from twopop_engine.status import ErrorInterceptor, status_of

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Serving = Callable[[Exception], Connection]


def classes(base: type[errors.TwopopError] = errors.TwopopError) -> list[type[errors.TwopopError]]:
    return [base, *(it for child in base.__subclasses__() for it in classes(child))]


@pytest.fixture
def serving() -> Iterator[Serving]:
    """Serves one unary call and one stream that raise an error."""
    server = grpc.server(futures.ThreadPoolExecutor(2), interceptors=[ErrorInterceptor()])
    connections = []

    def serve(error: Exception) -> Connection:
        def status(request: engine_pb2.StatusRequest, context: grpc.ServicerContext) -> engine_pb2.StatusResponse:
            raise error

        def watch(
            request: operations_pb2.WatchOperationRequest, context: grpc.ServicerContext
        ) -> Iterator[operations_pb2.Operation]:
            yield operations_pb2.Operation(id=request.id)
            raise error

        unary: Handler = grpc.unary_unary_rpc_method_handler(status, engine_pb2.StatusRequest.FromString)
        stream: Handler = grpc.unary_stream_rpc_method_handler(
            watch, operations_pb2.WatchOperationRequest.FromString, operations_pb2.Operation.SerializeToString
        )
        server.add_generic_rpc_handlers(
            [
                grpc.method_handlers_generic_handler("twopop.v1.Engine", {"Status": unary}),
                grpc.method_handlers_generic_handler("twopop.v1.Operations", {"Watch": stream}),
            ]
        )
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        connections.append(Connection(EngineAddress(f"127.0.0.1:{port}", 0, ""), "token"))
        return connections[0]

    yield serve
    for connection in connections:
        connection.close()
    server.stop(None).wait()


def call(connection: Connection) -> None:
    connection.call(engine_pb2_grpc.EngineStub(connection.channel).Status, engine_pb2.StatusRequest())


@pytest.mark.parametrize("kind", classes())
def test_every_error_arrives_as_its_own_class(serving: Serving, kind: type[errors.TwopopError]) -> None:
    sent = kind("/clips/Ä é 中.wav: is empty\n\tand more", path="/clips/Ä é 中.wav", stage="")
    connection = serving(sent)
    for attempt in (lambda: call(connection), lambda: list(connection.changes("1"))):
        with pytest.raises(errors.TwopopError) as caught:
            attempt()
        assert type(caught.value) is kind
        assert caught.value.message == sent.message
        assert caught.value.fields == sent.fields
        assert status_of(sent) is not grpc.StatusCode.OK


def test_the_status_is_the_nearest_classes() -> None:
    assert status_of(errors.MediaUnreadable("")) is grpc.StatusCode.INVALID_ARGUMENT
    assert status_of(errors.MediaNotFound("")) is grpc.StatusCode.NOT_FOUND
    assert status_of(errors.WorkerCrashed("")) is grpc.StatusCode.INTERNAL


def test_a_fault_becomes_an_internal_failure(serving: Serving) -> None:
    connection = serving(KeyError("no such key"))
    with pytest.raises(errors.InternalFailure, match="KeyError: 'no such key'"):
        call(connection)


def test_an_error_with_the_longest_of_paths_arrives(serving: Serving) -> None:
    sent = errors.MediaNotFound.at("/" + "é" * 2047)  # 4095 bytes, as long as Linux lets a path be
    with pytest.raises(errors.MediaNotFound) as caught:
        call(serving(sent))
    assert caught.value.message == sent.message


def test_a_status_without_an_error_inside_is_told_as_it_is(serving: Serving) -> None:
    connection = serving(errors.TwopopError(""))
    with pytest.raises(errors.InternalFailure, match="UNIMPLEMENTED"):
        connection.hello()
