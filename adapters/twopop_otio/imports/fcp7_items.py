"""Where the items of an FCP7 track lie, also those whose edges are written as -1 because a transition covers them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from twopop_otio.imports.fcp7_file import number
from twopop_otio.imports.markup import Element, text_of

_ITEMS = ("clipitem", "generatoritem")
_UNDER_TRANSITION = -1


@dataclass(frozen=True)
class Place:
    """One item of a track.

    Attributes:
        element: The clipitem or generatoritem.
        start: Record time, in seconds.
        duration: In seconds.
        lead: How far its in point lies before its visible beginning, in seconds.
    """

    element: Element
    start: Fraction
    duration: Fraction
    lead: Fraction


def places(track: Element, rate: Fraction) -> Iterator[Place]:
    """The items of a track.

    Args:
        track: The <track>.
        rate: The sequence's frames per second.

    Raises:
        ValueError: An edge lies under a transition that is not there; the message names the clip.
    """
    items = [child for child in track if child.tag in (*_ITEMS, "transitionitem")]
    for index, item in enumerate(items):
        if item.tag == "transitionitem":
            continue
        name = text_of(item, "name")
        start, end = (number(text_of(item, tag), f"the {tag} of the clip {name!r}") for tag in ("start", "end"))
        lead = Fraction(0)
        if start == _UNDER_TRANSITION:
            before = _transition(items, index - 1, name)
            start = _cut(before)
            lead = start - _edge(before, "start")
        if end == _UNDER_TRANSITION:
            end = _cut(_transition(items, index + 1, name))
        yield Place(item, start / rate, (end - start) / rate, lead / rate)


def _transition(items: list[Element], index: int, name: str) -> Element:
    found = items[index] if 0 <= index < len(items) else None
    if found is None or found.tag != "transitionitem":
        raise ValueError(f"the clip {name!r} ends under a transition (-1), but no transition lies beside it")
    return found


def _cut(transition: Element) -> Fraction:
    """The frame at which a transition changes from one clip to the next."""
    start, end = _edge(transition, "start"), _edge(transition, "end")
    alignment = text_of(transition, "alignment").split("-")[0]
    return {"start": start, "end": end}.get(alignment, Fraction((start + end) // 2))


def _edge(transition: Element, tag: str) -> Fraction:
    return number(text_of(transition, tag), f"a transition's {tag}")
