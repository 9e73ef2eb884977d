"""The lanes of FCPXML as tracks: what lies on a lane may overlap, what lies on a track may not."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from twopop_otio.imports import lay, nodes
from twopop_otio.times import Node

Pieces = dict[tuple[str, int], list[lay.Piece]]
"""By kind ("Video", "Audio") and lane."""

Dissolves = dict[int, list[lay.Dissolve]]
"""By lane."""


def tracks(pieces: Pieces, dissolves: Dissolves, rate: Fraction) -> list[Node]:
    """One or more tracks for each lane: pictures from the lowest lane up, then sound from the main story line out."""
    order = sorted(pieces, key=lambda key: (key[0] != "Video", key[1] if key[0] == "Video" else abs(key[1]), key[1]))
    found: list[Node] = []
    for kind, lane in order:
        for children in _laid(pieces[kind, lane], dissolves.get(lane, []), rate):
            number = sum(track["kind"] == kind for track in found) + 1
            found.append(nodes.track(f"{kind[0]}{number}", kind, children))
    return found


def _laid(pieces: list[lay.Piece], dissolves: list[lay.Dissolve], rate: Fraction) -> Iterator[list[Node]]:
    for track in lay.spread(pieces):
        edges = {edge for piece in track for edge in (piece.start, piece.end)}
        yield lay.children(track, rate, [cut for cut in dissolves if cut.at in edges])
