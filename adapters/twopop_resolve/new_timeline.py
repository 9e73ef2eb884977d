"""Conform to a new timeline: one export, one import; the timeline that is open is never touched."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from twopop.errors import HostFailed, OutputUnwritable, TwopopError
from twopop_actions.changes import AddTake, ChangeList
from twopop_actions.host import Applied, HostCapabilities
from twopop_otio.apply import apply
from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.timeline import Document
from twopop_resolve.api import TimelineApi
from twopop_resolve.comparison import compare
from twopop_resolve.connection import timeline_id
from twopop_resolve.host import ResolveTimeline, failure, make_folder, save, split
from twopop_resolve.importable import before_takes, importable, spread_markers
from twopop_resolve.live import HOST, bare, joined, required
from twopop_resolve.naming import free_name
from twopop_resolve.placeholders import fill
from twopop_resolve.reading import Reading
from twopop_resolve.record import Made, all_made, forget, save_made
from twopop_resolve.seats import seats_by_change
from twopop_resolve.takes import add_takes, check_takes

_GRADES = (
    "Colour grades do not travel to a new timeline; copy them with ColorTrace from {name}, or place in place instead."
)
_UNSAVED = "The project was never saved, so the new timeline is gone with it unless you save it."


@dataclass(frozen=True)
class _Made:
    """A new timeline in Resolve."""

    timeline: TimelineApi
    name: str
    id: str


class NewTimelineHost(ResolveTimeline):
    """The open timeline, and a new one that is made of it."""

    @property
    def capabilities(self) -> HostCapabilities:
        """All that Resolve's OTIO carries, and takes."""
        able = ResolveDialect.capabilities
        return replace(able, host="Resolve (new timeline)", takes=True, selection=self._knows_selection)

    def apply(self, changes: ChangeList, only: Collection[str] = ()) -> Applied:
        """Makes a new timeline with the changes, verifies it and leaves it open.

        Raises:
            OptionInvalid: An id of `only` is not in the list.
            ChangeUnsupported: Resolve's OTIO cannot say one of them.
            TimelineMoved: A target changed since the list was made.
            OutputUnwritable: The work folder cannot be written to.
            HostFailed: Something did not land; the new timeline is deleted again.
        """
        changes = changes.only(only) if only else changes
        self.capabilities.check(changes.changes, changes.timebase)
        self.check_settled()
        source = self.take(self.session.timeline, self.name)
        new, present = split(changes, source.timeline.applied)
        if not new.changes:
            return Applied(self.name, (), present, ("There was nothing left to change, so no timeline was made.",))
        wanted = before_takes(apply(source.document, new, source.dialect), new)
        filled = fill(spread_markers(wanted), self.work_folder / "stand-ins", source.dialect)
        made = self._import(filled.document)
        try:
            notes = self._settle(made, filled.document, new, source)
        except TwopopError as problem:
            raise self._without(made, problem) from problem
        grades = _GRADES.format(name=self.name)
        unsaved = () if self.session.is_saved_project else (_UNSAVED,)
        ids = tuple(change.id for change in new.changes)
        return Applied(made.name, ids, present, (*filled.notes, *notes, *unsaved, grades))

    def undo(self) -> tuple[str, ...]:
        """Deletes the timeline that was made, when it is as it was, and opens the one that it was made from.

        Raises:
            HostFailed: It was worked on since, its original is gone, or it is not deleted.
            ChangesUnreadable: What is kept of it is damaged.
        """
        there = self.session.timelines()
        made = self._made_of(there)
        if made is None:
            return ()
        if self.take(there[made.id], made.name).digest != made.digest:
            problem = f"{made.name} was worked on since it was made, so it is left alone; delete it by hand"
            raise HostFailed.of(HOST, problem)
        if made.original_id not in there:
            raise HostFailed.of(HOST, f"{made.original}, of which {made.name} was made, is gone; delete it by hand")
        self._delete(_Made(there[made.id], made.name, made.id), there[made.original_id])
        forget(self.kept(made.name))
        return made.changes

    def _made_of(self, there: Collection[str]) -> Made | None:
        """The open timeline, when it was made here, else the latest that was made of it and is there."""
        own = timeline_id(self.session.timeline)
        found = [made for made in all_made(self.work_folder) if made.id in there]
        return next((made for made in found if own in (made.id, made.original_id)), None)

    def _import(self, document: Document) -> _Made:
        before = self.session.timelines()
        name = free_name(self.name, [timeline.GetName() or "" for timeline in before.values()])
        path = self.work_folder / "import.otio"
        make_folder(path.parent)
        save(importable(document), path)
        options = {"timelineName": name, "importSourceClips": True}
        self.session.pool.ImportTimelineFromFile(str(path), options)
        new = [one for key, one in self.session.timelines().items() if key not in before]
        if len(new) != 1:
            problem = f"it made no timeline of {path} and says no reason; can File > Import > Timeline read that file?"
            raise HostFailed.of(HOST, problem)
        return _Made(new[0], str(required(new[0].GetName(), "the new timeline's name")), timeline_id(new[0]))

    def _settle(self, made: _Made, expected: Document, new: ChangeList, source: Reading) -> tuple[str, ...]:
        """Adds takes, saves, verifies, and keeps what is known of the new timeline; what Resolve did not keep."""
        self.session.open_timeline(made.timeline)
        seats = seats_by_change(new.changes, source)
        takes = [(change, seats[change.id]) for change in new.changes if isinstance(change, AddTake)]
        if takes:
            add_takes(self.session, made.timeline, takes)
        if self.session.is_saved_project:
            self.session.save()
        check_takes(made.timeline, takes)
        found = self.take(made.timeline, made.name)
        landing = compare(expected, found.document, source.dialect)
        if problem := failure(landing, new):
            raise problem
        ids = tuple(change.id for change in new.changes)
        self.keep(expected, made.name, new)
        held = tuple(sorted({*source.timeline.applied, *ids}))
        original = timeline_id(self.session.timeline)
        save_made(Made(made.name, made.id, found.digest, self.name, original, ids, held), self.kept(made.name))
        return landing.notes

    def _without(self, made: _Made, problem: TwopopError) -> TwopopError:
        """What to raise after a new timeline was deleted again."""
        try:
            self._delete(made, self.session.timeline)
            forget(self.kept(made.name))
        except TwopopError as left:
            return HostFailed.of(
                HOST, joined(bare(problem), f"The unfinished {made.name} is still there: {bare(left)}")
            )
        if isinstance(problem, HostFailed | OutputUnwritable):
            by_hand = f"{self.work_folder / 'import.otio'} can be imported by hand, for what it is worth"
            gone = f"The unfinished {made.name} was deleted again; {by_hand}"
            return type(problem)(joined(problem.message, gone), **problem.fields)
        return problem

    def _delete(self, made: _Made, original: TimelineApi) -> None:
        self.session.open_timeline(original)
        self.session.pool.DeleteTimelines([made.timeline])
        if made.id in self.session.timelines():
            raise HostFailed.of(HOST, f"{made.name} cannot be deleted; delete it by hand")
        if self.session.is_saved_project:
            self.session.save()
