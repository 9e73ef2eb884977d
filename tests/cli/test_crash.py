"""The engine is killed in the middle of a command."""

import os
import signal
import subprocess
import time
from pathlib import Path

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
