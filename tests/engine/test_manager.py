"""The states of operations, with the workers' part played by hand."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.protobuf import any_pb2

from twopop.errors import EngineUnavailable, MediaNotFound, OperationCancelled, OutputUnwritable, WorkerCrashed
from twopop.v1 import media_pb2, operations_pb2
from twopop_engine.operations.manager import OperationManager
from twopop_engine.operations.messages import Report
from twopop_engine.operations.pool import Assignment
from twopop_engine.operations.store import OperationStore

METHOD = "twopop.v1.Media/Probe"
State = operations_pb2.OperationState


class Hands:
    """A pool without workers: the tests take its jobs."""

    def __init__(self) -> None:
        self.taken: list[Assignment] = []

    def submit(self, assignment: Assignment) -> None:
        self.taken.append(assignment)

    def wake(self) -> None:
        pass


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OperationStore]:
    with contextlib.closing(OperationStore(tmp_path / "operations.sqlite3")) as store:
        yield store


@pytest.fixture
def manager(hands: Hands, store: OperationStore) -> OperationManager:
    return OperationManager(store, hands)


def start(manager: OperationManager) -> str:
    return manager.start(METHOD, "module:job", media_pb2.ProbeRequest(paths=["/a"])).id


def state(manager: OperationManager, operation_id: str) -> str:
    return State.Name(manager.get(operation_id).state).removeprefix("OPERATION_STATE_")


def result() -> bytes:
    packed = any_pb2.Any()
    packed.Pack(media_pb2.ProbeResult())
    return packed.SerializeToString()


def test_the_way_of_an_operation(manager: OperationManager, hands: Hands) -> None:
    operation_id = start(manager)
    (job,) = hands.taken
    assert (state(manager, operation_id), manager.active_count) == ("QUEUED", 1)
    assert job.task.job == "module:job"
    assert job.started()
    assert state(manager, operation_id) == "RUNNING"
    job.progressed(Report(0.5, "decode", "A001"))
    job.progressed(Report(0.25, "match", "A002"))
    progress = manager.get(operation_id).progress
    assert (progress.fraction, progress.stage, progress.message) == (0.5, "match", "A002")
    job.succeeded(result())
    done = manager.get(operation_id)
    assert (state(manager, operation_id), manager.active_count, done.progress.fraction) == ("SUCCEEDED", 0, 1.0)
    assert done.result.Is(media_pb2.ProbeResult.DESCRIPTOR)
    assert done.create_time.ToNanoseconds() <= done.update_time.ToNanoseconds()


def test_what_is_cancelled_while_it_waits_never_starts(manager: OperationManager, hands: Hands) -> None:
    operation_id = start(manager)
    manager.cancel(operation_id)
    assert state(manager, operation_id) == "CANCELLED"
    assert not hands.taken[0].started()
    assert state(manager, operation_id) == "CANCELLED"


@pytest.mark.parametrize("end", [OperationCancelled("stopped"), WorkerCrashed("died"), MediaNotFound.at("/a")])
def test_what_is_cancelled_while_it_runs_ends_as_cancelled(
    manager: OperationManager, hands: Hands, end: OperationCancelled
) -> None:
    operation_id = start(manager)
    (job,) = hands.taken
    job.started()
    assert not job.cancel_requested
    manager.cancel(operation_id)
    assert job.cancel_requested
    assert state(manager, operation_id) == "RUNNING"  # until its worker says so
    job.failed(end)
    assert state(manager, operation_id) == "CANCELLED"


def test_a_result_that_was_ready_before_the_cancellation_counts(manager: OperationManager, hands: Hands) -> None:
    operation_id = start(manager)
    hands.taken[0].started()
    manager.cancel(operation_id)
    hands.taken[0].succeeded(result())
    assert state(manager, operation_id) == "SUCCEEDED"


def test_what_an_engine_left_behind_is_interrupted(manager: OperationManager, hands: Hands, tmp_path: Path) -> None:
    waits, runs, fails = (start(manager) for _ in range(3))
    hands.taken[1].started()
    hands.taken[2].started()
    hands.taken[2].failed(MediaNotFound.at("/a"))
    with contextlib.closing(OperationStore(tmp_path / "operations.sqlite3")) as reopened:
        after = OperationManager(reopened, Hands())
        assert [state(after, it) for it in (waits, runs, fails)] == ["INTERRUPTED", "INTERRUPTED", "FAILED"]
        assert after.get(runs).error.reason == "OPERATION_INTERRUPTED"
        assert after.active_count == 0


def test_closing_interrupts_and_accepts_nothing_more(manager: OperationManager, hands: Hands) -> None:
    waits, runs = start(manager), start(manager)
    hands.taken[1].started()
    assert manager.close(patience_s=0.0) == 2
    hands.taken[1].failed(OperationCancelled("stopped"))
    assert [state(manager, it) for it in (waits, runs)] == ["INTERRUPTED", "INTERRUPTED"]
    with pytest.raises(EngineUnavailable, match="the engine is leaving"):
        start(manager)


def test_a_full_disk_refuses_new_operations_but_not_answers(
    manager: OperationManager, hands: Hands, store: OperationStore
) -> None:
    operation_id = start(manager)
    hands.taken[0].started()
    watched = manager.watch(operation_id, lambda _leave: True)
    assert next(watched).state == operations_pb2.OPERATION_STATE_RUNNING
    store.close()  # every write fails from here on, as on a full disk
    hands.taken[0].succeeded(result())
    assert next(watched).state == operations_pb2.OPERATION_STATE_SUCCEEDED
    assert state(manager, operation_id) == "SUCCEEDED"
    assert manager.active_count == 0
    with pytest.raises(OutputUnwritable, match=r"operations\.sqlite3: cannot be written"):
        start(manager)


def test_a_slow_watcher_misses_steps_but_not_the_end(manager: OperationManager, hands: Hands) -> None:
    operation_id = start(manager)
    watched = manager.watch(operation_id, lambda _leave: True)
    assert next(watched).state == operations_pb2.OPERATION_STATE_QUEUED
    (job,) = hands.taken
    job.started()
    for step in range(100):
        job.progressed(Report(step / 100, "decode", ""))
    assert next(watched).progress.fraction == 0.99
    job.failed(MediaNotFound.at("/a"))
    assert [it.state for it in watched] == [operations_pb2.OPERATION_STATE_FAILED]


def test_a_watcher_that_left_is_not_waited_for(manager: OperationManager) -> None:
    operation_id = start(manager)
    assert list(manager.watch(operation_id, lambda _leave: False)) == []
    leaves: list[Callable[[], None]] = []

    def remember(leave: Callable[[], None]) -> bool:
        leaves.append(leave)
        return True

    watched = manager.watch(operation_id, remember)
    assert len(list(itertools.islice(watched, 1))) == 1
    leaves[0]()
    assert list(watched) == []
