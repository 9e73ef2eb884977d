"""One timeline of many: conformed unless it has been, its failure kept as an answer."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from twopop.errors import (
    EngineUnavailable,
    InternalFailure,
    OperationCancelled,
    OperationInterrupted,
    OutputUnwritable,
    TwopopError,
    WorkerCrashed,
)
from twopop_actions.action import Value
from twopop_actions.conform import CONFORM
from twopop_actions.task import Done, Task
from twopop_cli.bulk.digest import content_digest
from twopop_cli.bulk.found import Source
from twopop_cli.bulk.ledger import Entry, Ledger, Problem
from twopop_cli.bulk.names import free_name
from twopop_cli.conform import Bar, run
from twopop_client import EngineClient
from twopop_otio.host import work_folder
from twopop_otio.opening import Opened, Opening, find_media, open_timeline
from twopop_otio.seal import is_sealed
from twopop_otio.timeline import output_problem

_LOST = (EngineUnavailable, OperationInterrupted, WorkerCrashed)


@dataclass(frozen=True)
class Options:
    """What holds for all timelines.

    Attributes:
        out: Folder of results, absolute.
        values: Of the conform's options.
        digest: Of the options, and of what else shapes a conform.
        opening: What is said of the timelines.
    """

    out: Path
    values: Mapping[str, Value | None]
    digest: str
    opening: Opening


class OneEngine:
    """One connection for all timelines, made when it is first needed; a context manager."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._engine: EngineClient | None = None

    def __enter__(self) -> OneEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def get(self) -> EngineClient:
        """The engine.

        Raises:
            EngineUnavailable: It cannot be started.
        """
        if self._engine is None:
            self._engine = self._stack.enter_context(EngineClient.connect())
        return self._engine


def current(source: Source, options: Options, ledger: Ledger) -> Entry | None:
    """The entry of a timeline that needs nothing: same content, same options, result untouched.

    Raises:
        TimelineUnreadable: The timeline cannot be read.
    """
    entry = ledger.entry(source.path)
    if entry is None or entry.state != "conformed" or entry.options != options.digest:
        return None
    if entry.content != content_digest(source.path) or not _is_untouched(entry, options.out):
        return None
    return entry


def conform_one(engine: OneEngine, source: Source, options: Options, ledger: Ledger, bar: Bar) -> Entry:
    """Conforms one timeline; what it comes to is put down in the ledger.

    An engine that is lost on the way is started anew, once.

    Args:
        engine: Measures, renders and draws.
        source: The timeline.
        options: What holds for all.
        ledger: Of the folder of results.
        bar: Shows the progress.

    Returns:
        The entry; a failure is one as well.

    Raises:
        EngineUnavailable: There is none, and none can be started.
        OperationCancelled: Ctrl-C.
        OutputUnwritable: The ledger cannot be written.
    """
    engine.get()
    name, note = _output_of(source, options.out, ledger)
    if _was_cut_off(source, ledger):
        _sweep(options.out / name)
    entry = Entry(str(source.path), name, "begun", "", options.digest)
    try:
        entry = replace(entry, content=content_digest(source.path))
        ledger.keep(entry)
        done = _run(engine, source, options, name, bar)
        entry = _conformed(entry, done, options.out, note)
    except OperationCancelled:
        raise
    except TwopopError as error:
        entry = replace(entry, state="failed", problem=Problem.of(error))
    except Exception as fault:  # the boundary of a timeline: the others go on
        failure = InternalFailure(f"{source.path}: a fault in twopop: {type(fault).__name__}: {fault}")
        entry = replace(entry, state="failed", problem=Problem.of(failure))
    ledger.keep(entry)
    return entry


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Makes SIGTERM end a program as Ctrl-C does."""
    if sys.platform == "win32":
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _was_cut_off(source: Source, ledger: Ledger) -> bool:
    entry = ledger.entry(source.path)
    return entry is not None and entry.state == "begun"


def _sweep(output: Path) -> None:
    """Removes what a killed run had half written; the folder's lock says that nobody writes there now."""
    for folder, pattern in ((output.parent, f".{output.name[:100]}.*.partial"), (work_folder(output), ".*.partial")):
        for partial in folder.glob(pattern):
            partial.unlink(missing_ok=True)


def _run(engine: OneEngine, source: Source, options: Options, name: str, bar: Bar) -> Done:
    output = options.out / name
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OutputUnwritable.at(str(output.parent), output_problem(problem)) from problem
    opened = open_timeline(source.path, output, options.opening)
    try:
        return _conform(engine.get(), opened, options, bar)
    except _LOST:
        return _conform(engine.get(), opened, options, bar)


def _conform(engine: EngineClient, opened: Opened, options: Options, bar: Bar) -> Done:
    with bar("Media") as watch:
        opened = find_media(opened, options.opening, engine, watch)
    return run(engine, Task.prepare(CONFORM.name, opened.host, options.values), opened, bar)


def _conformed(entry: Entry, done: Done, out: Path, note: str) -> Entry:
    notes = (*done.plan.notes, *(done.applied.notes if done.applied else ()))
    return replace(
        entry,
        state="conformed",
        written=content_digest(out / entry.output),
        changes=len(done.plan.changes.changes),
        refusals=len(done.plan.refusals),
        report=done.report.relative_to(out).as_posix() if done.report else "",
        notes=(note, *notes) if note else notes,
    )


def _output_of(source: Source, out: Path, ledger: Ledger) -> tuple[str, str]:
    """Name of a timeline's result, and a note where it is not the one of the last run."""
    entry = ledger.entry(source.path)
    if entry and _is_replaceable(out / entry.output):
        return entry.output, ""
    name = free_name(source.place, out, source.path, ledger.outputs)
    return name, f"{entry.output} was changed since it was written, and is kept." if entry else ""


def _is_replaceable(output: Path) -> bool:
    """Whether nobody has put anything there since we wrote it."""
    return not output.exists() or is_sealed(output, work_folder(output))


def _is_untouched(entry: Entry, out: Path) -> bool:
    output = out / entry.output
    return output.is_file() and content_digest(output) == entry.written
