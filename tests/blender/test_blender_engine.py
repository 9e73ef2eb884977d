"""Finding the engine from Blender, and what is said when there is none that answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import pytest
from edit import Edit, state

from twopop.errors import EngineUnavailable
from twopop.locations import Home
from twopop_blender.engine_python import find, use_engine_python

_EXTENSION = "bl_ext.user_default.twopop"
_OF_ANOTHER_API = """
import sys
from pathlib import Path
import twopop
twopop.API_MAJOR = 99
from twopop.locations import Home
from twopop_engine.server import serve
serve(Home(Path(sys.argv[1])), idle_exit_s=60, unix=False)
"""
operators: Any = sys.modules[f"{_EXTENSION}.operators"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home in which no engine runs."""
    monkeypatch.setenv("TWOPOP_HOME", str(tmp_path / "home"))
    home = Home(tmp_path / "home")
    home.make()
    return home


@pytest.fixture
def preferences(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The extension's preferences; whatever is set is taken back."""
    monkeypatch.setenv("TWOPOP_ENGINE_PYTHON", os.environ["TWOPOP_ENGINE_PYTHON"])
    found = bpy.context.preferences.addons[_EXTENSION].preferences
    yield found
    found.engine_python = ""


def refused(folder: Path) -> str:
    """What the panel says after a conform that cannot be; nothing may have changed."""
    Edit(folder, Fraction(24))
    before = state()
    with pytest.raises(RuntimeError):
        bpy.ops.twopop.conform(wait=True)
    assert state() == before
    return str(operators.State.error)


def test_a_preference_that_leads_nowhere(tmp_path: Path, home: Home, preferences: Any) -> None:
    preferences.engine_python = str(tmp_path / "no" / "python")
    assert "no such program; name a Python with twopop's engine in it" in refused(tmp_path)


def test_a_python_without_the_engine(tmp_path: Path, home: Home, preferences: Any) -> None:
    preferences.engine_python = sys.executable
    said = refused(tmp_path)
    assert "No module named twopop_engine" in said and "Preferences > Add-ons > twopop" in said


def test_an_engine_of_another_version(tmp_path: Path, home: Home) -> None:
    command = [os.environ["TWOPOP_ENGINE_PYTHON"], "-c", _OF_ANOTHER_API, str(home.root)]
    with subprocess.Popen(command) as process:
        try:
            while not home.address_file.exists():
                assert process.poll() is None
                time.sleep(0.05)
            said = refused(tmp_path)
        finally:
            process.kill()
    assert "this client speaks API 1." in said and "the running engine speaks API 99" in said


def test_the_order_of_looking(tmp_path: Path) -> None:
    def program(path: Path) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o755)
        return str(path)

    environment = {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert find(environment) == ""
    python = program(tmp_path / "venvs" / "twopop" / "bin" / "python")
    program(tmp_path / "venvs" / "twopop" / "bin" / "twopop")
    (tmp_path / ".local" / "bin").mkdir(parents=True)
    (tmp_path / ".local" / "bin" / "twopop").symlink_to(tmp_path / "venvs" / "twopop" / "bin" / "twopop")
    assert find(environment) == python
    program(tmp_path / "bin" / "twopop")
    on_path = program(tmp_path / "bin" / "python3")
    assert find(environment) == on_path
    noted = program(tmp_path / "noted" / "python")
    (tmp_path / "config" / "twopop").mkdir(parents=True)
    (tmp_path / "config" / "twopop" / "resolve.json").write_text(json.dumps({"python": noted}))
    assert find(environment) == noted
    (tmp_path / "config" / "twopop" / "blender.json").write_text("{ damaged")
    assert find(environment) == noted
    assert find({**environment, "TWOPOP_ENGINE_PYTHON": "/said"}) == "/said"


def test_a_preference_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOPOP_ENGINE_PYTHON", "/said")
    (tmp_path / "python").touch()
    use_engine_python("")
    assert os.environ["TWOPOP_ENGINE_PYTHON"] == "/said"
    use_engine_python(str(tmp_path / "python"))
    assert os.environ["TWOPOP_ENGINE_PYTHON"] == str(tmp_path / "python")
    with pytest.raises(EngineUnavailable, match="no such program"):
        use_engine_python(str(tmp_path / "gone"))
