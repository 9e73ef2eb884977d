"""The engine is killed in the middle of a command."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commands import PATIENCE_S, command, twopop
from twopop.locations import EngineAddress, Home


def test_a_killed_engine_is_said_and_the_next_run_completes(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    words = ("demo", "--out", tmp_path / "out")
    with subprocess.Popen(
        command(*words),
        env={**os.environ, "TWOPOP_HOME": str(home.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline_s = time.monotonic() + PATIENCE_S
        while not list(tmp_path.rglob("*.wav")):
            assert process.poll() is None
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        os.kill(EngineAddress.from_json(home.address_file.read_text()).pid, signal.SIGKILL)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 3
    assert out == ""
    assert "the engine stopped in the middle of twopop.v1.Demo/Make; run it again" in err
    assert "Traceback" not in err
    assert not (tmp_path / "out" / "demo.otio").exists()
    try:
        ended = twopop(home.root, *words)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.count("yes") == 3
        partial = [path for path in (tmp_path / "out").rglob("*") if "partial" in path.name]
        assert partial == []
    finally:
        twopop(home.root, "engine", "stop")


def children(pid: int) -> list[int]:
    """The engine's workers."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's timeline and media."""
    folder = tmp_path_factory.mktemp("shoot")
    try:
        assert twopop(folder / "home", "demo", "--out", folder / "demo").code == 0
    finally:
        twopop(folder / "home", "engine", "stop")
    return folder / "demo"


@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers below /proc")
@pytest.mark.parametrize("victim", ["engine", "workers"])
def test_a_conform_survives_a_kill(shoot: Path, tmp_path: Path, victim: str) -> None:
    home = Home(tmp_path / "home")
    output = tmp_path / "reel.otio"
    words = ("conform", shoot / "demo.otio", "-o", output, "--sound", shoot / "sound")
    with subprocess.Popen(
        command(*words),
        env={**os.environ, "TWOPOP_HOME": str(home.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline_s = time.monotonic() + PATIENCE_S
        while not (done := list(tmp_path.rglob("reel.twopop/sound/[!.]*.wav"))):
            assert process.poll() is None
            assert time.monotonic() < deadline_s
            time.sleep(0.005)
        engine = EngineAddress.from_json(home.address_file.read_text()).pid
        for pid in [engine] if victim == "engine" else children(engine):
            os.kill(pid, signal.SIGKILL)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 3
    assert out == ""
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    assert not output.exists()
    finished = {path: path.stat().st_mtime_ns for path in done}
    try:
        ended = twopop(home.root, *words)
        assert (ended.code, ended.err) == (0, "")
        assert output.exists()
        assert {path: path.stat().st_mtime_ns for path in finished} == finished
        assert [path for path in tmp_path.rglob("*") if "partial" in path.name] == []
    finally:
        twopop(home.root, "engine", "stop")
