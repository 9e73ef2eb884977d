"""Operations on a real engine: results, errors, progress, watching, cancelling."""

import contextlib
import threading
from collections.abc import Iterator

import pytest

import engines
from twopop.errors import (
    InternalFailure,
    MediaNotFound,
    OperationUnknown,
    OptionInvalid,
    OutputUnwritable,
    WorkerCrashed,
    error_from_message,
)
from twopop.locations import Home
from twopop.v1 import media_pb2, operations_pb2, operations_pb2_grpc
from twopop_client import EngineClient


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.RunningEngine]:
    with engines.running(Home(tmp_path_factory.mktemp("home"))) as engine:
        yield engine


@pytest.fixture
def client(engine: engines.RunningEngine) -> Iterator[EngineClient]:
    with EngineClient.connect(engine.home, start=False) as client:
        yield client


def begin(engine: engines.RunningEngine, path: str) -> operations_pb2.Operation:
    return engine.connection.begin("twopop.v1.Media/Probe", media_pb2.ProbeRequest(paths=[path]))


def get(engine: engines.RunningEngine, operation_id: str) -> operations_pb2.Operation:
    stub = operations_pb2_grpc.OperationsStub(engine.connection.channel)
    return engine.connection.call(stub.Get, operations_pb2.GetOperationRequest(id=operation_id))


def test_a_job_answers_with_its_result(client: EngineClient, engine: engines.RunningEngine) -> None:
    result = client.probe(["/pid", "/other"])
    assert [file.path for file in result.files] == ["/pid", "/other"]
    assert int(result.files[0].info.container) in engine.worker_pids


def test_results_of_many_mebibytes_arrive(client: EngineClient) -> None:
    assert len(client.probe(["/large/50"]).files[0].info.container) == 50 << 20


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        ("/missing", MediaNotFound, r"/nowhere/é\udcff.wav: no such file"),
        ("/bug", InternalFailure, "ZeroDivisionError: a fault of ours; engine.log has the details"),
        ("/full", OutputUnwritable, "/mnt/shots/A001.wav: cannot be written: the disk is full"),
        ("/memory", InternalFailure, "ran out of memory"),
        ("/large/70", InternalFailure, "the result is too large to send"),
        ("/crash", WorkerCrashed, "died during 'decode' (SIGSEGV)"),
        ("/babble", InternalFailure, "scripted_jobs:probe failed; engine.log has the details"),
        ("/leave", WorkerCrashed, "exit code 7"),
    ],
)
def test_a_failure_arrives_as_its_class_and_says_why(
    client: EngineClient, script: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        client.probe([script])
    assert words in str(caught.value)
    assert client.probe(["/pid"]).files  # the engine goes on


def test_a_fault_is_logged_with_its_traceback(client: EngineClient, engine: engines.RunningEngine) -> None:
    with pytest.raises(InternalFailure):
        client.probe(["/bug"])
    log = engine.home.log_file.read_text()
    assert 'raise ZeroDivisionError("a fault of ours")' in log


def test_a_capability_whose_module_is_missing_fails_alone(client: EngineClient) -> None:
    with pytest.raises(InternalFailure, match="No module named 'scripted_absence'"):
        client.scan(["/anywhere"])


def test_relative_paths_are_refused(engine: engines.RunningEngine) -> None:
    with pytest.raises(OptionInvalid, match=r"paths\[0\]: 'clip.mov' is not an absolute path"):
        begin(engine, "clip.mov")


def test_progress_never_falls_and_ends_at_one(client: EngineClient) -> None:
    seen: list[operations_pb2.Progress] = []
    client.probe(
        ["/waver"], watch=lambda progress: seen.append(operations_pb2.Progress.FromString(progress.SerializeToString()))
    )
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert all(0.0 <= fraction <= 1.0 for fraction in fractions)
    assert {progress.stage for progress in seen} >= {"waver", "dither"}
    assert len(seen) < 40  # 300 reports were made in 0.6 s, ten a second and the changes of stage are sent


def test_all_watchers_see_the_end(engine: engines.RunningEngine) -> None:
    operation = begin(engine, "/sleep/0.5")
    ends: list[operations_pb2.Operation] = []
    watchers = [
        threading.Thread(target=lambda: ends.append(engine.connection.follow(operation, None))) for _ in range(20)
    ]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join()
    assert [end.state for end in ends] == [operations_pb2.OPERATION_STATE_SUCCEEDED] * 20
    assert engine.connection.follow(operation, None) == ends[0]  # also for who comes late


def test_watchers_that_go_away_free_their_threads(engine: engines.RunningEngine) -> None:
    operation = begin(engine, "/stuck")
    for _ in range(300):  # more than the engine has threads
        changes = engine.connection.changes(operation.id)
        next(changes)
        changes.close()
    assert get(engine, operation.id).state == operations_pb2.OPERATION_STATE_RUNNING
    engine.connection.cancel(operation.id)


@pytest.mark.parametrize("script", ["/sleep/60", "/stuck"])
def test_cancelling_stops_the_work(engine: engines.RunningEngine, client: EngineClient, script: str) -> None:
    operation = begin(engine, script)
    changes = engine.connection.changes(operation.id)
    next(change for change in changes if change.progress.stage in ("sleep", "stuck"))
    changes.close()
    engine.connection.cancel(operation.id)
    ended = get(engine, operation.id)
    assert ended.state == operations_pb2.OPERATION_STATE_CANCELLED
    assert ended.error.reason == "OPERATION_CANCELLED"
    engines.wait_until(lambda: len(engine.worker_pids) == client.status().worker_count >= 2)


def test_an_operation_that_waits_is_cancelled_at_once(engine: engines.RunningEngine, client: EngineClient) -> None:
    busy = [begin(engine, "/stuck") for _ in range(client.status().worker_count)]
    waiting = begin(engine, "/pid")
    assert get(engine, waiting.id).state == operations_pb2.OPERATION_STATE_QUEUED
    engine.connection.cancel(waiting.id)
    assert get(engine, waiting.id).state == operations_pb2.OPERATION_STATE_CANCELLED
    for operation in busy:
        engine.connection.cancel(operation.id)
    assert client.probe(["/pid"]).files


def test_cancelling_what_is_over_changes_nothing(engine: engines.RunningEngine) -> None:
    operation = engine.connection.follow(begin(engine, "/pid"), None)
    engine.connection.cancel(operation.id)
    assert get(engine, operation.id) == operation


def test_a_watch_function_that_raises_cancels_the_operation(client: EngineClient) -> None:
    def explode(progress: operations_pb2.Progress) -> None:
        raise RuntimeError("the host is closing")

    with pytest.raises(RuntimeError, match="the host is closing"):
        client.probe(["/sleep/60"], watch=explode)
    assert client.list_operations(1)[0].state == operations_pb2.OPERATION_STATE_CANCELLED


def test_the_newest_come_first_and_without_results(client: EngineClient) -> None:
    client.probe(["/pid"])
    with contextlib.suppress(MediaNotFound):
        client.probe(["/missing"])
    failed, succeeded = client.list_operations(2)
    assert (failed.state, succeeded.state) == (
        operations_pb2.OPERATION_STATE_FAILED,
        operations_pb2.OPERATION_STATE_SUCCEEDED,
    )
    assert isinstance(error_from_message(failed.error), MediaNotFound)
    assert not succeeded.HasField("result")
    assert succeeded.method == "twopop.v1.Media/Probe"


def test_an_unknown_operation_is_an_error(engine: engines.RunningEngine) -> None:
    with pytest.raises(OperationUnknown, match="knows no operation 'x'"):
        get(engine, "x")
    with pytest.raises(OperationUnknown):
        list(engine.connection.changes("x"))
    with pytest.raises(OperationUnknown):
        engine.connection.cancel("x")
