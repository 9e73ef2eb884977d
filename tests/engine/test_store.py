import stat
from pathlib import Path

import pytest

from twopop.v1 import operations_pb2
from twopop_engine.operations import store as store_module
from twopop_engine.operations.store import OperationStore

RUNNING = operations_pb2.OPERATION_STATE_RUNNING


def operation(number: int, state: "operations_pb2.OperationState.ValueType" = RUNNING) -> operations_pb2.Operation:
    return operations_pb2.Operation(id=f"{number:04}", method="twopop.v1.Media/Probe", state=state)


def test_what_was_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    store = OperationStore(tmp_path / "operations.sqlite3")
    store.save(operation(1))
    store.save(operation(2))
    done = operation(1, operations_pb2.OPERATION_STATE_SUCCEEDED)
    done.result.Pack(operations_pb2.Progress(stage="any message"))
    store.save(done)
    # Not closed: a killed engine does not close it either.
    reopened = OperationStore(tmp_path / "operations.sqlite3")
    assert reopened.load("0001") == done
    assert reopened.load("0003") is None
    assert [it.id for it in reopened.newest(10)] == ["0002", "0001"]
    assert [it.id for it in reopened.newest(1)] == ["0002"]
    assert [it.id for it in reopened.unfinished()] == ["0002"]
    reopened.close()
    store.close()


def test_old_operations_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "KEPT_COUNT", 3)
    store = OperationStore(tmp_path / "operations.sqlite3")
    for number in range(100):
        store.save(operation(number))
        assert len(store.newest(1000)) < 40  # also while the engine runs on
    store.close()
    reopened = OperationStore(tmp_path / "operations.sqlite3")
    assert [it.id for it in reopened.newest(10)] == ["0099", "0098", "0097"]
    reopened.close()


def test_large_results_push_old_ones_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "KEPT_BYTES", 10_000)
    store = OperationStore(tmp_path / "operations.sqlite3")
    for number, size in enumerate((100, 4000, 4000, 4000, 100)):
        it = operation(number)
        it.error.message = "x" * size
        store.save(it)
    store.close()
    reopened = OperationStore(tmp_path / "operations.sqlite3")
    assert [it.id for it in reopened.newest(10)] == ["0004", "0003", "0002"]
    it = operation(5)
    it.error.message = "x" * 20_000  # too large for the limit, but the newest
    reopened.save(it)
    reopened.close()
    reopened = OperationStore(tmp_path / "operations.sqlite3")
    assert [it.id for it in reopened.newest(10)] == ["0005"]
    reopened.close()


def test_the_files_are_private(tmp_path: Path) -> None:
    store = OperationStore(tmp_path / "operations.sqlite3")
    store.save(operation(1))
    files = list(tmp_path.iterdir())
    assert len(files) >= 2  # the write-ahead log as well
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    store.close()
