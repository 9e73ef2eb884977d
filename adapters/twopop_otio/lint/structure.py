"""Rules about how items stand together: nested sequences, empty items, transitions, what is switched off."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from twopop_otio.lanes import gap_node
from twopop_otio.lint.cut import Cut, Item, is_of_unknown_length
from twopop_otio.lint.flatten import flattened, is_simple
from twopop_otio.lint.rule import Hit
from twopop_otio.timeline import kind_of
from twopop_otio.times import Node, rational_time, seconds


def nested(cut: Cut) -> Iterator[Hit]:
    """Nested sequences, compound and multicam clips."""
    for item in cut.items:
        if item.schema in ("Stack", "Track") and not item.nested:
            mend = partial(flattened, cut, item) if is_simple(cut, item) else None
            yield Hit(f"It is a nested sequence ({item.schema}) of {_count(item.node)} items.", item, mend)


def _count(holder: Node) -> int:
    return sum(1 + _count(child) for child in holder.get("children") or ())


def empty_items(cut: Cut) -> Iterator[Hit]:
    """Items of no length."""
    for item in cut.items:
        if item.schema in ("Clip", "Gap") and item.record_duration == 0 and not is_of_unknown_length(item.node):
            yield Hit("It has no length.", item, None if item.is_beside_transition else item.remove)


def transitions(cut: Cut) -> Iterator[Hit]:
    """Transitions, for editors that know no or only one kind of them."""
    for item in cut.items:
        if item.schema == "Transition":
            kind = item.node.get("transition_type") or "unknown"
            yield Hit(f"A transition ({kind}) is not taken over as it is.", item)


def long_transitions(cut: Cut) -> Iterator[Hit]:
    """Transitions that are longer than the clips beside them, or than what is left of their media."""
    lengths = {id(item.node): item for item in cut.items}
    for item in cut.items:
        if item.schema != "Transition":
            continue
        before, behind = (lengths[id(node)] if node is not None else None for node in item.neighbours())
        reach_in, reach_out = seconds(item.node["in_offset"]), seconds(item.node["out_offset"])
        if any(clip and clip.record_duration < reach for clip, reach in ((before, reach_in), (behind, reach_out))):
            yield Hit("It is longer than a clip beside it.", item)
        elif _tail(before) < reach_out or _head(behind) < reach_in:
            yield Hit("It needs more media than the clips beside it have left beyond the cut.", item)


def _tail(item: Item | None) -> Fraction:
    """What is left of a clip's media behind it, in seconds of the timeline; much where nobody knows."""
    known = _known(item)
    return (known[1] - known[0]) if known else Fraction(10**9)


def _head(item: Item | None) -> Fraction:
    known = _known(item)
    return known[2] if known else Fraction(10**9)


def _known(item: Item | None) -> tuple[Fraction, Fraction, Fraction] | None:
    """End of use, end of media, and what is left before; None for stills, retimes and what is not told."""
    if item is None or item.speed != 1 or item.source is None or item.available is None or item.is_still:
        return None
    used, whole = item.source, item.available
    return used[0] + used[1], whole[0] + whole[1], used[0] - whole[0]


def switched_off_clips(cut: Cut) -> Iterator[Hit]:
    """Clips that are switched off."""
    for item in cut.items:
        if item.schema in ("Clip", "Stack", "Track") and item.node.get("enabled", True) is False:
            yield Hit("It is switched off and would play.", item, partial(_blank, item, cut))


def switched_off_tracks(cut: Cut) -> Iterator[Hit]:
    """Tracks that are switched off."""
    for track in cut.tracks:
        if track.get("enabled", True) is False:
            yield Hit("It is switched off and would play.", track, partial(_drop, cut.document.tracks, track))


def _blank(item: Item, cut: Cut) -> None:
    item.replace(gap_node(rational_time(item.record_duration, cut.editor.rate)))


def _drop(tracks: list[Node], track: Node) -> None:
    tracks[:] = [other for other in tracks if other is not track]


def transitions_beside_gaps(cut: Cut) -> Iterator[Hit]:
    """Transitions with nothing to play on either side."""
    for item in cut.items:
        if item.schema == "Transition":
            beside = [node for node in item.neighbours() if node is not None and kind_of(node) != "Gap"]
            if not beside:
                yield Hit("No clip stands beside it.", item, item.remove)
