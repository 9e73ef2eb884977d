"""`twopop doctor`: what may keep twopop from working, and how to mend it."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from twopop.locations import Home, data_folder
from twopop_cli.health import engine, hosts, packages, system
from twopop_cli.health.row import Check, Row, rows_of
from twopop_cli.output import Json, write_json, write_line, write_table
from twopop_cli.setup.machine import Machine
from twopop_client import EngineClient

_SIGNS = {"ok": "ok", "warning": "WARNING", "problem": "PROBLEM"}


def doctor(as_json: Json = False) -> int:
    """Check everything that twopop needs, and say how to mend what is amiss."""
    rows = examine(Home.default())
    problems = sum(row.state == "problem" for row in rows)
    warnings = sum(row.state == "warning" for row in rows)
    if as_json:
        checks = [{"name": it.name, "state": it.state, "what": it.what, "mend": it.mend or None} for it in rows]
        write_json({"checks": checks, "problems": problems, "warnings": warnings})
    else:
        write_table(("Check", "State", "Found"), [(r.name, _SIGNS[r.state], r.what) for r in rows], fold=("Found",))
        for row in rows:
            if row.mend:
                write_line(f"{row.name}: {row.mend}")
        write_line(f"{_count(problems, 'problem')}, {_count(warnings, 'warning')}.")
    return 1 if problems else 0


def examine(home: Home) -> list[Row]:
    """All rows, in the order in which they are shown.

    Args:
        home: The engine's folder.
    """
    machine = Machine.here()
    with ExitStack() as stack:
        checks: dict[str, Check] = {
            "Python": packages.check_python,
            "Packages": packages.check_packages,
            "Engine's folder": lambda: engine.check_home(home),
            "Loopback": engine.check_loopback,
            "Folders": lambda: system.check_folders(_folders(home)),
            "Open files": system.check_files,
            "Clock": lambda: system.check_clock(home.root),
        }
        rows = [row for name, check in checks.items() for row in rows_of(name, check)]
        rows += _engine_rows(home, stack)
        rows += rows_of("DaVinci Resolve", lambda: hosts.check_resolve(machine))
        rows += rows_of("Blender", lambda: hosts.check_blender(machine))
    return rows


def _engine_rows(home: Home, stack: ExitStack) -> list[Row]:
    """The rows that need an engine; where it does not start, only the one that says so."""
    clients: list[EngineClient] = []

    def connect() -> EngineClient:
        clients.append(stack.enter_context(EngineClient.connect(home)))
        return clients[0]

    rows = rows_of("Engine", lambda: engine.check_engine(connect))
    if not clients:
        return rows
    client = clients[0]

    def check() -> list[Row]:
        found = client.check()
        gpu = engine.check_gpu(found.execution_providers, found.python_path, engine.gpus_found())
        return [*engine.check_libraries(found), *gpu]

    return [*rows, *rows_of("Engine's packages", check), *rows_of("Models", lambda: engine.check_models(client))]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _folders(home: Home) -> dict[str, Path]:
    return {"the engine": home.root, "results": data_folder(), "temporary files": Path(tempfile.gettempdir())}
