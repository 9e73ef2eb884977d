"""`twopop install`: menu scripts into DaVinci Resolve, the extension into Blender."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from twopop.errors import HostUnavailable
from twopop_cli.health import engine, packages
from twopop_cli.health.row import Row, rows_of
from twopop_cli.output import Json, write_json, write_line
from twopop_cli.setup import blender as blenders
from twopop_cli.setup import extension as extensions
from twopop_cli.setup.bringing import Source, bring, take_away
from twopop_cli.setup.copying import copy, remove
from twopop_cli.setup.machine import Machine
from twopop_cli.setup.menu import script_folders, wanted
from twopop_cli.setup.settings import receipt_file, settings, settings_file
from twopop_cli.setup.step import Step
from twopop_client import EngineClient

app = typer.Typer(no_args_is_help=True, help="Install twopop into an editor, or take it out again.")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Uninstall = Annotated[bool, typer.Option("--uninstall", help="Remove what was installed; what you changed is kept.")]
Root = Annotated[
    Path | None, typer.Option("--root", metavar="DIR", help="A folder to take for the root of all drives.")
]

_RESTART = "Restart DaVinci Resolve; the scripts are in its menu Workspace > Scripts."
_FREE = (
    "The scripts need DaVinci Resolve Studio. No free edition can use them: there, `twopop watch DIR` works on the "
    "timelines that you export into a folder."
)
_CLICKS = (
    "Blender's program was not found, so the last step is yours: in Blender, Edit > Preferences > Get Extensions, "
    "then Install from Disk in the menu at the top right, with the file above; or run this again with --blender."
)
_WORDS = {
    "copy": ("copied", "would copy"),
    "replace": ("replaced", "would replace"),
    "same": ("there already", "there already"),
    "keep": ("kept", "would keep"),
    "remove": ("removed", "would remove"),
    "build": ("built", "would build"),
    "install": ("installed", "would install"),
}


@dataclass(frozen=True)
class Outcome:
    """What an installation came to.

    Attributes:
        host: "resolve" or "blender".
        dry_run: Whether nothing was done.
        steps: What was done, or would be.
        words: What the user is to do now.
        checks: Whether the rest of twopop is ready.
        notes: What the user is to know before.
    """

    host: str
    dry_run: bool
    steps: tuple[Step, ...]
    words: tuple[str, ...] = ()
    checks: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()


@app.command()
def resolve(
    dry_run: DryRun = False,
    uninstall: Uninstall = False,
    scripts: Annotated[
        Path | None, typer.Option("--scripts", metavar="DIR", help="Resolve's folder of scripts, if it is elsewhere.")
    ] = None,
    root: Root = None,
    as_json: Json = False,
) -> int:
    """Put the menu scripts where DaVinci Resolve looks for them."""
    machine = Machine.here(root)
    receipt, told = receipt_file(machine, "resolve"), settings_file(machine, "resolve")
    if uninstall:
        return _show(Outcome("resolve", dry_run, remove(receipt, dry_run=dry_run)), as_json)
    folders = (scripts.absolute(),) if scripts else script_folders(machine)
    steps = copy(wanted(machine, folders), receipt, settings=(told,), dry_run=dry_run)
    return _show(Outcome("resolve", dry_run, steps, (_RESTART,), _checks(dry_run), (_FREE,)), as_json)


@app.command()
def blender(
    dry_run: DryRun = False,
    uninstall: Uninstall = False,
    program: Annotated[
        Path | None, typer.Option("--blender", metavar="PATH", help="Blender's program, if it is not found.")
    ] = None,
    zip_file: Annotated[
        Path | None, typer.Option("--zip", metavar="FILE", help="The extension, built already.")
    ] = None,
    root: Root = None,
    as_json: Json = False,
) -> int:
    """Install the extension into each Blender from 4.2 on."""
    machine = Machine.here(root)
    found, receipt = _blenders(machine, program), receipt_file(machine, "blender")
    if uninstall:
        gone = (*take_away(found, dry_run=dry_run), *remove(receipt, dry_run=dry_run))
        return _show(Outcome("blender", dry_run, gone), as_json)
    given = extensions.read_extension(zip_file.absolute()) if zip_file else None
    if not found and not given and not blenders.versions_used(machine):
        raise HostUnavailable.of("Blender", "was not found; --blender names its program, version 4.2 or newer")
    told = settings_file(machine, "blender")
    brought = bring(found, Source(given, machine.target), dry_run=dry_run)
    steps = (*brought, *copy({told: settings(told)}, receipt, settings=(told,), dry_run=dry_run))
    return _show(Outcome("blender", dry_run, steps, () if found else (_CLICKS,), _checks(dry_run)), as_json)


def _blenders(machine: Machine, named: Path | None) -> tuple[blenders.Blender, ...]:
    """The Blenders to install into.

    Raises:
        HostUnavailable: The one named does not run, or all are too old.
    """
    programs = (named.absolute(),) if named else tuple(blenders.find_programs(machine))
    found = tuple(it for path in programs if (it := blenders.examine(path)))
    able = tuple(it for it in found if it.takes_extensions)
    if named and not found:
        raise HostUnavailable.of("Blender", f"{named} is no Blender that runs")
    if found and not able:
        old = ", ".join("{}.{} ({})".format(*it.version, it.program) for it in found)
        raise HostUnavailable.of("Blender", f"{old} takes no extensions; install Blender 4.2 or newer")
    return able


def _checks(dry_run: bool) -> tuple[Row, ...]:
    """Whether Python and engine are ready; a dry run starts no engine."""
    rows = [*rows_of("Python", packages.check_python), *rows_of("Packages", packages.check_packages)]
    if dry_run:
        return tuple(rows)
    with ExitStack() as stack:
        connect = partial(_connected, stack)
        return (*rows, *rows_of("Engine", lambda: engine.check_engine(connect)))


def _connected(stack: ExitStack) -> EngineClient:
    return stack.enter_context(EngineClient.connect())


def _show(outcome: Outcome, as_json: bool) -> int:
    problems = [row for row in outcome.checks if row.state != "ok"]
    if as_json:
        write_json(_json(outcome))
        return 0
    for step in outcome.steps:
        word = _WORDS[step.verb][outcome.dry_run]
        write_line(f"{word}: {step.path}" + (f" ({step.why})" if step.why else ""))
    if not outcome.steps:
        write_line("Nothing is installed.")
    for row in outcome.checks:
        write_line(f"{row.name}: {row.what}" + (f" - {row.mend}" if row.mend else ""))
    for sentence in outcome.words if not outcome.dry_run else ():
        write_line(sentence)
    for sentence in outcome.notes:
        write_line(sentence)
    if problems:
        write_line("`twopop doctor` says more about what is not ready.")
    return 0


def _json(outcome: Outcome) -> dict[str, object]:
    return {
        "host": outcome.host,
        "dry_run": outcome.dry_run,
        "steps": [{"action": it.verb, "path": str(it.path), "reason": it.why or None} for it in outcome.steps],
        "next": list(outcome.words),
        "notes": list(outcome.notes),
        "checks": [
            {"name": it.name, "state": it.state, "what": it.what, "mend": it.mend or None} for it in outcome.checks
        ],
    }
