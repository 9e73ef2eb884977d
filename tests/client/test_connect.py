"""Finding and starting engines, with the real one: `python -m twopop_engine serve`."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import engines
import twopop
from twopop.errors import AccessDenied, EngineUnavailable, MediaUnreadable, VersionMismatch
from twopop.locations import EngineAddress, Home
from twopop_client import EngineClient

_ADDRESS = '{"address": "127.0.0.1:9", "pid": 1, "engine_id": "2"}'


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home whose engine, if one was started, is gone afterwards."""
    home = Home(tmp_path / "home")
    yield home
    for pid in started(home):
        os.kill(pid, signal.SIGKILL)
    engines.wait_until(lambda: not started(home))


def started(home: Home) -> list[int]:
    """Process ids of the engines that serve a home."""
    command = ["-m", "twopop_engine", "serve", "--home", str(home.root)]
    wanted = "\0".join(command).encode() + b"\0"
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if path.read_bytes().endswith(wanted):
                found.append(int(path.parent.name))
    return found


def test_an_engine_is_started_once_found_again_and_stopped(home: Home) -> None:
    with EngineClient.connect(home) as first, EngineClient.connect(home) as second:
        assert first.status().engine_id == second.status().engine_id
        assert [model.id for model in first.list_models()] == sorted(model.id for model in second.list_models())
        pid = first.status().pid
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.root.iterdir() if path.is_file()}
        assert {"engine.json", "engine.lock", "engine.log", "operations.sqlite3", "token"} <= modes.keys()
        assert set(modes.values()) == {0o600}
        first.stop()
    assert not engines.is_alive(pid)
    assert not home.address_file.exists()
    with pytest.raises(EngineUnavailable, match=f"no engine serves {home.root}"):
        EngineClient.connect(home, start=False)


def test_clients_that_start_at_the_same_time_share_one_engine(home: Home) -> None:
    with ThreadPoolExecutor(4) as threads:
        clients = list(threads.map(lambda _: EngineClient.connect(home), range(4)))
    assert len({client.status().engine_id for client in clients}) == 1
    engines.wait_until(lambda: len(started(home)) == 1)  # those that came second have left
    for client in clients:
        client.close()


def test_a_proxy_in_the_environment_does_not_matter(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))  # bound, not listening: whoever dials it is refused
        for name in ("http_proxy", "https_proxy", "grpc_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{dead.getsockname()[1]}")
        with EngineClient.connect(home) as client:
            assert client.status().pid


def test_the_home_comes_from_the_environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOPOP_HOME", str(home.root))
    with EngineClient.connect() as client:
        assert client.status().pid == EngineAddress.from_json(home.address_file.read_text()).pid


def test_a_killed_engine_is_replaced_at_the_next_call(home: Home) -> None:
    with EngineClient.connect(home) as client:
        first = client.status()
        os.kill(first.pid, signal.SIGKILL)
        engines.wait_until(lambda: not engines.is_alive(first.pid))
        assert client.status().engine_id != first.engine_id


def test_a_client_that_may_not_start_one_says_that_the_engine_is_gone(home: Home) -> None:
    EngineClient.connect(home).close()
    with EngineClient.connect(home, start=False) as client:
        pid = client.status().pid
        os.kill(pid, signal.SIGKILL)
        engines.wait_until(lambda: not engines.is_alive(pid))
        with pytest.raises(EngineUnavailable, match="cannot be reached"):
            client.status()


@pytest.mark.parametrize("version", [("API_MAJOR", 2), ("API_MINOR", 1)])
def test_a_newer_client_is_told_both_versions(
    home: Home, monkeypatch: pytest.MonkeyPatch, version: tuple[str, int]
) -> None:
    EngineClient.connect(home).close()
    monkeypatch.setattr(twopop, *version)
    monkeypatch.setattr(twopop, "__version__", "9.9.9")
    newer = f"API {twopop.API_MAJOR}.{twopop.API_MINOR} \\(build 9.9.9\\)"
    with pytest.raises(VersionMismatch, match=f"this client speaks {newer} .* speaks API 1.0 \\(build 0.1.0\\)"):
        EngineClient.connect(home)
    with EngineClient.connect(home, start=False, any_version=True) as client:
        client.stop()
    assert not home.address_file.exists()


@pytest.mark.parametrize("text", ["a-wrong-token", "", "broken\n\x00", None])
def test_a_wrong_or_missing_token_is_an_error(home: Home, text: str | None) -> None:
    EngineClient.connect(home).close()
    home.token_file.unlink()
    if text is not None:
        home.token_file.write_text(text)
    with pytest.raises(AccessDenied, match="token"):
        EngineClient.connect(home, start=False)
    with pytest.raises(AccessDenied, match="token"):
        EngineClient.connect(home)


def test_a_stale_address_of_another_homes_engine_does_not_mislead(home: Home, tmp_path: Path) -> None:
    with engines.running(Home(tmp_path / "other")) as other:
        home.make()
        home.address_file.write_text(other.home.address_file.read_text())
        home.token_file.write_text("the token of an engine that was killed")
        with EngineClient.connect(home) as client:
            assert client.status().pid != other.process.pid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "{",
        _ADDRESS.replace('"pid": 1', '"pid": "x"'),
        _ADDRESS.replace("127.0.0.1:9", "192.0.2.1:9"),
    ],
)
def test_a_damaged_engine_json_counts_as_none(home: Home, text: str) -> None:
    home.make()
    home.address_file.write_text(text)
    with pytest.raises(EngineUnavailable, match="no engine serves"):
        EngineClient.connect(home, start=False)


def test_a_python_without_an_engine_is_named(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexec {sys.executable} -S -c 'import twopop_engine'\n")
    python.chmod(0o755)
    monkeypatch.setenv("TWOPOP_ENGINE_PYTHON", str(python))
    with pytest.raises(
        EngineUnavailable, match="could not start: ModuleNotFoundError: No module named 'twopop_engine'"
    ):
        EngineClient.connect(home)


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ("exit 1", "it left without a word"),
        ("echo broken >&2; exit 1", "broken$"),
        ("mv engine.log engine.log.1; echo anew >engine.log; exit 1", "anew$"),
    ],
)
def test_what_an_earlier_engine_wrote_is_no_cause(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, cause: str
) -> None:
    home.make()
    home.log_file.write_text("2026-01-01 INFO twopop_engine.server: the engine left\n")
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    monkeypatch.setenv("TWOPOP_ENGINE_PYTHON", str(python))
    with pytest.raises(EngineUnavailable, match=f"could not start: {cause}"):
        EngineClient.connect(home)


def test_a_python_that_is_not_there_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOPOP_ENGINE_PYTHON", "/nowhere/python")
    with pytest.raises(EngineUnavailable, match=r"/nowhere/python: cannot be run: .*; set TWOPOP_ENGINE_PYTHON"):
        EngineClient.connect(home)


def test_an_editor_is_never_started_as_if_it_were_python(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/resolve/bin/resolve")
    with pytest.raises(EngineUnavailable, match="/opt/resolve/bin/resolve is not a Python"):
        EngineClient.connect(home)


def test_an_editors_python_path_is_kept_from_the_engine(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "grpc.py").write_text("raise SystemExit('the module of an editor')")
    (tmp_path / "link").mkdir()
    python = tmp_path / "link" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("TWOPOP_ENGINE_PYTHON", str(python))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with EngineClient.connect(home) as client:
        assert client.status().pid


def test_a_home_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EngineUnavailable, match=f"{tmp_path}/file/home: the engine's folder cannot be used"):
        EngineClient.connect(Home(tmp_path / "file" / "home"))


def test_the_engine_outlives_the_client_that_started_it(home: Home) -> None:
    program = "import sys, pathlib, twopop_client as c, twopop.locations as l\n"
    program += "print(c.EngineClient.connect(l.Home(pathlib.Path(sys.argv[1]))).status().pid)"
    ran = subprocess.run([sys.executable, "-c", program, str(home.root)], capture_output=True, text=True, check=True)
    with EngineClient.connect(home, start=False) as client:
        assert client.status().pid == int(ran.stdout)


def test_a_name_that_is_not_unicode_is_refused(home: Home) -> None:
    with EngineClient.connect(home) as client, pytest.raises(MediaUnreadable, match="has a name that is not UTF-8"):
        client.probe([b"/clips/\xff.wav".decode("utf-8", "surrogateescape")])
