"""A folder that editors export timelines into: each is conformed once it is complete, and once only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twopop.errors import InputError, OperationCancelled, OutputUnwritable, TwopopError
from twopop_cli.bulk.found import Source, is_own, is_timeline
from twopop_cli.bulk.job import OneEngine, Options, conform_one, current
from twopop_cli.bulk.ledger import Entry, Ledger, Problem
from twopop_cli.bulk.summary import Row
from twopop_cli.progress import progress_bar
from twopop_otio.imports import read_any
from twopop_otio.timeline import write_whole

STABLE_POLLS = 2
"""A file is complete when it looks the same so many times in a row."""

PATIENT_POLLS = 5
"""One that cannot be read is given so many: its writer may have paused."""

Mark = tuple[int, int]
"""A file's size in bytes and its time of change in nanoseconds."""


@dataclass
class _Sight:
    """How a file was last seen.

    Attributes:
        mark: Its size and time.
        polls: How often in a row it looked like this.
        settled: Whether it has its answer.
    """

    mark: Mark
    polls: int = 1
    settled: bool = False


class Watcher:
    """Looks at a folder again and again, not at those below it."""

    def __init__(
        self,
        folder: Path,
        options: Options,
        ledger: Ledger,
        tell: Callable[[Row], None],
        passed: Callable[[Path], None],
    ) -> None:
        """Begins with nothing seen.

        Args:
            folder: Absolute path of the folder.
            options: What holds for all timelines.
            ledger: Of the folder of results.
            tell: Called with each answer.
            passed: Called with each file that is passed over, being a result of ours.
        """
        self._folder = folder
        self._options = options
        self._ledger = ledger
        self._tell = tell
        self._passed = passed
        self._sights: dict[Path, _Sight] = {}

    def poll(self, engine: OneEngine) -> bool:
        """Looks once, and conforms what is complete.

        Args:
            engine: Measures, renders and draws.

        Returns:
            Whether a timeline is there that has no answer yet.

        Raises:
            InputError: The folder cannot be read.
            OperationCancelled: Ctrl-C.
        """
        marks = self._marks()
        self._sights = {path: sight for path, sight in self._sights.items() if path in marks}
        for path, mark in marks.items():
            sight = self._sights.get(path)
            if sight is None or sight.mark != mark:
                self._sights[path] = _Sight(mark)
                continue
            sight.polls += 1
            if not sight.settled and sight.polls >= STABLE_POLLS:
                sight.settled = self._settle(path, engine, patient=sight.polls < PATIENT_POLLS)
        return not all(sight.settled for sight in self._sights.values())

    def _marks(self) -> dict[Path, Mark]:
        try:
            paths = [path for path in sorted(self._folder.iterdir()) if is_timeline(path) and path != self._options.out]
        except FileNotFoundError as problem:
            raise InputError(f"{self._folder}: is gone; was its drive unmounted?") from problem
        except OSError as problem:
            raise InputError(f"{self._folder}: cannot be read: {problem.strerror}") from problem
        return {path: mark for path in paths if (mark := _mark(path))}

    def _settle(self, path: Path, engine: OneEngine, *, patient: bool) -> bool:
        """Gives a file its answer; whether it has one now."""
        if is_own(path, by_name=True):
            self._passed(path)
            return True
        source = Source(path, Path(path.name))
        try:
            if entry := current(source, self._options, self._ledger):
                self._tell(Row(source, "current", entry))
                return True
            read_any(path, timeline=self._options.opening.timeline, rate=self._options.opening.rate)
        except InputError:
            if patient:
                return False
        self._answer(source, engine)
        return True

    def _answer(self, source: Source, engine: OneEngine) -> None:
        try:
            entry = conform_one(
                engine, source, self._options, self._ledger, lambda title: progress_bar(f"{title} {source.path.name}")
            )
        except OperationCancelled:
            raise
        except TwopopError as error:  # the state file cannot be written: the next timeline may find it mended
            entry = Entry(str(source.path), "", "failed", "", self._options.digest, problem=Problem.of(error))
        _leave_word(source.path, entry.problem)
        self._tell(Row(source, "failed" if entry.problem else "conformed", entry))


def _mark(path: Path) -> Mark | None:
    """How a file looks now, or all files of a bundle together; None when it has just gone, or is a link to nowhere."""
    files = [path, *path.rglob("*")] if path.is_dir() else [path]
    try:
        states = [file.stat() for file in files]
    except OSError:
        return None
    return sum(state.st_size for state in states), max(state.st_mtime_ns for state in states)


def error_file(timeline: Path) -> Path:
    """The file beside a timeline that says why it has no result."""
    return timeline.with_name(f"{timeline.name}.twopop-error.txt")


def _leave_word(timeline: Path, problem: Problem | None) -> None:
    """Writes the error file or removes it; a folder that cannot be written to has none."""
    file = error_file(timeline)
    try:
        if problem:
            write_whole(file, f"{problem.message}\n".encode("utf-8", "replace"))
        else:
            file.unlink(missing_ok=True)
    except (OutputUnwritable, OSError):
        return
