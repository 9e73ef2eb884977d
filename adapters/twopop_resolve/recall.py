"""Our tags, put back on a fresh export.

Resolve drops the metadata of others, so a timeline is kept as it was applied, and its tags are laid on what Resolve
exports now: on the clips that are the same, on markers of the same name, on tracks of the same name. What the user
removed since is not there to be tagged.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from twopop.errors import TimelineUnreadable
from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.layout import Placement, active_media, track_kind
from twopop_otio.tags import KEY, copy_of, is_ours, tag_of
from twopop_otio.timeline import Document, kind_of, name_of, read
from twopop_otio.times import Node
from twopop_resolve.matching import Matching, media_name


def recalled(document: Document, kept: Path, dialect: ResolveDialect) -> Document:
    """A fresh export with our tags.

    Args:
        document: The export.
        kept: The timeline as it was applied; it need not exist.
        dialect: Resolve's.

    Returns:
        A new document where there is something to tell, else the given one.

    Raises:
        TimelineUnreadable: The kept file is damaged.
    """
    if not kept.is_file():
        return document
    try:
        known = read(kept)
        document = replace(document, root=copy_of(document.root))
        _tag_clips(document, known, dialect)
        _tag_tracks(document, known)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise TimelineUnreadable.at(str(kept), f"is damaged ({problem}); remove it to go on without undo") from problem
    return document


def untraced(document: Document, known: Document, dialect: ResolveDialect) -> dict[str, str]:
    """Our changes to clips of which nobody can tell where they are now; what is gone for certain is left out.

    Args:
        document: A fresh export.
        known: The timeline as it was applied.
        dialect: Resolve's.

    Returns:
        By id, what it is and on which clip.
    """
    matching = Matching(known, document, dialect)
    found: dict[str, str] = {}
    for clip in matching.unmatched:
        for other in matching.alike(clip):
            found.update(_may_be(clip, other))
    return found


def without(document: Document, ids: Collection[str]) -> Document:
    """A document whose tags tell nothing of some changes."""
    document = replace(document, root=copy_of(document.root))
    for item in items_below(document.root):
        tag = tag_of(item)
        if tag.get("change") in ids:
            del item["metadata"][KEY]
        for change in set(tag.get("changes") or ()) & set(ids):
            del tag["changes"][change]
        if markers := item.get("markers"):
            markers[:] = [marker for marker in markers if tag_of(marker).get("change") not in ids]
    return document


def items_below(node: object) -> Iterator[Node]:
    """A timeline, stack or track and all items in it."""
    if isinstance(node, dict):
        children = node.get("children") or ([node["tracks"]] if "tracks" in node else [])
        yield node
        for child in children:
            yield from items_below(child)


def _tag_clips(document: Document, known: Document, dialect: ResolveDialect) -> None:
    for clip, here in Matching(known, document, dialect).pairs:
        if tag_of(clip.node) or any(_our_markers(clip.node)):
            _lay_tag(here.node, clip.node, dialect)


def _may_be(known: Placement, other: Placement) -> dict[str, str]:
    """Which of our changes to a clip that was kept may be on another that plays the same, by id, said in words."""
    tag, where = tag_of(known.node), name_of(known.node) or "a clip"
    found = {tag["change"]: f"the placed {where}"} if "change" in tag else {}
    for change, note in (tag.get("changes") or {}).items():
        if note["change"] != "SetEnabled" or other.node.get("enabled", True) == note["now"]:
            found[change] = f"{note['change']} on {where}"
    said = {name_of(marker) for marker in other.node.get("markers") or ()}
    ours = [marker for marker in _our_markers(known.node) if name_of(marker) in said]
    return {**found, **{tag_of(marker)["change"]: f"a marker on {where}" for marker in ours}}


def _lay_tag(clip: Node, known: Node, dialect: ResolveDialect) -> None:
    tag = json.loads(json.dumps(tag_of(known)))
    if tag:
        clip.setdefault("metadata", {})[KEY] = tag
    for note in (tag.get("changes") or {}).values():
        if note["change"] == "SlipAudio":
            note["now"] = clip["source_range"]
        elif note["change"] == "AddTake":
            _lay_take(clip, known, note, dialect)
    for marker in _our_markers(known):
        for other in clip.get("markers") or ():
            if name_of(other) == name_of(marker) and not is_ours(other):
                other.setdefault("metadata", {})[KEY] = {
                    key: value for key, value in tag_of(marker).items() if key != "absent"
                }
                break


def _lay_take(clip: Node, known: Node, note: Node, dialect: ResolveDialect) -> None:
    """Gives a clip the reference that it does not play, so that it holds both."""
    key, was = note["now"]["key"], note["was"]["active"]
    references, active = known["media_references"], active_media(clip)
    plays_take = media_name(active, dialect) == media_name(references[key], dialect)
    playing = key if plays_take else was
    clip["media_references"] = {**references, playing: active}
    clip["active_media_reference_key"] = playing
    note["now"] = {"key": key, "active": playing, "source_range": clip["source_range"]}


def _our_markers(clip: Node) -> Iterator[Node]:
    return (marker for marker in clip.get("markers") or () if is_ours(marker))


def _tag_tracks(document: Document, known: Document) -> None:
    made = {name_of(track) for track in known.tracks if tag_of(track).get("made") is True}
    for track in document.tracks:
        items = track.get("children") or ()
        ours = any("change" in tag_of(item) for item in items) or all(kind_of(item) == "Gap" for item in items)
        if track_kind(track) == "audio" and name_of(track) in made and ours:
            track.setdefault("metadata", {})[KEY] = {"made": True}
