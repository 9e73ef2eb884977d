"""Live streams through a real engine: its process, its ends, and what goes wrong."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import grpc
import numpy as np
import pytest
import soundfile

import engines
from monitor.streams import Sent, Talk, stream
from scenes.face_models import face_files
from sync_models import need_default_model
from twopop.errors import (
    AccessDenied,
    EngineUnavailable,
    MediaNotFound,
    ModelMissing,
    OptionInvalid,
    StreamMissing,
    WorkerCrashed,
)
from twopop.locations import Home
from twopop.v1 import sync_pb2, sync_pb2_grpc
from twopop_client import EngineClient
from twopop_client.connection import to_error
from twopop_engine.services.monitor import MOST_STREAMS

START = sync_pb2.MonitorStart(sample_rate_hz=16000)
Requests = Iterator[sync_pb2.MonitorRequest]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.RunningEngine]:
    need_default_model()
    with engines.running(Home(tmp_path_factory.mktemp("home"))) as engine:
        yield engine


@pytest.fixture
def client(engine: engines.RunningEngine) -> Iterator[EngineClient]:
    with EngineClient.connect(engine.home, start=False) as client:
        yield client


def request(one: Sent) -> sync_pb2.MonitorRequest:
    """What is sent, as a message."""
    if one.samples is not None:
        pcm = np.round(one.samples * 32767).clip(-32768, 32767).astype("<i2").tobytes()
        return sync_pb2.MonitorRequest(sound=sync_pb2.SoundBlock(time_s=one.time_s, pcm=pcm))
    points = [] if one.points is None else one.points.reshape(-1).tolist()
    return sync_pb2.MonitorRequest(landmarks=sync_pb2.FaceLandmarks(time_s=one.time_s, points=points))


def talking(seconds: float) -> list[sync_pb2.MonitorRequest]:
    return [request(one) for one in stream(Talk(seconds, 3))]


class Open:
    """A stream that stays open until it is told to end."""

    def __init__(self, first: list[sync_pb2.MonitorRequest]) -> None:
        self.end = threading.Event()
        self._first = first

    def requests(self) -> Requests:
        yield from self._first
        self.end.wait(engines.PATIENCE_S)


def test_answers_come_until_the_stream_ends(client: EngineClient) -> None:
    updates = list(client.monitor(START, talking(6)))
    assert len(updates) == 29
    assert [update.late_count + update.dropped_count for update in updates] == [0] * 29
    assert updates[-1].time_s == pytest.approx(4.4, abs=0.25)
    assert all(0 < update.processing_s < 30 for update in updates)
    assert updates[0].state == "listening"


def test_answers_come_while_the_stream_is_open(client: EngineClient) -> None:
    kept = Open(talking(3))
    updates = client.monitor(START, kept.requests())
    assert next(updates).state == "listening"
    updates.close()
    kept.end.set()


def test_the_process_ends_with_the_stream_and_with_a_client_that_leaves(
    engine: engines.RunningEngine, client: EngineClient
) -> None:
    before = set(engine.worker_pids)
    kept = Open(talking(1))
    updates = client.monitor(START, kept.requests())
    next(updates)
    (pid,) = set(engine.worker_pids) - before
    updates.close()
    engines.wait_until(lambda: not engines.is_alive(pid))
    assert set(engine.worker_pids) == before
    kept.end.set()


def test_a_crash_fails_the_stream_with_its_cause_and_nothing_else(
    engine: engines.RunningEngine, client: EngineClient
) -> None:
    before = set(engine.worker_pids)
    kept = Open(talking(1))
    updates = client.monitor(START, kept.requests())
    next(updates)
    (pid,) = set(engine.worker_pids) - before
    os.kill(pid, signal.SIGSEGV)
    with pytest.raises(WorkerCrashed, match="SIGSEGV") as caught:
        list(updates)
    assert caught.value.fields["stage"] == "monitor"
    kept.end.set()
    assert len(list(client.monitor(START, talking(1)))) == 4


def test_what_the_senders_own_code_raises_comes_out_of_the_stream(client: EngineClient) -> None:
    def broken() -> Requests:
        yield from talking(1)
        raise ZeroDivisionError("a fault of the sender")

    with pytest.raises(ZeroDivisionError, match="a fault of the sender"):
        list(client.monitor(START, broken()))


def test_only_so_many_streams_are_measured_at_once(engine: engines.RunningEngine, client: EngineClient) -> None:
    streams = [Open(talking(1)) for _ in range(MOST_STREAMS)]
    running = [client.monitor(START, kept.requests()) for kept in streams]
    for updates in running:
        next(updates)
    with pytest.raises(EngineUnavailable, match=f"measures {MOST_STREAMS} streams already"):
        list(client.monitor(START, talking(1)))
    for updates, kept in zip(running, streams, strict=True):
        updates.close()
        kept.end.set()
    engines.wait_until(lambda: _is_served(client))


def _is_served(client: EngineClient) -> bool:
    try:
        return bool(list(client.monitor(START, talking(1))))
    except EngineUnavailable:
        return False


@pytest.mark.parametrize(
    ("start", "requests", "option"),
    [
        (sync_pb2.MonitorStart(), [], "start.sample_rate_hz"),
        (sync_pb2.MonitorStart(path="clip.mov"), [], "path"),
        (START, [sync_pb2.MonitorRequest(start=START)], "start"),
        (START, [sync_pb2.MonitorRequest()], "request"),
        (START, [sync_pb2.MonitorRequest(sound=sync_pb2.SoundBlock(pcm=b"odd"))], "sound.pcm"),
    ],
)
def test_messages_that_cannot_be_used_end_the_stream_with_a_sentence(
    client: EngineClient, start: sync_pb2.MonitorStart, requests: list[sync_pb2.MonitorRequest], option: str
) -> None:
    with pytest.raises(OptionInvalid) as caught:
        list(client.monitor(start, requests))
    assert caught.value.fields["option"] == option


def test_a_stream_that_does_not_begin_with_its_start_is_refused(engine: engines.RunningEngine) -> None:
    call = sync_pb2_grpc.SyncStub(engine.connection.channel).Monitor
    for requests in ([], talking(1)):
        with pytest.raises(OptionInvalid, match="must be the first message"):
            list(engine.connection.stream(call, requests))


def test_a_stream_without_the_token_is_refused(engine: engines.RunningEngine) -> None:
    call = sync_pb2_grpc.SyncStub(engine.connection.channel).Monitor
    with pytest.raises(grpc.RpcError) as caught:
        list(call(iter([sync_pb2.MonitorRequest(start=START)])))
    assert isinstance(to_error(caught.value), AccessDenied)


def test_a_file_that_cannot_be_played_is_named(client: EngineClient, tmp_path: Path) -> None:
    with pytest.raises(MediaNotFound, match="no such file"):
        list(client.monitor(sync_pb2.MonitorStart(path=str(tmp_path / "none.mov"))))
    soundfile.write(tmp_path / "sound.wav", np.zeros(4800, np.float32), 48000)
    with pytest.raises(StreamMissing, match="no video"):
        list(client.monitor(sync_pb2.MonitorStart(path=str(tmp_path / "sound.wav"))))


def test_pictures_are_looked_at(client: EngineClient) -> None:
    face_files()
    gray = np.full((90, 160, 3), 99, np.uint8).tobytes()
    requests = [
        sync_pb2.MonitorRequest(picture=sync_pb2.PictureFrame(time_s=at / 10, image=gray, width=160, height=90))
        for at in range(40)
    ]
    updates = list(client.monitor(START, requests))
    assert updates[-1].state == "no_face"
    assert len(updates) == 19


def test_pictures_that_come_too_fast_are_dropped_and_counted_and_sound_is_not(client: EngineClient) -> None:
    face_files()
    gray = np.full((360, 640, 3), 99, np.uint8).tobytes()
    sent: list[sync_pb2.MonitorRequest] = []
    for number in range(150):
        picture = sync_pb2.PictureFrame(time_s=number / 25, image=gray, width=640, height=360)
        sent.append(sync_pb2.MonitorRequest(picture=picture))
    blocks = [one for one in talking(6) if one.WhichOneof("part") == "sound"]
    mixed = [one for pair in zip(sent, blocks, strict=True) for one in pair]
    updates = list(client.monitor(START, mixed))
    assert 20 < updates[-1].dropped_count < 150
    assert updates[-1].late_count == 0
    assert updates[-1].state == "no_face"


def test_a_running_stream_keeps_the_engine_alive_and_its_end_lets_it_go(tmp_path: Path) -> None:
    need_default_model()
    with engines.running(Home(tmp_path), idle_exit_s=0.7) as engine:
        with EngineClient.connect(engine.home, start=False) as client:
            kept = Open(talking(1))
            updates = client.monitor(START, kept.requests())
            next(updates)
            time.sleep(1.5)
            assert engine.process.poll() is None
            kept.end.set()
            assert len(list(updates)) == 3
        engine.process.wait(engines.PATIENCE_S)


def test_the_process_dies_with_its_engine(tmp_path: Path) -> None:
    need_default_model()
    with engines.running(Home(tmp_path)) as engine, EngineClient.connect(engine.home, start=False) as client:
        kept = Open(talking(1))
        updates = client.monitor(START, kept.requests())
        next(updates)
        pids = set(engine.worker_pids)
        engine.process.kill()
        for pid in pids:
            engines.wait_until(lambda pid=pid: not engines.is_alive(pid))  # type: ignore[misc]
        with pytest.raises(EngineUnavailable):
            list(updates)
        kept.end.set()


def test_the_example_of_the_manual_runs(engine: engines.RunningEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    face_files()
    page = (Path(__file__).parents[2] / "docs" / "monitor.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.S)
    monkeypatch.setenv("TWOPOP_HOME", str(engine.home.root))
    jpeg = cv2.imencode(".jpg", np.full((90, 160, 3), 99, np.uint8))[1].tobytes()
    capture = [(at / 10, kind, data) for at in range(10) for kind, data in (("sound", bytes(9600)), ("picture", jpeg))]
    delays: list[float] = []
    exec(compile(example, "monitor.md", "exec"), {"capture": capture, "delay_sound": delays.append})  # noqa: S102
    assert delays == [0.0] * 4


def test_missing_face_models_are_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_default_model()
    monkeypatch.setenv("TWOPOP_DATA", str(tmp_path / "empty"))
    picture = sync_pb2.PictureFrame(image=bytes(16 * 16 * 3), width=16, height=16)
    with (
        engines.running(Home(tmp_path / "home")) as engine,
        EngineClient.connect(engine.home, start=False) as client,
        pytest.raises(ModelMissing, match="twopop models pull"),
    ):
        list(client.monitor(START, [sync_pb2.MonitorRequest(picture=picture)]))
