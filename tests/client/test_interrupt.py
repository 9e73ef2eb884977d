"""Ctrl-C while a client waits."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

import engines
from twopop.locations import Home
from twopop.v1 import operations_pb2
from twopop_client import EngineClient

_PROGRAM = """
import sys
from pathlib import Path
from twopop.errors import OperationCancelled
from twopop.locations import Home
from twopop_client import EngineClient

with EngineClient.connect(Home(Path(sys.argv[1])), start=False) as client:
    try:
        client.probe([sys.argv[2]], watch=lambda progress: print(progress.stage, flush=True))
    except OperationCancelled as error:
        print(error, flush=True)
        print(client.list_operations(1)[0].state, flush=True)
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.RunningEngine]:
    with engines.running(Home(tmp_path_factory.mktemp("home"))) as engine:
        yield engine


@pytest.mark.parametrize(("script", "stage"), [("/sleep/60", "sleep"), ("/stuck", "stuck")])
def test_ctrl_c_cancels_in_the_engine_before_it_is_reported(
    engine: engines.RunningEngine, script: str, stage: str
) -> None:
    command = [sys.executable, "-c", _PROGRAM, str(engine.home.root), script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stderr
        while process.stdout.readline().strip() != stage:
            assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGINT)
        *_, said, state = process.stdout.read().splitlines()
        assert process.stderr.read() == ""
    assert said == "twopop.v1.Media/Probe was cancelled"
    assert int(state) == operations_pb2.OPERATION_STATE_CANCELLED


def test_an_operation_goes_on_when_its_client_is_killed(engine: engines.RunningEngine) -> None:
    command = [sys.executable, "-c", _PROGRAM, str(engine.home.root), "/sleep/1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        while process.stdout.readline().strip() != "sleep":
            assert process.poll() is None
        process.kill()
    with EngineClient.connect(engine.home, start=False) as client:
        operation = client.list_operations(1)[0]
        ended = engine.connection.follow(operation, None)
    assert ended.state == operations_pb2.OPERATION_STATE_SUCCEEDED
