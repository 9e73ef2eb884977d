"""Which Python runs the engine: Blender's own has none of what it needs, and must not be filled with it.

Looked for in this order: the extension's preference, `$TWOPOP_ENGINE_PYTHON`, what `twopop install` wrote down, the
`twopop` command on the path or where pipx and uv put it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from twopop.errors import EngineUnavailable

VARIABLE = "TWOPOP_ENGINE_PYTHON"

_INSTALLED = ("blender.json", "resolve.json")


def use_engine_python(preference: str) -> None:
    """Lets the client know which Python runs the engine, should it have to start one.

    Args:
        preference: What the user set; empty: find one.

    Raises:
        EngineUnavailable: The Python that the user set is not there.
    """
    if preference and not Path(preference).expanduser().is_file():
        raise EngineUnavailable(f"{preference}: no such program; name a Python with twopop's engine in it")
    python = str(Path(preference).expanduser()) if preference else find(os.environ)
    if python:
        os.environ[VARIABLE] = python


def find(environment: Mapping[str, str]) -> str:
    """The Python that runs the engine; empty when none is found."""
    if environment.get(VARIABLE):
        return environment[VARIABLE]
    for name in _INSTALLED:
        if python := _noted(_config_folder(environment) / name):
            return python
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or "~").expanduser()
    places = [shutil.which("twopop", path=environment.get("PATH")), str(home / ".local" / "bin" / _program("twopop"))]
    for command in filter(None, places):
        folder = Path(command).resolve().parent
        for python_name in (_program("python"), _program("python3")):
            if (folder / python_name).is_file():
                return str(folder / python_name)
    return ""


def _noted(path: Path) -> str:
    """The Python that an installer noted, when it is still there."""
    try:
        python = str(json.loads(path.read_text(encoding="utf-8"))["python"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return python if Path(python).is_file() else ""


def _config_folder(environment: Mapping[str, str]) -> Path:
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or "~").expanduser()
    if sys.platform == "win32":
        return Path(environment.get("APPDATA", str(home / "AppData" / "Roaming"))) / "twopop"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "twopop"
    return Path(environment.get("XDG_CONFIG_HOME") or str(home / ".config")) / "twopop"


def _program(name: str) -> str:
    return f"{name}.exe" if sys.platform == "win32" else name
