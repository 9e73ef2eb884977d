"""Applying a change list: every target is checked first, then all is done on a copy, or nothing."""

from __future__ import annotations

from dataclasses import replace

from twopop.errors import TimelineMoved
from twopop_actions.changes import ChangeList, PlaceClip
from twopop_actions.timeline import Target
from twopop_otio.dialects import Dialect
from twopop_otio.edits import make
from twopop_otio.lanes import place
from twopop_otio.layout import Placement, placements
from twopop_otio.snapshot import plain
from twopop_otio.tags import applied_ids, copy_of, digest_of, drop_markers
from twopop_otio.timeline import Document
from twopop_otio.times import Node


def apply(document: Document, changes: ChangeList, dialect: Dialect) -> Document:
    """The document with the changes made; those that are in it already are left out.

    Args:
        document: What the changes were planned on, or a version of it in which their targets still stand.
        changes: What to do.
        dialect: The timeline's dialect.

    Returns:
        A new document; the given one is untouched.

    Raises:
        TimelineMoved: A target is gone, was moved or changed.
        OptionInvalid: A target cannot take its change.
    """
    document = replace(document, root=copy_of(document.root))
    present = frozenset(applied_ids(document.root))
    wanted = [change for change in changes.changes if change.id not in present]
    clips = {(p.track, p.path): p for p in placements(document.tracks, dialect.record_duration)}
    targets = [_resolve(change.target, clips, dialect) for change in wanted]
    for change, clip in zip(wanted, targets, strict=True):
        if isinstance(change, PlaceClip):
            drop_markers(clip, change.clip)  # a refusal of an earlier run, answered now
    for change, clip in zip(wanted, targets, strict=True):
        if not isinstance(change, PlaceClip):
            make(clip, change, dialect)
    place(document.tracks, (change for change in wanted if isinstance(change, PlaceClip)), dialect)
    return document


def _resolve(target: Target, clips: dict[tuple[int, tuple[int, ...]], Placement], dialect: Dialect) -> Node:
    """The object that a target names.

    Raises:
        TimelineMoved: It is not what it was.
    """
    found = clips.get((target.track, target.path))
    place_found = found and (found.record_start, found.record_duration)
    if (
        found is None
        or place_found != (target.record_start, target.record_duration)
        or digest_of(plain(found.node, dialect)) != target.digest
    ):
        raise TimelineMoved.at(str(target))
    return found.node
