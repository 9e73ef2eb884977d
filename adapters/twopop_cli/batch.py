"""`twopop batch`: many timelines conformed one after the other, with one summary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from twopop.errors import InputError, OperationCancelled, OutputUnwritable
from twopop_cli.bulk.bars import two_bars
from twopop_cli.bulk.digest import options_digest
from twopop_cli.bulk.found import SUFFIXES, Found, Source, find
from twopop_cli.bulk.job import OneEngine, Options, conform_one, current, ended_by_signals
from twopop_cli.bulk.ledger import Ledger
from twopop_cli.bulk.lock import FolderLock
from twopop_cli.bulk.summary import Row, counts_of, exit_code_of, row_json, write_page, write_rows
from twopop_cli.conform import Bar
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
from twopop_cli.output import Json, complain, write_json, write_line
from twopop_otio.timeline import output_problem

STATE_NAME = ".twopop-batch.json"
_LOCK_NAME = ".twopop-batch.lock"
_HEAD = 4096  # bytes of a page in which its title stands
_CANCELLED = OperationCancelled.exit_code


def batch(
    paths: Annotated[list[str], typer.Argument(metavar="PATHS...", help="Timelines, folders, and quoted patterns.")],
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
        Path, typer.Option("--out", metavar="DIR", help="Folder for the results; sub-folders are mirrored.")
    ] = Path("twopop-batch"),
    again: Annotated[bool, typer.Option("--again", help="Conform those as well that nothing changed for.")] = False,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the summary as a page, too.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Conform many timelines; a second run goes on where the first one ended."""
    values, opening = (
        conform_values(sound, recipe, handles, scratch, own_sound),
        opening_of(media, name, rate, whole_frames),
    )
    folder = out.absolute()
    found = find(paths, folder)
    if not found.sources:
        raise InputError(_nothing(paths, found))
    _make(folder)
    _check_page(page)
    with ended_by_signals(), FolderLock(folder / _LOCK_NAME, f"a batch into {folder}"):
        options = Options(folder, values, options_digest(values, opening, with_files=True, out=folder), opening)
        rows, ended = _conform_all(found.sources, options, again)
    if page:
        write_page(rows, folder, page.absolute())
    if as_json:
        write_json(
            {
                "timelines": [row_json(row, folder) for row in rows],
                "passed_over": [str(path) for path in found.own],
                "unreadable_folders": [str(path) for path in found.unreadable],
                "page": str(page.absolute()) if page else None,
                "complete": ended,
            }
        )
    else:
        _write_summary(rows, found, page)
    if not ended:
        complain("cancelled; the same command goes on with what is left")
        return _CANCELLED
    return exit_code_of(rows)


def _conform_all(sources: Sequence[Source], options: Options, again: bool) -> tuple[list[Row], bool]:
    """The rows of all timelines, and whether the run came to its end."""
    ledger = Ledger(options.out / STATE_NAME)
    rows = [Row(source, "open", None) for source in sources]
    try:
        with OneEngine() as engine, two_bars(len(sources)) as bars:
            for index, source in enumerate(sources):
                rows[index] = _row(engine, source, options, ledger, again, bars.timeline(source.path.name))
                bars.done(index + 1)
    except (KeyboardInterrupt, OperationCancelled):
        return rows, False
    return rows, True


def _row(engine: OneEngine, source: Source, options: Options, ledger: Ledger, again: bool, bar: Bar) -> Row:
    if not again and (entry := current(source, options, ledger)):
        return Row(source, "current", entry)
    entry = conform_one(engine, source, options, ledger, bar)
    return Row(source, "failed" if entry.problem else "conformed", entry)


def _write_summary(rows: Sequence[Row], found: Found, page: Path | None) -> None:
    write_rows(rows)
    if found.own:
        write_line(f"Passed over: {len(found.own)} files that twopop wrote.")
    for folder in found.unreadable:
        write_line(f"Not searched: {folder} cannot be read.")
    write_line(counts_of(rows))
    if page:
        write_line(f"Summary: {page.absolute()}")


def _nothing(paths: Sequence[str], found: Found) -> str:
    where = ", ".join(paths)
    if found.own:
        return f"{where}: all {len(found.own)} timelines there were written by twopop; name one to conform it again"
    unreadable = f"; {found.unreadable[0]} cannot be read" if found.unreadable else ""
    return f"{where}: there is no timeline; names must end in {', '.join(SUFFIXES)}{unreadable}"


def _check_page(page: Path | None) -> None:
    """Raises before hours are spent."""
    if page and not page.absolute().parent.is_dir():
        raise OutputUnwritable.at(str(page), "its folder does not exist")
    if page and page.suffix.lower() not in (".html", ".htm"):
        raise OutputUnwritable.at(str(page), "its name must end in .html")
    if page and page.exists() and b"twopop" not in page.read_bytes()[:_HEAD]:
        raise OutputUnwritable.at(str(page), "it exists, and no batch wrote it; name another file")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OutputUnwritable.at(str(folder), output_problem(problem)) from problem
