"""What the doctor finds: each check on a made fault, and the command on a machine that is well."""

import json
import os
import resource
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from blender_double import extension_file, fake_blender
from commands import Ended, twopop
from twopop.errors import HostUnavailable
from twopop.locations import Home
from twopop.v1 import engine_pb2
from twopop_cli.health import engine, hosts, system
from twopop_cli.health.row import Row, rows_of
from twopop_cli.setup import extension
from twopop_cli.setup.blender import examine
from twopop_cli.setup.copying import copy
from twopop_cli.setup.machine import Machine
from twopop_cli.setup.menu import HOST
from twopop_cli.setup.settings import receipt_file, settings_file


def states(rows: "Iterator[Row] | list[Row]") -> dict[str, str]:
    return {row.name: row.state for row in rows}


class Patient:
    """A user with folders of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def doctor(self, *words: str, **environment: str) -> Ended:
        user = self.folder / "user"
        user.mkdir(exist_ok=True)
        own = {"XDG_CONFIG_HOME": str(user / ".config"), "TWOPOP_DATA": str(user / "data")}
        return twopop(self.folder / "home", "doctor", *words, folder=None, HOME=str(user), **own, **environment)


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Patient]:
    yield Patient(tmp_path)
    twopop(tmp_path / "home", "engine", "stop")


def test_a_machine_that_is_well(patient: Patient) -> None:
    ended = patient.doctor("--json", http_proxy="http://127.0.0.1:9", PATH="/usr/bin:/bin")
    checks = {check["name"]: check for check in ended.json["checks"]}
    assert (ended.code, ended.err, ended.json["problems"]) == (0, "", 0)
    for name in (
        "Python", "Packages", "Engine", "Engine's folder", "Engine's packages", "Picture", "Sound", "Networks",
        "Models", "Loopback", "Open files", "Clock", "DaVinci Resolve", "Blender", "Folder for the engine",
        "Folder for results", "Folder for temporary files",
    ):  # fmt: skip
        assert checks[name]["state"] in ("ok", "warning"), checks[name]
        assert checks[name]["what"]
        assert (checks[name]["mend"] is None) == (checks[name]["state"] == "ok")
    assert "http_proxy set, twopop goes past it" in checks["Loopback"]["what"]
    assert "API 1.0" in checks["Engine"]["what"]
    assert "libavcodec" in checks["Engine's packages"]["what"]
    assert "sync.gcc-phat.v1" in checks["Models"]["what"]
    shown = patient.doctor(PATH="/usr/bin:/bin")
    assert shown.code == 0
    assert "0 problems" in shown.out


def test_an_engine_that_cannot_start_is_a_problem_with_a_mend(patient: Patient) -> None:
    ended = patient.doctor("--json", TWOPOP_ENGINE_PYTHON="/bin/false")
    assert ended.code == 1
    rows = {check["name"]: check for check in ended.json["checks"]}
    assert rows["Engine"]["state"] == "problem"
    assert "the engine could not start" in rows["Engine"]["what"]
    assert "TWOPOP_ENGINE_PYTHON" in rows["Engine"]["mend"]
    assert "Models" not in rows
    assert "1 problem, " in patient.doctor(TWOPOP_ENGINE_PYTHON="/bin/false").out


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder")
    ended = twopop(tmp_path / "home", "doctor", "--json", HOME=str(tmp_path))
    assert ended.code == 1
    assert {"Engine", "Folder for the engine"} <= {
        check["name"] for check in ended.json["checks"] if check["state"] == "problem"
    }


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_home_that_others_can_look_into(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert states(engine.check_home(home)) == {"Engine's folder": "ok"}
    home.make()
    home.token_file.write_text("secret")
    home.token_file.chmod(0o644)
    (row,) = engine.check_home(home)
    assert row.state == "problem"
    assert "token 0644" in row.what
    assert row.mend == f"chmod 600 '{home.token_file}'"
    os.chmod(home.token_file, stat.S_IRUSR | stat.S_IWUSR)
    assert states(engine.check_home(home)) == {"Engine's folder": "ok"}


def test_a_killed_engines_address_is_a_warning(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    home.address_file.write_text(json.dumps({"address": f"127.0.0.1:{port}", "pid": 4194304, "engine_id": "x"}))
    home.address_file.chmod(0o600)
    home.token_file.write_text("t")
    home.token_file.chmod(0o600)
    _, row = engine.check_home(home)
    assert (row.name, row.state) == ("Engine's address", "warning")
    assert "process 4194304" in row.what
    home.address_file.write_text("{")
    assert states(engine.check_home(home))["Engine's address"] == "warning"


def check_result(**fields: object) -> engine_pb2.CheckResult:
    libraries = [
        engine_pb2.EngineLibrary(name="av", version="18.1.0", required=">=18"),
        engine_pb2.EngineLibrary(name="libavcodec", version="62.1"),
    ]
    return engine_pb2.CheckResult(**{"libraries": libraries, "python_path": "/py", **fields})  # type: ignore[arg-type]


def test_the_engines_packages_and_decoding() -> None:
    assert set(states(engine.check_libraries(check_result())).values()) == {"ok"}
    old = engine_pb2.EngineLibrary(name="av", version="17.0", required=">=18")
    gone = engine_pb2.EngineLibrary(name="scipy", required="")
    packages, picture, sound = engine.check_libraries(check_result(libraries=[old, gone], sound_problem="none came"))
    assert packages.what == "av is 17.0, needed is >=18; scipy is missing"
    assert packages.mend == '/py -m pip install --upgrade "twopop[engine]"'
    assert (picture.state, sound.state, sound.what) == ("ok", "problem", "none came")


@pytest.mark.parametrize(
    ("providers", "gpus", "state", "words"),
    [
        (["CPUExecutionProvider"], (), "ok", "run on CPU; no NVIDIA GPU"),
        (["CUDAExecutionProvider", "CPUExecutionProvider"], ("H200",), "ok", "run on CUDA, CPU; H200"),
        (["CPUExecutionProvider"], ("H200",), "warning", "run on CPU, not on H200"),
        (["CUDAExecutionProvider", "CPUExecutionProvider"], (), "warning", "no NVIDIA GPU answers"),
        (["CPUExecutionProvider"], None, "warning", "nvidia-smi is there and fails"),
        (["AzureExecutionProvider", "CPUExecutionProvider"], (), "ok", "can run on CPU; no NVIDIA GPU"),
        ([], (), "problem", "onnxruntime is missing"),
    ],
)
def test_networks_and_the_gpu(providers: list[str], gpus: tuple[str, ...] | None, state: str, words: str) -> None:
    (row,) = engine.check_gpu(providers, "/py", gpus)
    assert (row.state, bool(row.mend)) == (state, state != "ok")
    assert words in row.what


def program(path: Path, *lines: str) -> str:
    path.write_text("\n".join([f"#!{sys.executable}", "import sys", *lines]))
    path.chmod(0o755)
    return str(path)


def test_gpus_are_asked_for_by_name(tmp_path: Path) -> None:
    wanted = "assert sys.argv[1:] == ['--query-gpu=name', '--format=csv,noheader']"
    two = program(tmp_path / "two", wanted, "print('NVIDIA H200')", "print('NVIDIA L4 ')")
    assert engine.gpus_found(two) == ("NVIDIA H200", "NVIDIA L4")
    assert engine.gpus_found(program(tmp_path / "broken", "sys.exit(9)")) is None
    assert engine.gpus_found(str(tmp_path / "gone")) is None


def test_folders_without_room_or_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    folders = {"the engine": tmp_path / "new" / "deep", "results": tmp_path / "file" / "x"}
    fine, wrong = system.check_folders(folders)
    assert fine.state in ("ok", "warning", "problem")
    assert str(folders["the engine"]) in fine.what
    assert (wrong.state, wrong.mend) == ("problem", "remove or rename it")
    assert not (tmp_path / "new").exists()
    for limit, state in ((0, "ok"), (1 << 62, "problem")):
        monkeypatch.setattr(system, "LITTLE_BYTES", limit)
        monkeypatch.setattr(system, "LOW_BYTES", limit)
        (row,) = system.check_folders({"results": tmp_path})
        assert row.state == state
    assert "$TWOPOP_DATA" in row.mend


def test_few_open_files_are_a_warning(tmp_path: Path) -> None:
    assert states(system.check_files()) == {"Open files": "ok"}
    program = (
        "import resource; from twopop_cli.health import system;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (100, {hard}));"
        "row, = system.check_files(); print(row.state, row.what, row.mend, sep='|')"
    )
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for limit, mend in ((hard, "ulimit -n 4096"), (200, "raise the limit of the system, which is 200 for this user")):
        words = [sys.executable, "-c", program.format(hard=limit)]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        assert said.strip() == f"warning|100 at once|{mend}"


def test_a_clock_that_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert states(system.check_clock(tmp_path)) == {"Clock": "ok"}
    assert list(tmp_path.iterdir()) == []
    now_s = time.time()
    monkeypatch.setattr(time, "time", lambda: now_s + 60)
    (row,) = system.check_clock(tmp_path)
    assert row.state == "warning"
    assert "-60 s off" in row.what or "-59 s off" in row.what
    monkeypatch.setattr(time, "time", lambda: 1e6)
    assert states(system.check_clock(tmp_path)) == {"Clock": "warning"}


def linux(root: Path, **environment: str) -> Machine:
    return Machine("linux", environment, PurePosixPath("/home/ann"), root)


def test_resolve_and_its_scripts(tmp_path: Path) -> None:
    machine = linux(tmp_path)
    (row,) = hosts.check_resolve(machine)
    assert (row.state, row.what) == ("ok", "not found on this machine")
    (tmp_path / "opt" / "resolve" / "bin").mkdir(parents=True)
    (tmp_path / "opt" / "resolve" / "bin" / "resolve").write_text("")
    assert states(hosts.check_resolve(machine)) == {"DaVinci Resolve": "ok", "Resolve's scripts": "warning"}
    script, settings = tmp_path / "Scripts" / "Edit" / "a.py", settings_file(machine, HOST)
    wanted = {script: b"1", settings: json.dumps({"python": sys.executable}).encode()}
    copy(wanted, receipt_file(machine, HOST), dry_run=False)
    assert set(states(hosts.check_resolve(machine)).values()) == {"ok"}
    script.write_text("2")
    assert states(hosts.check_resolve(machine))["Resolve's scripts"] == "warning"
    script.unlink()
    assert states(hosts.check_resolve(machine))["Resolve's scripts"] == "problem"
    settings.write_text('{"python": "/gone/python"}')
    rows = {row.name: row for row in hosts.check_resolve(machine)}
    assert rows["Resolve's Python"].what == f"{settings} names /gone/python, which is gone"
    settings.write_text("[]")
    assert states(hosts.check_resolve(machine))["Resolve's Python"] == "problem"
    astray = linux(tmp_path, RESOLVE_SCRIPT_API="/gone", RESOLVE_SCRIPT_LIB="/opt/resolve/bin/resolve")
    found = states(hosts.check_resolve(astray))
    assert found["RESOLVE_SCRIPT_API"] == "problem"
    assert "RESOLVE_SCRIPT_LIB" not in found


def test_blenders_and_their_extension(tmp_path: Path) -> None:
    machine = linux(tmp_path)
    (row,) = hosts.check_blender(machine)
    assert (row.state, row.what) == ("ok", "not found on this machine")
    fake_blender(tmp_path / "opt" / "blender-3.6", "3.6.1")
    user = tmp_path / "home" / "ann" / ".config" / "blender"
    new = examine(fake_blender(tmp_path / "opt" / "blender-4.5", "4.5.1", user=user / "4.5"))
    assert new is not None
    (user / "5.0").mkdir(parents=True)
    rows = list(hosts.check_blender(machine))
    assert [row.state for row in rows] == ["warning"] * 3
    assert "its program was not found" in rows[2].what
    assert rows[0].mend == "twopop install blender"
    place = user / "4.5" / "extensions" / "user_default"
    assert rows[0].what.endswith(f": the extension was not found in the user's extension folder, {place}")
    assert "takes no extensions" in rows[1].what
    extension.install(new, extension.read_extension(extension_file(tmp_path / "e.zip", "1.2.3")))
    (first, *_) = hosts.check_blender(machine)
    assert (first.state, first.what.endswith("extension 1.2.3")) == ("ok", True)


def test_a_check_that_fails_is_a_row() -> None:
    def broken() -> Iterator[Row]:
        yield Row("first", "ok", "found")
        raise ZeroDivisionError("surprise")

    def known() -> list[Row]:
        raise HostUnavailable.of("Editor", "is away")

    first, second = rows_of("Broken", broken)
    assert (first.name, second.state) == ("first", "problem")
    assert second.what == "the check itself failed: ZeroDivisionError: surprise"
    assert rows_of("Known", known) == [Row("Known", "problem", "Editor: is away")]
