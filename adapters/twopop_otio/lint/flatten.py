"""A nested sequence in the place of which its clips are put: the first layer into its track, others onto new tracks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from twopop_actions.timeline import TrackKind
from twopop_otio.dialects.multicam import active_angle
from twopop_otio.lanes import gap_node
from twopop_otio.layout import active_media, length, speed_of, track_kind
from twopop_otio.lint.cut import Cut, Item, is_unmeasured
from twopop_otio.tags import copy_of
from twopop_otio.timeline import kind_of, name_of
from twopop_otio.times import Node, rate_of, rational_time, span, time_range

_Window = tuple[Fraction, Fraction]
"""Start and end of what a sequence shows, in its own time."""

_Part = tuple[Node, Fraction, Fraction, Fraction]
"""An item that shows, its length, and what is cut off before and behind."""


@dataclass(frozen=True)
class _Layer:
    """One track of a nested sequence that plays.

    Attributes:
        node: The track, or the composition that stands for one.
        children: Its items.
        kind: What it carries.
    """

    node: Node
    children: list[Node]
    kind: TrackKind | None


def is_simple(cut: Cut, item: Item) -> bool:
    """Whether a nested sequence can be replaced by its clips and show the same.

    It can where it plays at normal speed, has no effects of its own, holds no transitions and has none beside it, and
    where its edges cut no retimed clip.
    """
    layers = _layers(item)
    if item.is_beside_transition:
        return False
    if item.node.get("effects") or any(_is_special(layer.node) for layer in layers if layer.node is not item.node):
        return False
    children = [child for layer in layers for child in layer.children]
    if any(kind_of(child) not in ("Clip", "Gap", "Stack", "Track") for child in children) or is_unmeasured(item.node):
        return False
    window = _window(item)
    return all(_is_whole_or_plain(part) for layer in layers for part in _parts(cut, layer, window))


def flattened(cut: Cut, item: Item) -> None:
    """Puts the clips of a nested sequence into its place; its own markers go."""
    window = _window(item)
    layers = [(layer.kind, _trimmed(cut, layer, window)) for layer in _layers(item)]
    if item.node.get("enabled", True) is False:
        for node in (node for _, nodes in layers for node in nodes):
            node["enabled"] = False
    own = [nodes for kind, nodes in layers if kind == item.kind]
    others = [nodes for kind, nodes in layers if kind != item.kind]
    index = next(i for i, node in enumerate(item.siblings) if node is item.node)
    item.siblings[index : index + 1] = own[0] if own else [_gap(cut, item.record_duration)]
    tracks = cut.document.tracks
    at = next(i for i, track in enumerate(tracks) if track is item.track) + 1
    tracks[at:at] = [
        _track_beside(item, item.kind, number, [*_lead(cut, item), *nodes]) for number, nodes in enumerate(own[1:], 2)
    ]
    tracks += [
        _track_beside(item, "audio", number, [*_lead(cut, item), *nodes]) for number, nodes in enumerate(others, 1)
    ]


def _layers(item: Item) -> list[_Layer]:
    """What plays, lowest first; the picture of a sequence on an audio track does not."""
    if kind_of(item.node) == "Track":
        return [_Layer(item.node, item.node.get("children") or [], item.kind)]
    angle = active_angle(item.node)
    children = [child for child in item.node.get("children") or () if child.get("enabled", True) is not False]
    playing = [child for child in children if angle in (None, child.get("name"))]
    layers = [
        _Layer(child, child.get("children") or [], track_kind(child))
        if kind_of(child) == "Track"
        else _Layer(child, [child], item.kind)
        for child in playing
    ]
    return [layer for layer in layers if layer.kind == item.kind or (layer.kind, item.kind) == ("audio", "video")]


def _is_special(layer: Node) -> bool:
    """Whether a track does more than to hold items."""
    return kind_of(layer) == "Track" and bool(layer.get("effects") or layer.get("source_range"))


def _window(item: Item) -> _Window:
    source = item.source
    return (source[0], source[0] + source[1]) if source else (Fraction(0), item.record_duration)


def _parts(cut: Cut, layer: _Layer, window: _Window) -> Iterator[_Part]:
    """What shows of a layer."""
    position = Fraction(0)
    first, last = window
    for child in layer.children:
        whole = length(child, cut.written.record_duration)
        low, high = max(position, first), min(position + whole, last)
        if high > low:
            yield child, whole, low - position, position + whole - high
        position += whole


def _is_whole_or_plain(part: _Part) -> bool:
    child, _, before, behind = part
    return before == behind == 0 or speed_of(child) == 1


def _trimmed(cut: Cut, layer: _Layer, window: _Window) -> list[Node]:
    shown: list[Node] = []
    filled = Fraction(0)
    for child, whole, before, behind in _parts(cut, layer, window):
        node = copy_of(child)
        if before or behind:
            node["source_range"] = _cut_range(cut, node, whole, before, behind)
        shown.append(node)
        filled += whole - before - behind
    rest = window[1] - window[0] - filled
    return [*shown, _gap(cut, rest)] if rest > 0 else shown


def _cut_range(cut: Cut, node: Node, whole: Fraction, before: Fraction, behind: Fraction) -> Node:
    used = node.get("source_range") or _reference(node).get("available_range")
    if used is None:
        start, at = Fraction(0), cut.editor.rate
    else:
        start, at = span(used)[0], rate_of(used["duration"])
    return time_range(rational_time(start + before, at), rational_time(whole - before - behind, at))


def _reference(node: Node) -> Node:
    return (active_media(node) if kind_of(node) == "Clip" else None) or {}


def _lead(cut: Cut, item: Item) -> list[Node]:
    return [_gap(cut, item.record_start)] if item.record_start else []


def _gap(cut: Cut, duration: Fraction) -> Node:
    return gap_node(rational_time(duration, cut.editor.rate))


def _track_beside(item: Item, kind: TrackKind | None, number: int, children: list[Node]) -> Node:
    """A new track like the one that the sequence lies on."""
    like = {key: value for key, value in item.track.items() if key not in ("children", "markers", "source_range")}
    name = f"{name_of(item.node) or name_of(item.track)} {kind} {number}"
    metadata = like.get("metadata") if kind == item.kind else {}
    written = {"name": name, "kind": (kind or "video").title(), "metadata": metadata, "source_range": None}
    return {**copy_of(like), **copy_of(written), "markers": [], "children": children}
