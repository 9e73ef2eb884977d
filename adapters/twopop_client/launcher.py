"""Finds the engine of a home and starts one where none runs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from twopop.errors import AccessDenied, EngineUnavailable, TwopopError, VersionMismatch
from twopop.locations import EngineAddress, Home
from twopop_client.connection import Connection

PATIENCE_S = 20.0
"""How long an engine may take to answer after it was started."""

_DEPARTURE_PATIENCE_S = 10.0
_HELLO_TIMEOUT_S = 5.0
_POLL_S = 0.05
_OCCUPIED = 3
_OCCUPIED_PAUSE_S = 0.5
_OCCUPIED_TRIES = 3
_HINT = "set TWOPOP_ENGINE_PYTHON to a Python that has twopop[engine] installed"
if sys.platform == "win32":
    _CREATION_FLAGS = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _CREATION_FLAGS = 0


def find(home: Home, *, any_version: bool = False) -> Connection | None:
    """The running engine of a home, or None.

    Args:
        home: The engine's folder.
        any_version: Whether an engine of another API will do.

    Raises:
        AccessDenied: Whoever listens there rejects the home's token.
        VersionMismatch: The engine speaks another API.
    """
    connection = Connection.find(home)
    if connection is None:
        return None
    try:
        connection.hello(_HELLO_TIMEOUT_S)
    except EngineUnavailable:
        connection.close()
        return None
    except VersionMismatch:
        if not any_version:
            connection.close()
            raise
    except TwopopError:
        connection.close()
        raise
    return connection


def find_or_start(home: Home) -> Connection:
    """The engine of a home, started when none runs; clients that start one at the same time share it.

    Raises:
        AccessDenied: The home's engine rejects the home's token.
        EngineUnavailable: It cannot be started, or does not answer in time.
        VersionMismatch: The engine speaks another API.
    """
    deadline_s = time.monotonic() + PATIENCE_S
    process: subprocess.Popen[bytes] | None = None
    occupied_count = log_start = 0
    while time.monotonic() < deadline_s:
        denial: AccessDenied | None = None
        try:
            if connection := find(home):
                return connection
        except AccessDenied as error:
            # A stale engine.json may name a port that another home's engine has got since. Only a home that is
            # occupied as well has an engine that rejects its own token.
            denial = error
        code = process.poll() if process else None
        if code == _OCCUPIED:  # another engine starts or leaves just now
            occupied_count += 1
            if denial and occupied_count >= _OCCUPIED_TRIES:
                raise denial
            time.sleep(_OCCUPIED_PAUSE_S)
        elif code is not None:
            raise EngineUnavailable(
                f"the engine could not start: {_last_line(home.log_file, log_start)}", exit_code=str(code)
            )
        if process is None or code is not None:
            log_start = _size(home.log_file)
            process = _launch(home)
        time.sleep(_POLL_S)
    raise EngineUnavailable(f"the engine did not answer within {PATIENCE_S:.0f} s; {home.log_file} may say why")


def await_departure(home: Home, address: EngineAddress) -> None:
    """Waits until an engine that was told to leave has left its home to the next, or for ten seconds."""
    deadline_s = time.monotonic() + _DEPARTURE_PATIENCE_S
    while time.monotonic() < deadline_s and _is_there(home, address):
        time.sleep(_POLL_S)


def _is_there(home: Home, address: EngineAddress) -> bool:
    try:
        return EngineAddress.from_json(home.address_file.read_text(encoding="utf-8")) == address
    except (FileNotFoundError, ValueError):
        pass
    if sys.platform == "win32" or address.pid == os.getpid():
        return False
    try:
        os.kill(address.pid, 0)
    except ProcessLookupError:
        return False
    return True


def _launch(home: Home) -> subprocess.Popen[bytes]:
    """Starts an engine that outlives this process."""
    command = [_python(), "-m", "twopop_engine", "serve", "--home", str(home.root)]
    try:
        home.make()
        log = os.open(home.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise EngineUnavailable(f"{home.root}: the engine's folder cannot be used: {error.strerror}") from error
    try:
        process = subprocess.Popen(  # the command is a list, no shell reads it
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home.root,
            env=_environment(command[0]),
            start_new_session=True,
            creationflags=_CREATION_FLAGS,
        )
    except OSError as error:
        raise EngineUnavailable(f"{command[0]}: cannot be run: {error.strerror}; {_HINT}") from error
    finally:
        os.close(log)
    # Nobody waits for the engine; a thread reaps it should it leave before this process does.
    threading.Thread(target=process.wait, name="engine-reaper", daemon=True).start()
    return process


def _python() -> str:
    """The Python that runs the engine: an editor's own has none inside, or is not a Python program at all.

    Raises:
        EngineUnavailable: Nobody says which.
    """
    python = os.environ.get("TWOPOP_ENGINE_PYTHON") or sys.executable
    if not python or (python == sys.executable and "python" not in Path(python).name.lower()):
        raise EngineUnavailable(f"{python or 'this program'} is not a Python that can run the engine; {_HINT}")
    return python


def _environment(python: str) -> dict[str, str]:
    """This process's environment, without what ties another Python to an editor's modules."""
    environment = dict(os.environ)
    if python != sys.executable:
        for name in ("PYTHONHOME", "PYTHONPATH"):
            environment.pop(name, None)
    return environment


def _size(log: Path) -> int:
    try:
        return log.stat().st_size
    except OSError:  # there is none yet, or the start will say what is amiss with its folder
        return 0


def _last_line(log: Path, start: int) -> str:
    """The last line that an engine wrote.

    Args:
        log: The home's log, which earlier engines have written to as well.
        start: Its size in bytes before this engine was started.
    """
    size = log.stat().st_size
    if size < start:  # the engine has begun a new log, the old one was long
        start = 0
    with log.open("rb") as file:
        file.seek(max(start, size - 4096))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"it left without a word; is there room for its folder, {log.parent}?"
