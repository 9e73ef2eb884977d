"""Cancelling from another thread: a panel's button, while a worker waits."""

import threading
from collections.abc import Iterator

import pytest

import engines
from twopop.errors import OperationCancelled
from twopop.locations import Home
from twopop.v1 import operations_pb2
from twopop_client import EngineClient


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.RunningEngine]:
    with engines.running(Home(tmp_path_factory.mktemp("home"))) as engine:
        yield engine


@pytest.mark.parametrize(("script", "stage"), [("/sleep/60", "sleep"), ("/stuck", "stuck")])
def test_work_stops_in_the_engine(engine: engines.RunningEngine, script: str, stage: str) -> None:
    begun = threading.Event()
    caught: list[OperationCancelled] = []

    def work() -> None:
        def watch(progress: operations_pb2.Progress) -> None:
            if progress.stage == stage:
                begun.set()

        try:
            client.probe([script], watch)
        except OperationCancelled as error:
            caught.append(error)

    with EngineClient.connect(engine.home, start=False) as client:
        worker = threading.Thread(target=work)
        worker.start()
        assert begun.wait(engines.PATIENCE_S)
        client.cancel()
        worker.join(engines.PATIENCE_S)
        assert [error.reason for error in caught] == ["OPERATION_CANCELLED"]
        assert client.list_operations(1)[0].state == operations_pb2.OPERATION_STATE_CANCELLED


def test_nothing_is_begun_after_it(engine: engines.RunningEngine) -> None:
    with EngineClient.connect(engine.home, start=False) as client:
        before = len(client.list_operations())
        client.cancel()
        with pytest.raises(OperationCancelled, match=r"Media/Probe was cancelled"):
            client.probe(["/sleep/0"])
        assert len(client.list_operations()) == before


def test_cancelled_while_it_is_begun(engine: engines.RunningEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    with EngineClient.connect(engine.home, start=False) as client:
        begin = client._engine.begin

        def begin_and_cancel(*request: object) -> operations_pb2.Operation:
            operation = begin(*request)  # type: ignore[arg-type]
            client.cancel()
            return operation

        monkeypatch.setattr(client._engine, "begin", begin_and_cancel)
        with pytest.raises(OperationCancelled):
            client.probe(["/sleep/60"])
        assert client.list_operations(1)[0].state == operations_pb2.OPERATION_STATE_CANCELLED
