"""The state file of a folder of results: what came of each timeline, so that a later run goes on where this one ended.

It is written anew after every step; a run that was killed leaves "begun" for the timeline that it was at.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from twopop.errors import InputError, TwopopError
from twopop_actions.record import from_json, to_json
from twopop_otio.timeline import write_whole

_VERSION = 1


@dataclass(frozen=True)
class Problem:
    """Why a timeline has no result.

    Attributes:
        reason: The error's class, in capitals.
        message: Its sentence.
        exit_code: What a command exits with for it.
    """

    reason: str
    message: str
    exit_code: int

    @classmethod
    def of(cls, error: TwopopError) -> Problem:
        """The problem that an error stands for."""
        return cls(error.reason, error.message, error.exit_code)


@dataclass(frozen=True)
class Entry:
    """What came of one timeline.

    Attributes:
        source: Absolute path of the timeline.
        output: Path of the result below the folder of results.
        state: "begun" until it is known.
        content: Digest of the timeline.
        options: Digest of the options.
        written: Digest of the result as it was written; empty when there is none.
        changes: Number of changes made.
        refusals: Number of clips that nothing was done to.
        report: Path of the report below the folder of results; empty when there is none.
        notes: What else is worth telling.
        problem: Why it failed.
    """

    source: str
    output: str
    state: Literal["begun", "conformed", "failed"]
    content: str
    options: str
    written: str = ""
    changes: int = 0
    refusals: int = 0
    report: str = ""
    notes: tuple[str, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True)
class _Page:
    """The file's content."""

    version: int
    timelines: tuple[Entry, ...] = ()


class Ledger:
    """The entries of one folder of results.

    Attributes:
        file: The state file.
    """

    def __init__(self, file: Path) -> None:
        """Reads the state file; a missing one is empty.

        Raises:
            InputError: It is damaged, or of another version.
        """
        self.file = file
        self._entries = {entry.source: entry for entry in _read(file)}

    def entry(self, source: Path) -> Entry | None:
        """What is known of a timeline."""
        return self._entries.get(str(source))

    def keep(self, entry: Entry) -> None:
        """Puts an entry down, in place of the timeline's earlier one.

        Raises:
            OutputUnwritable: The state file cannot be written.
        """
        self._entries[entry.source] = entry
        page = to_json(_Page(_VERSION, tuple(self._entries.values())))
        write_whole(self.file, (json.dumps(page, indent=1) + "\n").encode())

    @property
    def outputs(self) -> dict[str, str]:
        """The timeline that each result belongs to, by the result's path below the folder, in small letters."""
        return {entry.output.casefold(): entry.source for entry in self._entries.values()}


def _read(file: Path) -> tuple[Entry, ...]:
    try:
        page = from_json(_Page, json.loads(file.read_bytes()))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as problem:
        raise InputError(f"{file}: cannot be understood ({problem}); remove it, and all is done anew") from problem
    if page.version != _VERSION:
        raise InputError(f"{file}: was written by another version of twopop; remove it, and all is done anew")
    return page.timelines
