"""What both ways of working in Resolve share: reading, the selection, the work folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from twopop.errors import HostFailed, OptionInvalid, OutputUnwritable
from twopop_actions.changes import Change, ChangeList
from twopop_actions.timeline import Target, Timeline
from twopop_otio.apply import apply
from twopop_otio.timeline import Document, output_problem, write_whole
from twopop_resolve.api import TimelineApi
from twopop_resolve.comparison import Landing
from twopop_resolve.connection import Session
from twopop_resolve.live import HOST, has
from twopop_resolve.naming import file_name, work_folder
from twopop_resolve.reading import Reading, take_reading, understood
from twopop_resolve.seats import selected_seats, targets_at

CHANGES_NAME = "changes.json"
_MOST_SELECTED = 500  # each takes two calls


class ResolveTimeline:
    """The timeline that was open when this was made.

    Making one reads it, and raises what `connect` and `take_reading` raise.

    Attributes:
        session: The running program.
        name: The timeline's name.
    """

    def __init__(self, session: Session, work: Path | None = None) -> None:
        self.session = session
        self.name = session.timeline_name
        self._work = (work or work_folder(session.project_name, self.name)).absolute()
        self._reading = self.take(session.timeline, self.name)
        self._knows_selection = has(session.timeline, "GetSelectedClips")
        self._selected, self._selection_size = self._read_selection()

    @property
    def work_folder(self) -> Path:
        """The folder in the user's data folder, shared with the timelines that are made from this one."""
        return self._work

    def read(self, after: ChangeList | None = None) -> Timeline:
        """The timeline as it was exported, or as it would be after some changes.

        Raises:
            HostFailed: An earlier run was cut off on it.
            TimelineMoved: The changes do not fit.
        """
        self.check_settled()
        if after is None:
            return self._reading.timeline
        document = apply(self._reading.document, after, self._reading.dialect)
        return understood(document, self._reading.dialect, self.session.project_name, self.name)

    def selection(self) -> tuple[Target, ...]:
        """What was selected when this was made; empty in versions that do not tell.

        Raises:
            OptionInvalid: So much is selected that asking for each would stall Resolve.
        """
        if self._selection_size > _MOST_SELECTED:
            problem = f"{self._selection_size} clips are selected, expected at most {_MOST_SELECTED}; use all of them"
            raise OptionInvalid.of("--scope", problem)
        return self._selected

    def take(self, timeline: TimelineApi, name: str) -> Reading:
        """Reads a timeline of the same work folder, with what is known of it, be it settled or not."""
        return take_reading(self.session, timeline, name, self.known(name))

    def known(self, name: str) -> Path:
        """Where it is kept what was done to a timeline, or begun; it need not exist."""
        return self.pending(name) if self.pending(name).exists() else self.kept(name)

    def kept(self, name: str) -> Path:
        """Where a timeline is kept as it was applied: Resolve keeps no tags of others."""
        return self._work / "timelines" / f"{file_name(name)}.otio"

    def pending(self, name: str) -> Path:
        """Where a timeline is kept as it is to be, while changes are made to it in place."""
        return self.kept(name).with_suffix(".pending.otio")

    def check_settled(self) -> None:
        """Raises when changes to the open timeline were begun and not finished: nobody knows what of them is there.

        Raises:
            HostFailed: The message says what to do.
        """
        if self.pending(self.name).exists():
            problem = f"an earlier run was cut off while it changed {self.name}; `twopop resolve undo` takes back"
            raise HostFailed.of(HOST, f"{problem} what it left")

    def keep(self, document: Document, name: str, changes: ChangeList) -> None:
        """Keeps a timeline as it was applied, and the changes for those who want to see them.

        Raises:
            OutputUnwritable: The work folder cannot be written to.
        """
        path = self.kept(name)
        make_folder(path.parent)
        save(document, path)
        write_whole(self._work / CHANGES_NAME, changes.dumps().encode("utf-8", "surrogatepass"))

    def _read_selection(self) -> tuple[tuple[Target, ...], int]:
        if not self._knows_selection:
            return (), 0
        items = self.session.timeline.GetSelectedClips() or []
        if not items or len(items) > _MOST_SELECTED:
            return (), len(items)
        seats = selected_seats(self.session.timeline, items)
        return targets_at(self._reading, seats), len(items)


def save(document: Document, path: Path) -> None:
    """Writes a document that only programs read, without line breaks: several times faster for a long timeline.

    Raises:
        OutputUnwritable: It cannot be written.
    """
    write_whole(path, json.dumps(document.root).encode())


def make_folder(folder: Path) -> None:
    """Makes a folder.

    Raises:
        OutputUnwritable: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OutputUnwritable.at(str(folder), output_problem(problem)) from problem


def split(changes: ChangeList, present: frozenset[str]) -> tuple[ChangeList, tuple[str, ...]]:
    """The changes that are not made yet, and the ids of those that are."""
    there = tuple(change.id for change in changes.changes if change.id in present)
    return replace(changes, changes=tuple(c for c in changes.changes if c.id not in present)), there


def failure(landing: Landing, changes: ChangeList) -> HostFailed | None:
    """The error for what did not land; None when all did."""
    missing = [change for change in changes.changes if change.id in landing.missing]
    known = {change.id for change in changes.changes}
    older = [f"the earlier change {change} is gone" for change in landing.missing if change not in known]
    said = [_sentence(change, changes) for change in missing] + older + list(landing.lost)
    if not said:
        return None
    shown = "; ".join(said[:5]) + (f"; and {len(said) - 5} more" if len(said) > 5 else "")
    return HostFailed.of(HOST, f"{len(said)} thing(s) did not land: {shown}")


def _sentence(change: Change, changes: ChangeList) -> str:
    return change.describe(changes.timebase).rstrip(".")
