"""The timeline that a file holds, or one of several."""

from __future__ import annotations

from pathlib import Path

from twopop.errors import OptionInvalid, TimelineUnreadable
from twopop_otio.timeline import Document, document_of, kind_of, load, name_of
from twopop_otio.times import Node


def open_timeline(path: Path, name: str | None = None) -> Document:
    """Reads an .otio file.

    Args:
        path: The file; it holds a timeline or a collection of them.
        name: Which of several; None: the only one.

    Returns:
        The timeline.

    Raises:
        TimelineUnreadable: Missing, not OTIO, or without a timeline.
        OptionInvalid: The file holds no timeline of that name, or several of which none was chosen.
    """
    root = load(path)
    if isinstance(root, dict) and str(root.get("OTIO_SCHEMA")).startswith("SerializableCollection."):
        return document_of(path, _chosen(path, root, name))
    document = document_of(path, root)
    if name is not None and name_of(document.root) != name:
        raise OptionInvalid.of("timeline", f"{path} holds the timeline {name_of(document.root)!r} only")
    return document


def _chosen(path: Path, collection: Node, name: str | None) -> Node:
    try:
        timelines = [child for child in collection.get("children") or () if kind_of(child) == "Timeline"]
    except (ValueError, TypeError) as problem:
        raise TimelineUnreadable.at(str(path), f"cannot be understood: {problem}") from problem
    if not timelines:
        raise TimelineUnreadable.at(str(path), "holds a collection without a timeline")
    found = timelines if name is None else [timeline for timeline in timelines if name_of(timeline) == name]
    if len(found) == 1:
        timeline: Node = found[0]
        return timeline
    names = ", ".join(repr(name_of(timeline)) for timeline in timelines)
    raise OptionInvalid.of("timeline", f"{path} holds {len(timelines)} timelines: {names}; name one of them")
