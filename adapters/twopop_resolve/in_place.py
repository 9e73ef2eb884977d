"""Changes in the open timeline: new tracks, switches, takes and markers, verified after saving.

Resolve's API moves nothing that is on a timeline and writes no gain, so the rest is refused beforehand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from twopop.errors import ChangeUnsupported, HostFailed, HostUnavailable, TwopopError
from twopop_actions.changes import AddMarker, AddTake, Change, ChangeList, PlaceClip, SetEnabled
from twopop_actions.host import Applied, HostCapabilities
from twopop_otio.apply import apply
from twopop_otio.tags import applied_ids
from twopop_otio.timeline import Document, read
from twopop_resolve.comparison import compare
from twopop_resolve.host import ResolveTimeline, failure, make_folder, save, split
from twopop_resolve.importable import spread_markers
from twopop_resolve.links import link_sounds
from twopop_resolve.live import HOST, bare, joined
from twopop_resolve.marks import add_marker
from twopop_resolve.naming import plain_path
from twopop_resolve.placing import Placing
from twopop_resolve.reading import Reading
from twopop_resolve.recall import untraced, without
from twopop_resolve.record import load_made
from twopop_resolve.seats import items_at, seats_by_change, seats_of
from twopop_resolve.takes import add_takes, check_takes
from twopop_resolve.taking_back import Scope, audio_tracks, check_taken_back, take_back

MOST_CHANGES = 400
"""How many changes are made at most: each takes a few calls, and some thousands stalled Resolve when measured."""

_UNTRACED = "from an earlier run cannot be told apart any more, so undo will not take it back; do it by hand"


class InPlaceHost(ResolveTimeline):
    """The open timeline, which is changed itself."""

    @property
    def capabilities(self) -> HostCapabilities:
        """What Resolve's API can do to a timeline."""
        return HostCapabilities(
            host="Resolve (in place)", sub_frame=False, takes=True, moving=False, gain_keys=False, disabling=True,
            channel_maps=False, markers=True, selection=self._knows_selection, in_place=True,
        )  # fmt: skip

    def apply(self, changes: ChangeList, only: Collection[str] = ()) -> Applied:
        """Makes the changes, saves the project and verifies them; all or none.

        Raises:
            OptionInvalid: An id of `only` is not in the list.
            ChangeUnsupported: Resolve's API cannot make one of them.
            TimelineMoved: A target changed since the list was made.
            OutputUnwritable: The work folder cannot be written to.
            HostFailed: Something did not land; what did was taken back.
        """
        changes = changes.only(only) if only else changes
        self.capabilities.check(changes.changes, changes.timebase)
        self.check_settled()
        before = self.take(self.session.timeline, self.name)
        new, present = split(changes, before.timeline.applied)
        if not new.changes:
            return Applied(self.name, (), present)
        self._check_able(new, before)
        expected = spread_markers(apply(before.document, new, before.dialect))
        self._check_saved()
        lost = self._untraced(before)
        notes = self._make(new, before, expected) + tuple(f"{said} {_UNTRACED} ({id_})." for id_, said in lost.items())
        return Applied(self.name, tuple(change.id for change in new.changes), present, notes)

    def undo(self) -> tuple[str, ...]:
        """Takes back what was done in place to the open timeline; what others did to it since stays.

        Raises:
            HostFailed: Something cannot be taken back, or is not found; the rest was taken back.
        """
        reading = self.take(self.session.timeline, self.name)
        made = load_made(self.kept(self.name))
        held = made.held if made else ()
        ids = tuple(change for change in dict.fromkeys(applied_ids(reading.document.root)) if change not in held)
        lost = {change: said for change, said in self._untraced(reading).items() if change not in held}
        if ids:
            self._check_saved()
            with self._ready():
                self._take_back(reading, Scope(frozenset(ids)), audio_tracks(reading))
        self._forget(ids, bool(lost))
        if lost:
            raise HostFailed.of(HOST, _lost_words(lost, len(ids)))
        return ids

    def _untraced(self, reading: Reading) -> dict[str, str]:
        known = self.known(self.name)
        lost = untraced(reading.document, read(known), reading.dialect) if known.exists() else {}
        return {change: said for change, said in lost.items() if change not in reading.timeline.applied}

    def _forget(self, ids: Collection[str], some_left: bool) -> None:
        """Keeps what is not taken back, so that a later undo knows it."""
        kept = self.kept(self.name)
        known = self.known(self.name) if some_left else kept
        if known.exists() and (ids or some_left):
            save(without(read(known), ids), kept)
        self.pending(self.name).unlink(missing_ok=True)

    def _check_able(self, new: ChangeList, before: Reading) -> None:
        """Raises when one of the changes cannot be made here, for what its clip or track is, or there are too many."""
        if len(new.changes) > MOST_CHANGES:
            limit = "thousands of single calls stall Resolve; conform to a new timeline, or apply a part of them."
            raise ChangeUnsupported.of(self.capabilities.host, f"{len(new.changes)} changes in place.", limit)
        for change in new.changes:
            if why := _barrier(change, before):
                raise ChangeUnsupported.of(self.capabilities.host, change.describe(new.timebase), why)

    def _check_saved(self) -> None:
        if not self.session.is_saved_project:
            problem = "the project was never saved, and what is done in place counts only after saving"
            raise HostFailed.of(HOST, f"{problem}; give it a name (File > Save Project) and try again")

    @contextmanager
    def _ready(self) -> Iterator[None]:
        with self.session.on_page("edit"), self.session.on_timeline(self.session.timeline):
            yield

    def _make(self, new: ChangeList, before: Reading, expected: Document) -> tuple[str, ...]:
        pending = self.pending(self.name)
        make_folder(pending.parent)
        with self._ready():
            save(expected, pending)  # so that undo finds all there is, should Resolve go away
            placing = Placing(self.session, self.session.timeline, before)
            try:
                notes = self._make_live(new, before, expected, placing)
            except HostUnavailable as problem:
                gone = "; what was done so far is taken back by `twopop resolve undo`"
                raise HostUnavailable(problem.message + gone, **problem.fields) from problem
            except TwopopError as problem:
                scope = _scope_of(new, before, placing.added)
                raise self._rolled_back(problem, scope, audio_tracks(before)) from problem
        self.keep(expected, self.name, new)
        pending.unlink()
        return notes

    def _make_live(
        self, new: ChangeList, before: Reading, expected: Document, placing: Placing
    ) -> tuple[str, ...]:  # fmt: skip
        timeline = self.session.timeline
        seats = seats_by_change(new.changes, before)
        takes = [(change, seats[change.id]) for change in new.changes if isinstance(change, AddTake)]
        touched = [change for change in new.changes if isinstance(change, SetEnabled | AddMarker)]
        items = items_at(timeline, (seats[change.id] for change in touched))
        for change in touched:
            if isinstance(change, SetEnabled):
                items[seats[change.id]].SetClipEnabled(change.enabled)
            else:
                add_marker(items[seats[change.id]], change)
        places = [change for change in new.changes if isinstance(change, PlaceClip)]
        placing.place(places)
        link_sounds(timeline, expected, [change.id for change in places], before.dialect)
        if takes:
            add_takes(self.session, timeline, takes)
        self.session.save()
        check_takes(timeline, takes)
        found = self.take(timeline, self.name)
        landing = compare(expected, found.document, before.dialect)
        if problem := failure(landing, new):
            raise problem
        return landing.notes

    def _rolled_back(self, problem: TwopopError, scope: Scope, tracks: int) -> TwopopError:
        """What to raise after everything was taken back, or as much as could be."""
        try:
            self._take_back(self.take(self.session.timeline, self.name), scope, tracks)
        except TwopopError as left:
            return HostFailed.of(HOST, joined(bare(problem), f"Not all of it could be taken back: {bare(left)}"))
        self.pending(self.name).unlink()
        return type(problem)(joined(problem.message, "What had been done was taken back"), **problem.fields)

    def _take_back(self, reading: Reading, scope: Scope, most_tracks: int) -> None:
        take_back(self.session.timeline, reading, scope)
        self.session.save()
        now = self.take(self.session.timeline, self.name)
        check_taken_back(self.session.timeline, now, scope, most_tracks)


def _lost_words(lost: Mapping[str, str], count: int) -> str:
    named = "; ".join(f"{said} ({change})" for change, said in sorted(lost.items()))
    start = f"{count} change(s) taken back, {len(lost)} not: the clip was moved or cut so that it cannot be told which"
    return f"{start} it is. Take back by hand, or move it to where it was and undo again: {named}"


def _barrier(change: Change, before: Reading) -> str | None:
    """Why a change cannot be made on what it names; None when it can."""
    if isinstance(change, PlaceClip):
        named = change.media.channels not in ((), (0,))
        return "a single channel of a file cannot be named; render it to a file of its own." if named else None
    if len(change.target.path) > 1:
        return "it lies inside a compound clip; open that one, or conform to a new timeline."
    track = next(track for track in before.timeline.tracks if track.index == change.target.track)
    return f"its track {track.name} is locked; unlock it." if track.locked else None


def _scope_of(new: ChangeList, before: Reading, added: Collection[int]) -> Scope:
    """What a failed attempt may have left."""
    media = (change.media.path for change in new.changes if isinstance(change, PlaceClip))
    return Scope(
        frozenset(change.id for change in new.changes),
        frozenset(plain_path(path) for path in media),
        frozenset(seat for _, seat in seats_of(before.document, before.dialect)),
        added,
    )
