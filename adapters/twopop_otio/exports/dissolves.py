"""Transitions of a track as dissolves between events, each with the media that it needs or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from twopop_actions.timeline import Timebase
from twopop_otio.exports.cut import Dissolve, Event
from twopop_otio.exports.losses import Ledger
from twopop_otio.layout import Placement
from twopop_otio.timeline import kind_of, name_of
from twopop_otio.times import Node, seconds

_PLAIN = ("smpte_dissolve", "dissolve", "cross dissolve", "cross_dissolve", "")


@dataclass(frozen=True)
class Placed:
    """What lies on a lane.

    Attributes:
        events: By time.
        index: Which event an item of the track became.
        starts: Record time of each item of the track, in seconds.
    """

    events: Sequence[Event]
    index: Mapping[int, int]
    starts: Sequence[Fraction]


def dissolves_of(track: Node, placed: Placed, timebase: Timebase, ledger: Ledger) -> tuple[Dissolve, ...]:
    """The dissolves of a top-level track; what cannot be one is noted as a loss."""
    kept: list[Dissolve] = []
    for dissolve in _candidates(track, placed):
        where = f"{dissolve.name or 'transition'} at {timebase.timecode(dissolve.cut)}"
        problem = _problem(dissolve, kept, placed)
        if problem:
            ledger.add("dissolve_dropped", f"{where}: {problem}")
            continue
        kept.append(dissolve)
    return tuple(kept)


def note_kinds(track: Node, ledger: Ledger) -> None:
    """Notes the transitions that are no dissolves."""
    for child in track.get("children") or ():
        kind = str(child.get("transition_type") or "")
        if kind_of(child) == "Transition" and kind.lower() not in _PLAIN:
            ledger.add("dissolve_kind", f"{name_of(child) or kind} is a {kind}")


def note_nested(track: Node, placed: Sequence[Placement], timebase: Timebase, ledger: Ledger) -> None:
    """Notes the transitions inside nested sequences whose cut shows: laid out flat, they are nothing but the cut."""
    for paths, transition in _nested(track, ()):
        sides = [[p for p in placed if p.shown and p.path[: len(beside)] == beside] for beside in paths]
        if sides and all(sides):
            at = max(min(p.record_start for p in side) for side in sides)
            ledger.add("dissolve_nested", f"{name_of(transition) or 'transition'} at {timebase.timecode(at)}")


def _nested(item: Node, path: tuple[int, ...]) -> Iterator[tuple[list[tuple[int, ...]], Node]]:
    """Transitions below a track's own, each with the paths of what lies beside it; gaps are nothing."""
    children = item.get("children") or ()
    for index, child in enumerate(children):
        if kind_of(child) == "Transition" and path:
            beside = [number for number in (index - 1, index + 1) if 0 <= number < len(children)]
            yield [(*path, number) for number in beside if kind_of(children[number]) != "Gap"], child
        yield from _nested(child, (*path, index))


def _candidates(track: Node, placed: Placed) -> Iterator[Dissolve]:
    for index, child in enumerate(track.get("children") or ()):
        if kind_of(child) == "Transition":
            left, right = placed.index.get(index - 1), placed.index.get(index + 1)
            before, after = seconds(child["in_offset"]), seconds(child["out_offset"])
            yield Dissolve(placed.starts[index], before, after, left, right, name_of(child))


def _problem(dissolve: Dissolve, kept: Sequence[Dissolve], placed: Placed) -> str | None:
    """Why a dissolve cannot be played, in a few words."""
    left = placed.events[dissolve.left] if dissolve.left is not None else None
    right = placed.events[dissolve.right] if dissolve.right is not None else None
    if left is None and right is None:
        return "no clip lies beside it"
    if dissolve.before < 0 or dissolve.after < 0 or dissolve.start == dissolve.end:
        return "it has no length"
    if dissolve.start < 0:
        return "it begins before the timeline does"
    if (left and left.record_end != dissolve.cut) or (right and right.record_start != dissolve.cut):
        return "the clips beside it do not meet there"
    floor = max(left.record_start if left else Fraction(0), kept[-1].end if kept else Fraction(0))
    if dissolve.start < floor or (right and dissolve.end > right.record_end):
        return "it is longer than the clips beside it"
    return (left and _tail_problem(left, dissolve.after)) or (right and _head_problem(right, dissolve.before)) or None


def _head_problem(event: Event, reach: Fraction) -> str | None:
    if event.media.is_still:
        return None
    before = event.source_start if event.speed > 0 else _behind(event)
    short = before is not None and before < reach * abs(event.speed)
    return f"{event.name} has too little media before the cut" if short else None


def _tail_problem(event: Event, reach: Fraction) -> str | None:
    if event.media.is_still:
        return None
    behind = _behind(event) if event.speed > 0 else event.source_start
    short = behind is not None and behind < reach * abs(event.speed)
    return f"{event.name} has too little media behind the cut" if short else None


def _behind(event: Event) -> Fraction | None:
    """Media behind what an event uses, in seconds; None when its length is not known."""
    return None if event.media.duration is None else event.media.duration - event.source_end
