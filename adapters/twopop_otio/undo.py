"""Undo: the timeline as it was before we touched it, with everything that others did to it since.

What we did is told by our tags in the file. An editor that drops unknown metadata (Resolve does) takes the tags with
it; then the change list that was applied tells where to look.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from twopop_actions.changes import AddMarker, Change, ChangeList, PlaceClip, SetEnabled, SetGainKeys
from twopop_otio.dialects import Dialect
from twopop_otio.edits import take_back
from twopop_otio.lanes import remove
from twopop_otio.layout import Placement, active_media, placements
from twopop_otio.tags import applied_ids, copy_of, is_ours
from twopop_otio.timeline import Document, name_of
from twopop_otio.times import Node
from twopop_otio.urls import locate

_NEAR_S = Fraction(1, 1000)  # an editor may round a record time


def undo(document: Document, changes: ChangeList | None, dialect: Dialect) -> tuple[Document, tuple[str, ...]]:
    """Takes back what we did to a timeline.

    Args:
        document: A timeline that changes were applied to.
        changes: Those changes; None when their file is gone.
        dialect: The timeline's dialect.

    Returns:
        A new document, and the ids of what was taken back.
    """
    document = replace(document, root=copy_of(document.root))
    undone = list(dict.fromkeys(applied_ids(document.root)))
    for placement in list(placements(document.tracks, dialect.record_duration)):
        take_back(placement.node, dialect)
    remove(document.tracks, is_ours, dialect)
    lost = [change for change in changes.changes if change.id not in undone] if changes else []
    return document, (*undone, *_undo_untagged(document, lost, dialect))


def _undo_untagged(document: Document, changes: list[Change], dialect: Dialect) -> list[str]:
    """Takes back changes whose tags are gone; the ids of those that were found."""
    if not changes:
        return []
    clips = list(placements(document.tracks, dialect.record_duration))
    undone, placed = [], []
    for change in reversed(changes):
        if isinstance(change, PlaceClip):
            found = [clip.node for clip in clips if _is_placed(clip, change, document.path.parent, dialect)]
            placed += found
        else:
            found = [c.node for c in clips if _is_target(c, change) and _reverse(c.node, change, dialect)]
        undone += [change.id] if found else []
    remove(document.tracks, lambda node: any(node is clip for clip in placed), dialect)
    return undone


def _is_placed(clip: Placement, change: PlaceClip, folder: Path, dialect: Dialect) -> bool:
    path = locate(dialect.media_path(active_media(clip.node) or {}), folder).path
    return clip.kind == "audio" and path == change.media.path and _lies_at(clip, change.record_start)


def _is_target(clip: Placement, change: Change) -> bool:
    return _lies_at(clip, change.target.record_start) and name_of(clip.node) == change.target.name


def _lies_at(clip: Placement, record_start: Fraction) -> bool:
    return abs(clip.record_start - record_start) < _NEAR_S


def _reverse(clip: Node, change: Change, dialect: Dialect) -> bool:
    """Takes one change back by what it says; whether there was anything to take back."""
    if isinstance(change, AddMarker):
        markers = clip.get("markers") or []
        kept = [marker for marker in markers if marker.get("name") != change.name]
        gone = len(kept) < len(markers)
        markers[:] = kept
        return gone
    if isinstance(change, SetEnabled) and clip.get("enabled", True) == change.enabled:
        clip["enabled"] = not change.enabled
        return True
    if isinstance(change, SetGainKeys):
        return dialect.restore_gain(clip, change.was, dialect.gain_block(change.keys))
    return False
