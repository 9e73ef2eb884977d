"""Our tags, put back on a fresh export.

Resolve drops the metadata of others, so a timeline is kept as it was applied, and its tags are laid on what Resolve
exports now: on clips at the same place that play the same media, on markers of the same name, on tracks of the same
name. What the user removed since is not there to be tagged.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from twopop.errors import TimelineUnreadable
from twopop.timing import round_half_up
from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.layout import Placement, active_media, placements, track_kind
from twopop_otio.tags import KEY, copy_of, is_ours, tag_of
from twopop_otio.timeline import Document, kind_of, name_of, read
from twopop_otio.times import Node, exact_rate
from twopop_resolve.naming import plain_path

_Key = tuple[str, int]


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
        tagged = [p for p in placements(known.tracks, dialect.record_duration) if _says_something(p.node)]
        document = replace(document, root=copy_of(document.root))
        _tag_clips(document, tagged, dialect)
        _tag_tracks(document, known)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise TimelineUnreadable.at(str(kept), f"is damaged ({problem}); remove it to go on without undo") from problem
    return document


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


def media_names(clip: Node, dialect: ResolveDialect) -> frozenset[str]:
    """What the media references of a clip name, spelled alike on every system."""
    references = (clip.get("media_references") or {}).values()
    return frozenset(filter(None, (media_name(reference, dialect) for reference in references)))


def media_name(reference: Node | None, dialect: ResolveDialect) -> str | None:
    """What a media reference names, spelled alike on every system."""
    path = dialect.media_path(reference) if reference else None
    return plain_path(path) if path else None


def frame_of(time_s: Fraction, dialect: ResolveDialect) -> int:
    """The frame that is nearest to a time."""
    return round_half_up(time_s * exact_rate(dialect.rate))


def _says_something(clip: Node) -> bool:
    return bool(tag_of(clip)) or any(is_ours(marker) for marker in clip.get("markers") or ())


def _tag_clips(document: Document, tagged: list[Placement], dialect: ResolveDialect) -> None:
    found: dict[_Key, list[Placement]] = defaultdict(list)
    for placement in placements(document.tracks, dialect.record_duration):
        found[_key(placement, dialect)].append(placement)
    for known in tagged:
        here = [p for p in found[_key(known, dialect)] if _plays_the_same(p.node, known.node, dialect)]
        here.sort(key=lambda p: p.track != known.track)  # of two mono halves of one file, the one on the same track
        if here:
            found[_key(known, dialect)] = [p for p in found[_key(known, dialect)] if p is not here[0]]
            _lay_tag(here[0].node, known.node, dialect)


def _key(placement: Placement, dialect: ResolveDialect) -> _Key:
    return placement.kind, frame_of(placement.record_start, dialect)


def _plays_the_same(clip: Node, known: Node, dialect: ResolveDialect) -> bool:
    plays = media_name(active_media(clip), dialect)
    return plays in media_names(known, dialect) if plays else name_of(clip) == name_of(known)


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
