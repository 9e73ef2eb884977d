"""What is put into Resolve's Scripts menu, run as Resolve runs it: a Python of its own, and Lua."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools import tool

PLUGINS = Path(__file__).parents[2] / "plugins" / "resolve"
SCRIPTS = sorted(PLUGINS.glob("*/*.py"))
CHECK = PLUGINS / "Utility" / "twopop Check.lua"
RECORDER = """#!{python}
import os, sys, time
print("said:", os.getpid(), *sys.argv[1:], os.environ.get("PYTHONHOME"), flush=True)
time.sleep(float(os.environ.get("LASTS_S", "0")))
print("ended", os.getpid(), flush=True)
sys.exit(int(os.environ.get("ENDS", "0")))
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A user's settings that name a Python which tells what it was started with."""
    python = tmp_path / "own python"
    python.write_text(RECORDER.format(python=sys.executable))
    python.chmod(0o755)
    folder = tmp_path / "config" / "twopop"
    folder.mkdir(parents=True)
    (folder / "resolve.json").write_text(json.dumps({"python": str(python)}))
    return folder


def start(script: Path, config: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "XDG_CONFIG_HOME": str(config.parent), "PYTHONPATH": "/resolve", **environment}
    return subprocess.run(
        [sys.executable, "-S", str(script)], env=variables, capture_output=True, text=True, timeout=60
    )


def test_there_is_a_script_for_each_entry() -> None:
    names = [f"{script.parent.name}/{script.stem}" for script in SCRIPTS]
    assert names == [
        "Edit/twopop Add takes", "Edit/twopop Conform", "Edit/twopop Markers", "Edit/twopop Place in place",
        "Utility/twopop Undo",
    ]  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_is_old_python_of_the_standard_library(script: Path) -> None:
    """Resolve runs scripts from Python 3.6 on."""
    tree = ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 6))
    names = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert names == {"json", "os", "subprocess", "sys", "time"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def test_the_scripts_differ_in_their_words_alone() -> None:
    """They cannot share a module: Resolve lists every file of the folder, and does not say where it lies."""
    texts = [re.sub(r'\A""".*\n|\nWORDS = .*\n', "", script.read_text(encoding="utf-8")) for script in SCRIPTS]
    assert len(set(texts)) == 1


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_starts_twopop_with_words_that_it_takes(script: Path, config: Path) -> None:
    ended = start(script, config, PYTHONHOME="")
    assert ended.returncode == 0, ended.stderr
    said = (config / "resolve.log").read_text().split()
    assert said[2:5] == ["-m", "twopop_cli", "resolve"] and "ended" in said
    assert said[said.index("--menu") + 1] == "None", "Resolve's own Python is told of"
    from twopop_cli.resolve import app

    assert said[5] in [
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    ]


def test_a_failure_is_shown_in_the_console(config: Path) -> None:
    (config / "resolve.log").write_text("of yesterday\n")
    ended = start(SCRIPTS[0], config, ENDS="3")
    assert "-m twopop_cli resolve" in ended.stdout and "of yesterday" not in ended.stdout


def test_long_work_goes_on_without_the_script(config: Path) -> None:
    ended = start(SCRIPTS[0], config, LASTS_S="30")
    said = (config / "resolve.log").read_text().split()
    assert "started" in ended.stdout and "-m" not in ended.stdout and "ended" not in said
    os.kill(int(said[1]), signal.SIGTERM)  # it is there to be ended


@pytest.mark.parametrize("text", [None, "{", '{"pyton": "x"}', '{"python": "/nowhere/python"}', "[1]"])
def test_settings_that_cannot_be_used_are_said(config: Path, text: str | None) -> None:
    (config / "resolve.json").unlink()
    if text is not None:
        (config / "resolve.json").write_text(text)
    ended = start(SCRIPTS[0], config)
    assert "twopop install resolve" in ended.stdout and "Traceback" not in ended.stderr


def check(config: Path, product: str | None, version: str = "21.0.4.1") -> str:
    prelude = (
        ""
        if product is None
        else (
            f"function Resolve() return {{GetProductName = function() return '{product}' end, "
            f"GetVersionString = function() return '{version}' end}} end"
        )
    )
    command = [str(tool("lua5.3", "lua")), "-e", prelude, str(CHECK)]
    variables = {**os.environ, "XDG_CONFIG_HOME": str(config.parent), "HOME": str(config.parent)}
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_check_tells_a_missing_python_from_a_wrong_folder(config: Path) -> None:
    said = check(config, "DaVinci Resolve Studio")
    assert "right folder" in said and "finds no Python" in said and "own python" in said
    assert "watch" not in said


@pytest.mark.parametrize(
    ("version", "words"),
    [("21.1.0.5", "runs no Python"), ("22.0", "runs no Python"), ("21.0.4", "takes no scripts from outside"),
     ("19.1.3", "takes no scripts from outside")],
)  # fmt: skip
def test_the_check_tells_what_free_resolve_can_do(config: Path, version: str, words: str) -> None:
    said = check(config, "DaVinci Resolve", version)
    assert words in said and "twopop watch DIR" in said and "finds no Python" not in said


def test_the_check_tells_a_missing_installation(config: Path) -> None:
    (config / "resolve.json").write_text('{"python": "/gone/python"}')
    assert "is gone: /gone/python" in check(config, "DaVinci Resolve Studio")
    (config / "resolve.json").unlink()
    assert "is not there" in check(config, "DaVinci Resolve Studio")
    assert "does not answer" in check(config, None)
