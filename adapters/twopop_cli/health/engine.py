"""The engine: its folder, whether it starts and answers, what it is built on, and its models."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import twopop
from twopop.errors import EngineError, TwopopError
from twopop.locations import EngineAddress, Home
from twopop.packages import Requirement
from twopop.v1 import engine_pb2
from twopop_cli.health.packages import problem_of
from twopop_cli.health.row import Row
from twopop_cli.models import DEFAULT
from twopop_client import EngineClient

_GPU_PATIENCE_S = 20.0
_START_MEND = (
    "look into engine.log in the engine's folder; set TWOPOP_ENGINE_PYTHON to a Python that has twopop[engine]"
)
_RESTART = "twopop engine stop"
_REMOTE = ("AzureExecutionProvider",)  # built in, but calls a service elsewhere, which twopop never does


def check_home(home: Home) -> Iterator[Row]:
    """Whether the engine's folder is private, and what an engine that was killed has left there."""
    if not home.root.exists():
        yield Row("Engine's folder", "ok", f"{home.root}, made when the engine first starts")
        return
    loose = _loose(home) if os.name == "posix" else []
    if loose:
        words = ", ".join(f"{path.name} {stat.S_IMODE(path.stat().st_mode):04o}" for path in loose)
        yield Row("Engine's folder", "problem", f"{home.root}: others can look into it: {words}", _chmod(loose))
    else:
        yield Row("Engine's folder", "ok", f"{home.root}, private")
    yield from _stale(home)


def check_loopback() -> Iterator[Row]:
    """Whether programs of this machine can speak to each other, and what a proxy in the environment does."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), 5):
            port = server.getsockname()[1]
    except OSError as problem:
        mend = "let programs listen on 127.0.0.1 in the firewall, or run `twopop engine serve --unix`"
        yield Row("Loopback", "problem", f"127.0.0.1 cannot be used: {problem.strerror or problem}", mend)
        return
    proxies = sorted(name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "grpc_proxy"))
    proxy = f"; {', '.join(proxies)} set, twopop goes past it" if proxies else ""
    yield Row("Loopback", "ok", f"127.0.0.1 works (tried port {port}){proxy}")


def check_engine(engine: Callable[[], EngineClient]) -> Iterator[Row]:
    """Whether the engine starts, speaks our API, and keeps its token.

    Args:
        engine: Connects, or starts it.
    """
    try:
        state = engine().status()
    except EngineError as error:
        yield Row("Engine", "problem", error.message, _START_MEND)
        return
    api = f"API {twopop.API_MAJOR}.{twopop.API_MINOR}"
    what = f"build {state.engine_version}, {api}, process {state.pid}, {state.address}"
    if state.engine_version != twopop.__version__:
        yield Row("Engine", "warning", f"{what}; this command is build {twopop.__version__}", _RESTART)
    else:
        yield Row("Engine", "ok", what)


def check_libraries(found: engine_pb2.CheckResult) -> Iterator[Row]:
    """Whether the engine's packages are there, and decode what they wrote.

    Args:
        found: What the engine said of itself.
    """
    mend = f'{found.python_path} -m pip install --upgrade "twopop[engine]"'
    needed = [it for it in found.libraries if it.required or not it.version]
    problems = [words for it in needed if (words := problem_of(Requirement(it.name, it.required), it.version))]
    if problems:
        yield Row("Engine's packages", "problem", "; ".join(problems), mend)
    else:
        names = ", ".join(f"{it.name} {it.version}" for it in found.libraries)
        yield Row("Engine's packages", "ok", f"Python {found.python_version}, {found.python_path}: {names}")
    for name, problem in (("Picture", found.picture_problem), ("Sound", found.sound_problem)):
        if problem:
            yield Row(name, "problem", problem, mend)
        else:
            yield Row(name, "ok", "a second was written and read back exactly")


def check_gpu(providers: Sequence[str], python: str, gpus: Sequence[str] | None) -> Iterator[Row]:
    """Whether networks run on the GPU that is there.

    Args:
        providers: What onnxruntime is built for.
        python: The engine's Python.
        gpus: What `gpus_found` says.
    """
    here = (name.removesuffix("ExecutionProvider") for name in providers if name not in _REMOTE)
    names = ", ".join(here) or "nothing on this machine"
    if not providers:
        mend = f'{python} -m pip install "twopop[engine]"'
        yield Row("Networks", "problem", "onnxruntime is missing or damaged", mend)
    elif gpus is None:
        yield Row(
            "Networks", "warning", f"can run on {names}; nvidia-smi is there and fails", "reinstall NVIDIA's driver"
        )
    elif gpus and "CUDAExecutionProvider" not in providers:
        mend = f'{python} -m pip uninstall onnxruntime, then {python} -m pip install "twopop[cuda]"'
        yield Row("Networks", "warning", f"can run on {names}, not on {gpus[0]}", mend)
    elif not gpus and "CUDAExecutionProvider" in providers:
        mend = "install NVIDIA's driver, if there is such a GPU"
        yield Row("Networks", "warning", f"built for {names}; no NVIDIA GPU answers", mend)
    else:
        yield Row("Networks", "ok", f"can run on {names}" + (f"; {', '.join(gpus)}" if gpus else "; no NVIDIA GPU"))


def gpus_found(program: str | None = None) -> tuple[str, ...] | None:
    """Names of NVIDIA's GPUs; None when its tool is there and does not work.

    Args:
        program: The tool; None: `nvidia-smi`, where it is installed.
    """
    tool = program or shutil.which("nvidia-smi")
    if tool is None:
        return ()
    try:
        run = subprocess.run(
            [tool, "--query-gpu=name", "--format=csv,noheader"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GPU_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = run.stdout.decode("utf-8", "replace").splitlines()
    return tuple(line.strip() for line in lines if line.strip()) if run.returncode == 0 else None


def check_models(engine: EngineClient) -> Iterator[Row]:
    """Whether the files that ship are whole, and those are here that are needed without being asked for."""
    cards = engine.list_models()
    here = ", ".join(card.id for card in cards if card.available)
    broken = [card.id for card in cards if not card.available and not card.origin]
    wanted = [card.id for card in cards if not card.available and card.id in DEFAULT]
    if broken:
        mend = "install twopop again; `twopop models list` shows which are there"
        yield Row("Models", "problem", f"{len(cards)} cards; files are missing of {', '.join(broken)}", mend)
    elif wanted:
        what = f"{here}; without {', '.join(wanted)} no face is found"
        yield Row("Models", "warning", what, "twopop models pull --default")
    else:
        yield Row("Models", "ok", here)


def _loose(home: Home) -> list[Path]:
    """What others than the user can look into."""
    secrets = (home.root, home.token_file, home.address_file, home.lock_file, home.log_file, home.operations_file)
    return [path for path in secrets if path.exists() and path.stat().st_mode & 0o077]


def _chmod(loose: Sequence[Path]) -> str:
    return "; ".join(f"chmod {'700' if path.is_dir() else '600'} '{path}'" for path in loose)


def _stale(home: Home) -> Iterator[Row]:
    """An address whose engine is gone: harmless, but a sign that it was killed."""
    try:
        address = EngineAddress.from_json(home.address_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError) as problem:
        yield Row("Engine's address", "warning", f"{home.address_file} cannot be read: {problem}", "remove the file")
        return
    try:
        with EngineClient.connect(home, start=False, any_version=True):
            return
    except TwopopError:
        what = f"{home.address_file} names process {address.pid}, which does not answer; it was killed, or is stuck"
        yield Row("Engine's address", "warning", what, "nothing, a new one takes over; engine.log may say why it ended")
