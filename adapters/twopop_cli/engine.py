"""`twopop engine`: the process that does the work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from twopop.errors import EngineUnavailable
from twopop.v1 import engine_pb2
from twopop_cli.output import Json, write_json, write_line
from twopop_client import EngineClient

app = typer.Typer(no_args_is_help=True, help="The engine: it starts by itself when needed and leaves when idle.")


@app.command()
def serve(
    home: Annotated[
        Path | None, typer.Option(help="The engine's folder; default: $TWOPOP_HOME or the user's own.")
    ] = None,
    unix: Annotated[bool, typer.Option("--unix", help="Listen on a Unix socket in the home.")] = False,
    idle_exit_s: Annotated[float, typer.Option(min=0, help="Leave after this many idle seconds; 0: never.")] = 900.0,
    as_json: Json = False,
) -> int:
    """Run the engine here until it is stopped (Ctrl-C) or idle."""
    python = os.environ.get("TWOPOP_ENGINE_PYTHON") or sys.executable
    command = [python, "-m", "twopop_engine", "serve", "--idle-exit-s", str(idle_exit_s)]
    command += ["--home", str(home)] if home else []
    command += ["--unix"] if unix else []
    with subprocess.Popen(command, stdout=sys.stderr) as engine:
        exit_code = _await(engine)
    if as_json:
        write_json({"exit_code": exit_code})
    return exit_code if exit_code in (0, 3) else 3


@app.command()
def status(as_json: Json = False) -> int:
    """Say whether an engine runs, and what it is doing."""
    try:
        with EngineClient.connect(start=False) as engine:
            state = engine.status()
    except EngineUnavailable:
        if as_json:
            write_json({"running": False})
        else:
            write_line("No engine is running; it starts with the first command that needs it.")
        return 0
    if as_json:
        write_json({"running": True, **_state_json(state)})
        return 0
    idle = f", leaves in {state.idle_exit_s:.0f} s if idle" if state.HasField("idle_exit_s") else ""
    write_line(
        f"Engine {state.engine_version} (process {state.pid}) at {state.address}, up {state.uptime_s:.0f} s{idle}."
    )
    write_line(
        f"{state.active_operation_count} operations, {state.worker_count} workers, "
        f"{state.memory_bytes / 2**20:.0f} MiB of memory."
    )
    return 0


@app.command()
def stop(as_json: Json = False) -> int:
    """Stop the engine; what it was doing is cancelled."""
    try:
        with EngineClient.connect(start=False, any_version=True) as engine:
            cancelled = engine.stop().cancelled_operation_count
    except EngineUnavailable:
        if as_json:
            write_json({"stopped": False, "cancelled_operations": 0})
        else:
            write_line("No engine was running.")
        return 0
    if as_json:
        write_json({"stopped": True, "cancelled_operations": cancelled})
    else:
        write_line(f"The engine has stopped; {cancelled} operations were cancelled.")
    return 0


def _await(engine: subprocess.Popen[bytes]) -> int:
    """Waits for the engine; Ctrl-C reaches it from the terminal, so it is only waited for."""
    while True:
        try:
            return engine.wait()
        except KeyboardInterrupt:
            continue


def _state_json(state: engine_pb2.StatusResponse) -> dict[str, str | int | float | None]:
    return {
        "version": state.engine_version,
        "engine_id": state.engine_id,
        "pid": state.pid,
        "address": state.address,
        "uptime_s": state.uptime_s,
        "idle_exit_s": state.idle_exit_s if state.HasField("idle_exit_s") else None,
        "workers": state.worker_count,
        "active_operations": state.active_operation_count,
        "memory_bytes": state.memory_bytes,
    }
