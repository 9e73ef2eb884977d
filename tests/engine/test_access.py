"""Who may call, and what others on the machine may read."""

import stat
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

import engines
from twopop.errors import AccessDenied
from twopop.locations import EngineAddress, Home
from twopop.v1 import operations_pb2, operations_pb2_grpc
from twopop_client.connection import Connection
from twopop_engine.access import make_token


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.RunningEngine]:
    with engines.running(Home(tmp_path_factory.mktemp("home"))) as engine:
        yield engine


def stranger(engine: engines.RunningEngine, token: str) -> Connection:
    return Connection(engine.connection.address, token)


@pytest.mark.parametrize("token", ["", "wrong", "x" * 5000])
def test_a_wrong_token_is_refused(engine: engines.RunningEngine, token: str) -> None:
    connection = stranger(engine, token)
    with pytest.raises(AccessDenied, match="wrong or missing"):
        connection.hello()
    connection.close()


def test_a_missing_token_is_refused_on_streams_health_and_reflection(engine: engines.RunningEngine) -> None:
    with grpc.insecure_channel(engine.connection.address.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
        watch = operations_pb2_grpc.OperationsStub(channel).Watch
        listing = reflection_pb2.ServerReflectionRequest(list_services="")
        for call in (
            lambda: health.Check(health_pb2.HealthCheckRequest()),
            lambda: list(reflection.ServerReflectionInfo(iter([listing]))),
            lambda: list(watch(operations_pb2.WatchOperationRequest(id="x"))),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                call()
            assert code(caught.value) is grpc.StatusCode.UNAUTHENTICATED


def code(error: grpc.RpcError) -> grpc.StatusCode:
    assert isinstance(error, grpc.Call)
    return error.code()


def test_health_and_reflection_answer_to_the_token(engine: engines.RunningEngine) -> None:
    metadata = (("authorization", f"Bearer {engine.home.token_file.read_text()}"),)
    channel = engine.connection.channel
    health = health_pb2_grpc.HealthStub(channel)
    for service in ("", "twopop.v1.Engine", "twopop.v1.Sync"):
        answer = health.Check(health_pb2.HealthCheckRequest(service=service), metadata=metadata)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
    listing = reflection_pb2.ServerReflectionRequest(list_services="")
    (services,) = reflection.ServerReflectionInfo(iter([listing]), metadata=metadata)
    names = {service.name for service in services.list_services_response.service}
    assert {f"twopop.v1.{name}" for name in protocol_services()} < names
    asked = reflection_pb2.ServerReflectionRequest(file_containing_symbol="twopop.v1.Sync")
    (found,) = reflection.ServerReflectionInfo(iter([asked]), metadata=metadata)
    files = [FileDescriptorProto.FromString(it) for it in found.file_descriptor_response.file_descriptor_proto]
    assert "twopop/v1/sync.proto" in [file.name for file in files]


def protocol_services() -> set[str]:
    """The services of the .proto files themselves."""
    folder = Path(__file__).parents[2] / "proto" / "twopop" / "v1"
    lines = [line.split() for path in folder.glob("*.proto") for line in path.read_text().splitlines()]
    return {words[1] for words in lines if words[:1] == ["service"]}


def test_only_the_user_can_read_the_home(engine: engines.RunningEngine) -> None:
    assert stat.S_IMODE(engine.home.root.stat().st_mode) == 0o700
    files = [path for path in engine.home.root.rglob("*") if path.is_file()]
    assert {"engine.json", "token", "engine.lock", "engine.log", "operations.sqlite3"} <= {path.name for path in files}
    modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in files if path.name != "engine.log"}
    assert set(modes.values()) == {"0o600"}, modes


def test_engine_json_says_where_the_engine_is(engine: engines.RunningEngine) -> None:
    address = EngineAddress.from_json(engine.home.address_file.read_text())
    assert address.pid == engine.process.pid
    assert address.address.startswith("127.0.0.1:")
    assert address.engine_id == engine.connection.hello().engine_id


def test_each_start_has_a_token_of_its_own(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first, second = make_token(home), make_token(home)
    assert first != second
    assert home.token_file.read_text() == second
    assert len(second) >= 43  # 256 bits in base 64
