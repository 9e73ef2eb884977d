"""The engine's life: one for each home, crashes, departures."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import engines
from twopop.errors import EngineUnavailable, OperationInterrupted, WorkerCrashed, error_from_message
from twopop.locations import Home
from twopop.v1 import engine_pb2, media_pb2, operations_pb2
from twopop_client import EngineClient
from twopop_client.launcher import find


def begin(engine: engines.RunningEngine, path: str) -> operations_pb2.Operation:
    operation = engine.connection.begin("twopop.v1.Media/Probe", media_pb2.ProbeRequest(paths=[path]))
    changes = engine.connection.changes(operation.id)
    started = next(change for change in changes if change.progress.stage in ("sleep", "stuck"))
    changes.close()
    return started


def serve(home: Home, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "twopop_engine", "serve", "--home", str(home.root), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=engines.PATIENCE_S, check=False)


def test_a_second_engine_leaves_with_a_sentence(tmp_path: Path) -> None:
    with engines.running(Home(tmp_path)) as engine:
        second = serve(engine.home)
        assert second.returncode == 3
        assert second.stderr == f"twopop engine: another engine already serves {tmp_path}\n"
        assert engine.connection.hello().engine_id == engine.connection.address.engine_id


def test_an_idle_engine_leaves_and_takes_its_traces_along(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert serve(home, "--idle-exit-s", "0.2").returncode == 0
    assert not home.address_file.exists()
    assert find(home) is None


def test_work_keeps_an_engine_alive_and_looking_on_does_not(tmp_path: Path) -> None:
    with (
        engines.running(Home(tmp_path), idle_exit_s=0.5) as engine,
        EngineClient.connect(engine.home, start=False) as client,
    ):
        operation = begin(engine, "/sleep/1")
        assert not client.status().HasField("idle_exit_s")
        ended = engine.connection.follow(operation, None)
        assert ended.state == operations_pb2.OPERATION_STATE_SUCCEEDED
        left_s = client.status().idle_exit_s
        assert 0 < left_s <= 0.5
        while engine.process.poll() is None:
            try:
                client.status()
            except EngineUnavailable:
                break
        assert engine.process.wait(engines.PATIENCE_S) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("script", ["/sleep/60", "/stuck"])
def test_a_signal_stops_the_work_and_watchers_hear_of_it(tmp_path: Path, number: signal.Signals, script: str) -> None:
    with engines.running(Home(tmp_path)) as engine:
        workers = engine.worker_pids
        operation = begin(engine, script)
        threading.Timer(0.1, engine.process.send_signal, [number]).start()
        ended = engine.connection.follow(operation, None)
        assert ended.state == operations_pb2.OPERATION_STATE_INTERRUPTED
        assert ended.error.message.startswith("the engine stopped in the middle of twopop.v1.Media/Probe; run it again")
        assert engine.process.wait(engines.PATIENCE_S) == 0
        assert not engine.home.address_file.exists()
        assert not any(engines.is_alive(pid) for pid in workers)


def test_stop_counts_what_it_stopped_and_frees_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with engines.running(home) as engine, EngineClient.connect(home, start=False) as client:
        begin(engine, "/stuck")
        # The engine is a child of this process here and must be reaped before its id is free.
        reaper = threading.Thread(target=engine.process.wait)
        reaper.start()
        assert client.stop() == engine_pb2.StopResponse(cancelled_operation_count=1)
        reaper.join()
        with engines.running(home) as next_engine:
            assert next_engine.connection.hello().engine_id != engine.connection.address.engine_id


def test_a_killed_engine_takes_its_workers_along_and_its_operations_are_interrupted(tmp_path: Path) -> None:
    home = Home(tmp_path)
    partial = home.scratch_folder / "decoded.wav.1f.partial"
    with engines.running(home) as engine:
        operations = [begin(engine, "/stuck"), begin(engine, "/sleep/60")]
        workers = engine.worker_pids
        assert len(workers) >= 2
        home.scratch_folder.mkdir()
        partial.write_bytes(b"half")
        engine.process.kill()
        engine.process.wait()
        engines.wait_until(lambda: not any(engines.is_alive(pid) for pid in workers))
    assert home.address_file.exists()  # stale
    with engines.running(home) as engine, EngineClient.connect(home, start=False) as client:
        listed = {it.id: it for it in client.list_operations()}
        for operation in operations:
            assert listed[operation.id].state == operations_pb2.OPERATION_STATE_INTERRUPTED
            assert listed[operation.id].error.reason == OperationInterrupted.reason
        assert client.probe(["/pid"]).files
        assert not partial.exists()


@pytest.mark.parametrize("cause", ["cancelled", "worker killed", "engine killed"])
def test_no_half_written_file_stays_in_the_users_folders(tmp_path: Path, cause: str) -> None:
    home = Home(tmp_path / "home")
    partial = tmp_path / ".take 1 é.partial.wav"
    with engines.running(home) as engine:
        operation = begin(engine, f"/write{tmp_path}/take 1 é")
        assert partial.read_bytes() == b"half"
        if cause == "cancelled":
            engine.connection.cancel(operation.id)
        elif cause == "worker killed":
            for pid in engine.worker_pids:
                os.kill(pid, signal.SIGKILL)
            engine.connection.follow(operation, None)
        assert partial.exists() is (cause == "engine killed")
    with engines.running(home):
        assert not partial.exists()
        assert list(home.notes_folder.iterdir()) == []


def test_a_client_hears_that_its_engine_was_killed(tmp_path: Path) -> None:
    with engines.running(Home(tmp_path)) as engine:
        operation = begin(engine, "/stuck")
        threading.Timer(0.1, engine.process.kill).start()
        with pytest.raises(EngineUnavailable, match=r"stopped in the middle of twopop\.v1\.Media/Probe; run it again"):
            engine.connection.follow(operation, None)


def test_a_killed_worker_fails_one_operation_and_is_replaced(tmp_path: Path) -> None:
    with engines.running(Home(tmp_path)) as engine, EngineClient.connect(engine.home, start=False) as client:
        spared = [begin(engine, "/sleep/60") for _ in engine.worker_pids[1:]]
        victim = int(client.probe(["/pid"]).files[0].info.container)  # the one that is left
        count = client.status().worker_count
        doomed = begin(engine, "/stuck")
        os.kill(victim, signal.SIGKILL)
        error = error_from_message(engine.connection.follow(doomed, None).error)
        assert isinstance(error, WorkerCrashed)
        assert "during 'stuck' (SIGKILL; the machine may have run out of memory)" in error.message
        engines.wait_until(lambda: client.status().worker_count == count)
        assert victim not in engine.worker_pids
        assert client.probe(["/pid"]).files
        for operation in spared:
            assert next(engine.connection.changes(operation.id)).state == operations_pb2.OPERATION_STATE_RUNNING


def test_an_idle_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with engines.running(Home(tmp_path)) as engine, EngineClient.connect(engine.home, start=False) as client:
        before = set(engine.worker_pids)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        engines.wait_until(lambda: len(set(engine.worker_pids) - before) == len(before))
        assert client.probe(["/pid"]).files


def test_an_engine_serves_on_a_unix_socket(tmp_path: Path) -> None:
    with engines.running(Home(tmp_path), unix=True) as engine, EngineClient.connect(engine.home, start=False) as client:
        assert client.status().address == f"unix:{tmp_path}/engine.sock"
        assert client.probe(["/pid"]).files
    with engines.running(Home(tmp_path), unix=True) as engine:  # the one before was killed and left its socket
        assert engine.connection.hello()


@pytest.mark.parametrize("name", ["x" * 120, "50%", "a#1", "a?1"])
def test_a_unix_socket_with_an_impossible_path_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    ended = serve(Home(tmp_path / name), "--unix")
    assert ended.returncode == 3
    assert "a socket's path must be shorter than 100 bytes and hold none of %, # and ?" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("name", ["with space", "é中", "50%", "a#1"])
def test_a_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    with engines.running(Home(tmp_path / name)) as engine:
        assert engine.connection.hello()


def test_a_home_that_cannot_be_made_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = serve(Home(tmp_path / "file" / "home"))
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"twopop engine: cannot serve {tmp_path}/file/home: ")


def test_a_broken_operations_database_does_not_keep_the_engine_from_starting(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.operations_file.write_bytes(b"this is not a database" * 100)
    with engines.running(home) as engine, EngineClient.connect(home, start=False) as client:
        assert client.probe(["/pid"]).files
        assert (tmp_path / "operations.sqlite3.broken").read_bytes().startswith(b"this is not")
        assert engine.process.poll() is None


@pytest.mark.slow
def test_a_storm_of_jobs_cancellations_and_crashes_leaves_the_engine_sound(tmp_path: Path) -> None:
    scripts = ["/pid", "/sleep/0.05", "/sleep/0.3", "/missing", "/crash", "/leave", "/stuck"]
    over = threading.Event()

    def use(seed: int) -> list[operations_pb2.Operation]:
        chance, ends = random.Random(seed), []
        for _ in range(30):
            request = media_pb2.ProbeRequest(paths=[chance.choice(scripts)])
            operation = engine.connection.begin("twopop.v1.Media/Probe", request)
            threading.Timer(chance.random() / 2, engine.connection.cancel, [operation.id]).start()
            ends.append(engine.connection.follow(operation, None))
        return ends

    def kill_workers() -> None:
        chance = random.Random(0)
        while not over.wait(0.7):
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(chance.choice(engine.worker_pids), signal.SIGKILL)

    with engines.running(Home(tmp_path)) as engine, EngineClient.connect(engine.home, start=False) as client:
        count = client.status().worker_count
        killer = threading.Thread(target=kill_workers)
        killer.start()
        with ThreadPoolExecutor(6) as users:
            ends = [end for each in users.map(use, range(6)) for end in each]
        over.set()
        killer.join()
        kinds = Counter(end.error.reason for end in ends)
        assert sum(kinds.values()) == 180
        assert set(kinds) == {"", "MEDIA_NOT_FOUND", "OPERATION_CANCELLED", "WORKER_CRASHED"}
        engines.wait_until(lambda: len(engine.worker_pids) == client.status().worker_count == count)
        assert client.status().active_operation_count == 0
        assert client.probe(["/pid"]).files
        assert "Traceback" not in engine.home.log_file.read_text()
