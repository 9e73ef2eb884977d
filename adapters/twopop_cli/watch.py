"""`twopop watch`: a folder into which timelines are exported, and beside it the folder of conformed ones.

This is the road for an editor that takes no scripts: the free DaVinci Resolve from 21.1 on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from twopop.errors import InputError, OperationCancelled, OutputUnwritable
from twopop_cli.bulk.digest import options_digest
from twopop_cli.bulk.job import OneEngine, Options, ended_by_signals
from twopop_cli.bulk.ledger import Ledger
from twopop_cli.bulk.lock import FolderLock
from twopop_cli.bulk.summary import Row, exit_code_of, row_json
from twopop_cli.bulk.watcher import Watcher
from twopop_cli.options import (
    EdlRate,
    Handles,
    MediaFolders,
    OwnSound,
    Recipe,
    Scratch,
    SoundFolders,
    TimelineName,
    WholeFrames,
    conform_values,
    opening_of,
)
from twopop_cli.output import complain, write_json_line, write_line
from twopop_otio.timeline import output_problem

STATE_NAME = ".twopop-watch.json"
LOCK_NAME = ".twopop-watch.lock"

JsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object a line on standard output.")]


def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to export timelines into.")],
    sound: SoundFolders = None,
    recipe: Recipe = "sync",
    handles: Handles = 10.0,
    scratch: Scratch = "mute",
    own_sound: OwnSound = "slip",
    media: MediaFolders = None,
    name: TimelineName = None,
    rate: EdlRate = None,
    whole_frames: WholeFrames = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for the results; default: DIR/conformed.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Leave when every timeline there has its answer.")] = False,
    interval: Annotated[
        float, typer.Option("--interval", min=0.05, max=3600, metavar="SECONDS", help="Time between two looks.")
    ] = 2.0,
    as_json: JsonLines = False,
) -> int:
    """Conform each timeline that is exported into a folder, until Ctrl-C."""
    values, opening = (
        conform_values(sound, recipe, handles, scratch, own_sound),
        opening_of(media, name, rate, whole_frames),
    )
    watched = folder.absolute()
    if not watched.is_dir():
        raise InputError(f"{folder}: is no folder; name the one to export timelines into")
    results = out.absolute() if out else watched / "conformed"
    options = Options(results, values, options_digest(values, opening, with_files=False, out=results), opening)
    teller = Teller(results, as_json)
    with ended_by_signals(), _alone(watched, results):
        ledger = Ledger(results / STATE_NAME)
        watcher = Watcher(watched, options, ledger, teller.tell, teller.pass_over)
        teller.begin(watched)
        try:
            with OneEngine() as engine:
                _look(watcher, engine, interval, once)
        except (KeyboardInterrupt, OperationCancelled):
            teller.end()
            return 0
    return exit_code_of(teller.rows)


class Teller:
    """Says what happens, for people or for programs.

    Attributes:
        rows: The last answer of each timeline.
    """

    def __init__(self, out: Path, as_json: bool) -> None:
        self._out = out
        self._as_json = as_json
        self._rows: dict[Path, Row] = {}

    @property
    def rows(self) -> tuple[Row, ...]:
        """The last answer of each timeline."""
        return tuple(self._rows.values())

    def begin(self, watched: Path) -> None:
        """Says what is watched."""
        if self._as_json:
            write_json_line({"event": "watching", "folder": str(watched), "out": str(self._out)})
        else:
            write_line(f"Watching {watched}; results go to {self._out}. Ctrl-C ends it.")

    def tell(self, row: Row) -> None:
        """Says what a timeline came to."""
        self._rows[row.source.path] = row
        if self._as_json:
            write_json_line({"event": row.state, **row_json(row, self._out)})
        elif row.state == "failed":
            write_line(f"{row.source.place}: failed. {' '.join(row.remarks)}")
        elif row.state == "current":
            write_line(f"{row.source.place}: up to date: {self._out / (row.output or '')}")
        else:
            changes, refusals = row.figures
            write_line(f"{row.source.place}: {changes} changes, {refusals} refusals: {self._out / (row.output or '')}")

    def pass_over(self, path: Path) -> None:
        """Says that a file is a result of ours."""
        if self._as_json:
            write_json_line({"event": "passed_over", "timeline": str(path)})
        else:
            write_line(f"{path.name}: passed over, it is a result of twopop; rename it to have it conformed")

    def end(self) -> None:
        """Says that the watch is over."""
        if self._as_json:
            write_json_line({"event": "ended"})
        else:
            write_line("The watch has ended; the same command goes on.")


def _look(watcher: Watcher, engine: OneEngine, interval_s: float, once: bool) -> None:
    """Polls until interrupted; a folder that cannot be read for a while is said once."""
    engine.get()  # one that cannot start is said now
    said = ""
    while True:
        try:
            is_open = watcher.poll(engine)
            said = ""
        except InputError as problem:
            if once:
                raise
            if said != problem.message:
                complain(problem.message)
            said, is_open = problem.message, True
        if once and not is_open:
            return
        time.sleep(interval_s)


@contextmanager
def _alone(watched: Path, out: Path) -> Iterator[None]:
    """Makes the folder of results, and keeps other watches away; the lock lies there when DIR is read-only."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OutputUnwritable.at(str(out), f"{output_problem(problem)}; --out names another folder") from problem
    what = f"a watch of {watched}"
    try:
        lock = FolderLock(watched / LOCK_NAME, what)
    except OutputUnwritable:
        lock = FolderLock(out / LOCK_NAME, what)
    with lock:
        yield
