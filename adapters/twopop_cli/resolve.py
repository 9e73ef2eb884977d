"""`twopop resolve ACTION`: the catalog's actions on the timeline that is open in DaVinci Resolve.

Each command is built from its action's data, so that a new action appears here by its entry in the catalog.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from twopop.errors import ChangesUnreadable, OptionInvalid, TwopopError
from twopop_actions.action import Action, Option, Value
from twopop_actions.catalog import ENTRIES
from twopop_actions.changes import AddTake, ChangeList
from twopop_actions.host import Applied
from twopop_actions.task import Done, Task
from twopop_cli.conform import conformed_json, write_changes, write_clips, write_summary
from twopop_cli.output import Json, counted, write_json, write_line
from twopop_cli.parameters import plain_value, with_parameters
from twopop_cli.progress import progress_bar
from twopop_client import EngineClient
from twopop_resolve.api import ResolveApi
from twopop_resolve.connection import Session, program, session_of
from twopop_resolve.dialog import Windows, value_of
from twopop_resolve.host import CHANGES_NAME
from twopop_resolve.in_place import InPlaceHost
from twopop_resolve.library import load
from twopop_resolve.new_timeline import NewTimelineHost

app = typer.Typer(no_args_is_help=True, help="Work on the timeline that is open in DaVinci Resolve.")

Place = Annotated[bool, typer.Option("--place", help="Change the open timeline itself; else a new one is made.")]
Only = Annotated[str | None, typer.Option("--only", metavar="IDS", help="Apply only these changes, by commas.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the changes and make none.")]
Work = Annotated[
    Path | None, typer.Option("--work", metavar="DIR", help="Folder for sound and report; default: in the user's data.")
]
Menu = Annotated[bool, typer.Option("--menu", hidden=True, help="Ask and answer in a window of Resolve's.")]

_COMMON: dict[str, Any] = {
    "place": Place, "only": Only, "dry_run": DryRun, "work": Work, "menu": Menu, "as_json": Json,
}  # fmt: skip


@dataclass(frozen=True)
class _Desk:
    """Resolve, and how the user is asked and told; a window needs no open timeline."""

    resolve: ResolveApi
    windows: Windows | None

    @classmethod
    def open(cls, menu: bool) -> _Desk:
        module = load()
        resolve = program(module)
        return cls(resolve, Windows.of(module, resolve) if menu else None)

    def run(self, title: str, work: Callable[[Session], str]) -> int:
        """Does a piece of work and shows in a window, where there is one, what came of it or why nothing did."""
        try:
            words = work(session_of(self.resolve))
        except TwopopError as problem:
            if self.windows and problem.exit_code != 130:
                self.windows.tell(title, problem.message)
            raise
        if self.windows:
            self.windows.tell(title, words)
        return 0


def _command(action: Action) -> Callable[..., int]:
    """The function of an action's command; its parameters are the action's options and the common ones."""

    def run(**given: Any) -> int:
        common = {name: given.pop(name) for name in _COMMON}
        return _run_action(action, {name: plain_value(value) for name, value in given.items()}, **common)

    return with_parameters(run, action, _COMMON)


for _entry in ENTRIES:
    app.command(_entry.action.name)(_command(_entry.action))


def _run_action(
    action: Action, given: Mapping[str, Value | None], *, place: bool, only: str | None, dry_run: bool,
    work: Path | None, menu: bool, as_json: bool,
) -> int:  # fmt: skip
    ids = _ids(only)
    if not menu:
        given = _asked(action, given, as_json)
        action.values(given)  # before Resolve is asked for anything
    desk = _Desk.open(menu)

    def act(session: Session) -> str:
        values = desk.windows.ask(action, given) if desk.windows else given
        host = (InPlaceHost if place else NewTimelineHost)(session, work)
        task = Task.prepare(action.name, host, values, only=ids, dry_run=dry_run)
        done = _done(task)
        _show(done, as_json)
        return _words(done)

    return desk.run(action.label, act)


def _ids(only: str | None) -> tuple[str, ...]:
    """The ids that `--only` names; none when it was not given."""
    ids = tuple(part.strip() for part in (only or "").split(",") if part.strip())
    if only is not None and not ids:  # an empty shell variable must not mean "all"
        raise OptionInvalid.of("--only", "names no change; --dry-run lists the ids")
    return ids


def _asked(action: Action, given: Mapping[str, Value | None], as_json: bool) -> Mapping[str, Value | None]:
    """The values, those that have no default asked for on a terminal; folders may be left empty there."""
    missing = [o for o in action.options if o.default in (None, ()) and given.get(o.name) is None]
    if as_json or not (missing and sys.stdin.isatty()):
        return given
    typed = {option.name: value_of(_typed(option), option) for option in missing}
    return {**given, **typed}


def _typed(option: Option) -> str:
    default = None if option.default is None else ""
    return str(typer.prompt(option.help.rstrip("."), default=default, show_default=False, err=True))


def _done(task: Task) -> Done:
    with _engine_for(task.entry.action) as engine:
        with progress_bar(task.entry.action.label) as watch:
            planned = task.plan(engine, watch)
        if task.dry_run:
            return Done(planned)
        applied = task.apply(planned)
        with progress_bar("Report") as watch:
            done = Done(planned, applied, task.report(engine, planned, watch))
    return replace(done, plan=replace(planned, notes=(*planned.notes, *applied.notes)))


def _engine_for(action: Action) -> AbstractContextManager[EngineClient]:
    """The engine for an action that needs it; one that does not must not start a program that may take a minute."""
    return EngineClient.connect() if "engine" in action.needs else nullcontext(cast(EngineClient, None))


def _show(done: Done, as_json: bool) -> None:
    if as_json:
        write_json(conformed_json(done))
    elif done.applied is None:
        write_changes(done.plan)
        write_summary(done)
    else:
        if done.plan.is_telling:
            write_clips(done.plan)
        write_summary(done)


def _words(done: Done) -> str:
    """What came of it, for a window."""
    counts = f"{counted(len(done.plan.changes.changes), 'change')}, {counted(len(done.plan.refusals), 'refusal')}."
    refused = [f"{refusal.clip} at {refusal.timecode}: {refusal.sentence}" for refusal in done.plan.refusals[:8]]
    where = [f"Timeline: {done.applied.output}"] if done.applied else []
    report = [f"Report: {done.report}"] if done.report else []
    return "\n".join([counts, *where, *refused, *done.plan.notes, *report])


@app.command()
def takes(
    changes: Annotated[
        Path | None, typer.Option("--changes", metavar="FILE", help="A change list; default: the timeline's last one.")
    ] = None,
    only: Only = None,
    dry_run: DryRun = False,
    work: Work = None,
    menu: Menu = False,
    as_json: Json = False,
) -> int:
    """Add the lips that were made for this timeline to its clips, as takes; the originals stay."""
    ids = _ids(only)
    desk = _Desk.open(menu)

    def act(session: Session) -> str:
        host = InPlaceHost(session, work)
        wanted = _takes_of(changes or host.work_folder / CHANGES_NAME)
        wanted = wanted.only(ids) if ids else wanted
        if dry_run:
            return _show_applied(wanted, None, as_json)
        return _show_applied(wanted, host.apply(wanted), as_json)

    return desk.run("Add takes", act)


def _takes_of(path: Path) -> ChangeList:
    """The takes of a change list.

    Raises:
        OptionInvalid: There are none.
        ChangesUnreadable: It cannot be read.
    """
    try:
        found = ChangeList.loads(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError as problem:
        missing = f"no lips have been made for this timeline: {path} is not there"
        raise OptionInvalid.of("takes", missing) from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise ChangesUnreadable.at(str(path), str(problem)) from problem
    wanted = tuple(change for change in found.changes if isinstance(change, AddTake))
    if not wanted:
        raise OptionInvalid.of("takes", f"no lips have been made for this timeline: {path} holds no take")
    return replace(found, changes=wanted)


def _show_applied(wanted: ChangeList, applied: Applied | None, as_json: bool) -> str:
    notes = applied.notes if applied else ()
    words = "\n".join([*wanted.describe(), *notes, "" if applied else "Nothing was changed."]).strip()
    if as_json:
        write_json(
            {
                "output": applied.output if applied else None,
                "changes": len(wanted.changes),
                "applied": list(applied.applied) if applied else [],
                "present": list(applied.present) if applied else [],
                "notes": list(notes),
            }
        )
    else:
        write_line(words)
    return words


@app.command()
def undo(work: Work = None, menu: Menu = False, as_json: Json = False) -> int:
    """Take back what was done in place to the open timeline, or delete the timeline that was made from it."""
    desk = _Desk.open(menu)

    def act(session: Session) -> str:
        in_place = InPlaceHost(session, work)
        ids = in_place.undo()
        if not ids:
            ids = NewTimelineHost(session, work).undo()
        words = f"{counted(len(ids), 'change')} taken back." if ids else "There was nothing to take back."
        if as_json:
            write_json({"undone": len(ids), "ids": list(ids)})
        else:
            write_line(words)
        return words

    return desk.run("Undo", act)
