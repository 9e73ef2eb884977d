"""The engine's life by the command line."""

import os
import signal
import subprocess
import time
from pathlib import Path

from commands import PATIENCE_S, command, twopop
from twopop.locations import Home


def test_status_starts_no_engine(tmp_path: Path) -> None:
    assert twopop(tmp_path, "engine", "status", "--json").json == {"running": False}
    assert twopop(tmp_path, "engine", "stop", "--json").json == {"stopped": False, "cancelled_operations": 0}
    assert "No engine is running" in twopop(tmp_path, "engine", "status").out


def test_an_engine_starts_on_demand_and_stops_when_told(tmp_path: Path) -> None:
    assert twopop(tmp_path, "models", "list").code == 0
    status = twopop(tmp_path, "engine", "status", "--json").json
    assert status["running"]
    assert status["address"].startswith("127.0.0.1:")
    assert status["active_operations"] == 0
    assert str(status["pid"]) in twopop(tmp_path, "engine", "status").out
    assert twopop(tmp_path, "engine", "stop", "--json").json == {"stopped": True, "cancelled_operations": 0}
    assert not Home(tmp_path).address_file.exists()
    assert not twopop(tmp_path, "engine", "status", "--json").json["running"]


def test_serve_runs_until_ctrl_c(tmp_path: Path) -> None:
    with subprocess.Popen(
        command("engine", "serve", "--home", tmp_path, "--idle-exit-s", "600", "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        deadline_s = time.monotonic() + PATIENCE_S
        while not Home(tmp_path).address_file.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        second = twopop(tmp_path, "engine", "serve")
        assert second.code == 3
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert out.split() == ["{", '"exit_code":', "0", "}"]
    assert "Traceback" not in err
    assert not Home(tmp_path).address_file.exists()


def test_an_engine_that_cannot_start_is_exit_code_3(tmp_path: Path) -> None:
    ended = twopop(tmp_path, "models", "list", "--json", TWOPOP_ENGINE_PYTHON=str(tmp_path / "no-python"))
    assert ended.code == 3
    assert ended.json["error"]["reason"] == "ENGINE_UNAVAILABLE"
    assert ended.err.count("\n") == 1


def test_an_engine_that_leaves_without_a_word_names_its_folder(tmp_path: Path) -> None:
    mute = tmp_path / "mute"
    mute.write_text("#!/bin/sh\nexit 1\n")
    mute.chmod(0o755)
    ended = twopop(tmp_path, "models", "list", TWOPOP_ENGINE_PYTHON=str(mute))
    assert ended.code == 3
    assert f"is there room for its folder, {tmp_path}?" in ended.err
