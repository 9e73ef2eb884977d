"""What we write on what we touch, and how an item looks without it.

Under `metadata["twopop"]`:

- a clip that we placed: {"change": id, ...what is known of it}
- a clip that we changed: {"changes": {id: {"change": kind, "was": ..., "now": ...}}}
- a marker that we set: {"change": id}
- a track that we made: {"made": true}

`absent` lists keys of an object that we had to make, so that undoing takes them away again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from twopop_actions.timeline import Scalar
from twopop_otio.times import Node

KEY = "twopop"


def tag_of(node: Node) -> Node:
    """Our tag on an object; empty when it has none."""
    metadata = node.get("metadata")
    tag = metadata.get(KEY) if isinstance(metadata, dict) else None
    return tag if isinstance(tag, dict) else {}


def placed_tag(node: Node) -> dict[str, Scalar]:
    """What we know of a clip that we placed; empty for all others."""
    tag = tag_of(node)
    return {key: value for key, value in tag.items() if not isinstance(value, dict | list)} if "change" in tag else {}


def note_change(node: Node, change: str, kind: str, was: Any, now: Any) -> None:
    """Writes on an object what a change did to it."""
    made_metadata = not isinstance(node.get("metadata"), dict)
    if made_metadata:
        node["metadata"] = {}
    tag = node["metadata"].setdefault(KEY, {})
    if made_metadata:
        tag["absent"] = ["metadata"]
    tag.setdefault("changes", {})[change] = {"change": kind, "was": was, "now": now}


def drop_changes(node: Node) -> None:
    """Takes our notes of changes off an object."""
    tag = tag_of(node)
    if "changes" not in tag:
        return
    del tag["changes"]
    if tag.get("absent") == ["metadata"]:
        del node["metadata"]
    elif not tag:
        del node["metadata"][KEY]


def is_ours(marker: Node) -> bool:
    """Whether a marker, clip or track was added by us."""
    tag = tag_of(marker)
    return "change" in tag or tag.get("made") is True


def drop_markers(node: Node, clip: str | None = None) -> None:
    """Takes our markers off an item, all or those that serve one camera clip."""
    markers = node.get("markers")
    if not isinstance(markers, list):
        return
    ours = [m for m in markers if is_ours(m) and clip in (None, tag_of(m).get("clip"))]
    markers[:] = [marker for marker in markers if not any(marker is other for other in ours)]
    if not markers and any(tag_of(marker).get("absent") for marker in ours):
        del node["markers"]


def applied_ids(node: object) -> Iterator[str]:
    """Ids of all changes that are noted in a timeline."""
    if isinstance(node, dict):
        if isinstance(node.get("metadata"), dict):
            tag = tag_of(node)
            if isinstance(tag.get("change"), str):
                yield tag["change"]
            yield from tag.get("changes", ())
        for key in ("tracks", "children", "markers", "media_references"):
            yield from applied_ids(node.get(key))
        if "OTIO_SCHEMA" not in node:  # the map of media references
            for value in node.values():
                yield from applied_ids(value)
    elif isinstance(node, list):
        for value in node:
            yield from applied_ids(value)


def canonical(node: object) -> str:
    """An object's one text: keys sorted, no spaces."""
    return json.dumps(node, sort_keys=True, separators=(",", ":"))


def digest_of(node: object) -> str:
    """SHA-256 of an object's canonical text, in hexadecimal digits."""
    return hashlib.sha256(canonical(node).encode("utf-8", "surrogatepass")).hexdigest()


def copy_of(node: Node) -> Node:
    """A copy that shares nothing; by way of text, which is several times faster than `copy.deepcopy`."""
    copy: Node = json.loads(json.dumps(node))
    return copy
