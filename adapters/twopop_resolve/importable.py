"""A document in the one shape that Resolve imports; of anything else it makes nothing, and says nothing.

Measured: each clip with one media reference, a bare path, and nothing in it that Resolve does not know.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from twopop_actions.changes import AddTake, ChangeList
from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.layout import active_media, placements
from twopop_otio.tags import KEY, copy_of, is_ours, tag_of
from twopop_otio.timeline import Document
from twopop_otio.times import Node

_DEFAULT_KEY = "DEFAULT_MEDIA"


def spread_markers(document: Document, dialect: ResolveDialect) -> Document:
    """Moves our markers to free frames of their clips: Resolve holds one marker a frame, and drops the others."""
    document = replace(document, root=copy_of(document.root))
    for placement in placements(document.tracks, dialect.record_duration):
        markers = placement.node.get("markers") or []
        taken = {_frame(marker) for marker in markers if not is_ours(marker)}
        for marker in markers:
            while is_ours(marker) and _frame(marker) in taken:
                marker["marked_range"]["start_time"]["value"] += 1.0
            taken.add(_frame(marker))
    return document


def before_takes(document: Document, changes: ChangeList) -> Document:
    """A document in which the clips that get takes play what they played: takes are added to live items."""
    document = replace(document, root=copy_of(document.root))
    takes = {change.id for change in changes.changes if isinstance(change, AddTake)}
    for clip in _nodes(document.root):
        notes = tag_of(clip).get("changes") if isinstance(clip.get("metadata"), dict) else None
        for change, note in (notes or {}).items():
            if change in takes:
                clip["active_media_reference_key"] = note["was"]["active"]
                clip["source_range"] = note["was"]["source_range"]
    return document


def importable(document: Document, dialect: ResolveDialect) -> Document:
    """What is handed to Resolve: without our tags, each clip with the media that it plays and no other."""
    document = replace(document, root=copy_of(document.root))
    for placement in placements(document.tracks, dialect.record_duration):
        clip, media = placement.node, active_media(placement.node)
        if media is not None:
            clip["media_references"] = {_DEFAULT_KEY: media}
            clip["active_media_reference_key"] = _DEFAULT_KEY
    for node in _nodes(document.root):
        metadata = node.get("metadata")
        if isinstance(metadata, dict):
            metadata.pop(KEY, None)
    return document


def _nodes(node: object) -> Iterator[Node]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(value)


def _frame(marker: Node) -> int:
    value: float = marker["marked_range"]["start_time"]["value"]
    return math.floor(value)
