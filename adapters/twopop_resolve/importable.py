"""A document in the one shape that Resolve imports; of anything else it makes nothing, and says nothing.

Measured: each clip with one media reference, a bare path, and nothing in it that Resolve does not know.
"""

from __future__ import annotations

import math
from dataclasses import replace

from twopop_actions.changes import AddTake, ChangeList
from twopop_otio.layout import active_media
from twopop_otio.tags import KEY, copy_of, is_ours, tag_of
from twopop_otio.timeline import Document
from twopop_otio.times import Node
from twopop_resolve.recall import items_below

_DEFAULT_KEY = "DEFAULT_MEDIA"


def spread_markers(document: Document) -> Document:
    """Moves our markers to free frames of their clips: Resolve holds one marker a frame, and drops the others."""
    document = replace(document, root=copy_of(document.root))
    for item in items_below(document.root):
        markers = item.get("markers") or []
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
    for clip in items_below(document.root):
        notes = tag_of(clip).get("changes") if isinstance(clip.get("metadata"), dict) else None
        for change, note in (notes or {}).items():
            if change in takes:
                clip["active_media_reference_key"] = note["was"]["active"]
                clip["source_range"] = note["was"]["source_range"]
    return document


def importable(document: Document) -> Document:
    """What is handed to Resolve: without our tags, each clip with the media that it plays and no other."""
    document = replace(document, root=copy_of(document.root))
    for item in items_below(document.root):
        media = active_media(item)
        if media is not None:
            item["media_references"] = {_DEFAULT_KEY: media}
            item["active_media_reference_key"] = _DEFAULT_KEY
        for node in (item, *(item.get("markers") or ())):
            (node.get("metadata") or {}).pop(KEY, None)
    return document


def _frame(marker: Node) -> int:
    value: float = marker["marked_range"]["start_time"]["value"]
    return math.floor(value)
