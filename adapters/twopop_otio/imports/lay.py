"""Laying pieces on tracks: gaps between them, dissolves at their cuts, and a further track where two overlap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from twopop_otio.imports import nodes
from twopop_otio.lanes import gap_node
from twopop_otio.times import Node


@dataclass(frozen=True)
class Piece:
    """An item and where it lies.

    Attributes:
        start: Record time, in seconds.
        duration: In seconds, greater than zero.
        node: The OTIO object.
    """

    start: Fraction
    duration: Fraction
    node: Node

    @property
    def end(self) -> Fraction:
        """Record time, in seconds."""
        return self.start + self.duration


@dataclass(frozen=True)
class Dissolve:
    """A transition at a cut.

    Attributes:
        at: Record time of the cut, in seconds.
        before: How long before the cut it begins, in seconds.
        behind: How long behind the cut it ends, in seconds.
        name: Its name.
    """

    at: Fraction
    before: Fraction
    behind: Fraction
    name: str = ""


def spread(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces by track so that none overlap: each goes on the first track that is free where it begins."""
    tracks: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.start):
        free = next((track for track in tracks if track[-1].end <= piece.start), None)
        if free is None:
            tracks.append([piece])
        else:
            free.append(piece)
    return tracks


def children(pieces: Iterable[Piece], rate: Fraction, dissolves: Iterable[Dissolve] = ()) -> list[Node]:
    """A track's items.

    Args:
        pieces: None overlaps another.
        rate: The timeline's frames per second.
        dissolves: Those at a cut of these pieces; others are left out.
    """
    waiting = {dissolve.at: dissolve for dissolve in dissolves}
    items: list[Node] = []
    position = Fraction(0)

    def cut() -> None:
        if at_cut := waiting.pop(position, None):
            items.append(nodes.transition(at_cut.before, at_cut.behind, rate, at_cut.name))

    for piece in sorted(pieces, key=lambda piece: piece.start):
        if piece.start > position:
            cut()
            items.append(gap_node(nodes.moment(piece.start - position, rate)))
            position = piece.start
        cut()
        items.append(piece.node)
        position = piece.end
    cut()
    return items
