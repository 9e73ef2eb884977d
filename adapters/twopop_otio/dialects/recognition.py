"""Which editor wrote a timeline, by the marks that each leaves.

Resolve, Premiere, Kdenlive and Blender itself leave a block of metadata. Of Blender's add-ons, vse_io notes custom
properties as "Blender." user comments, and VSE_OTIO_Export names every track "V-1" or "A-1".
"""

from __future__ import annotations

from collections.abc import Iterator

from twopop_otio.dialects.blender import BlenderDialect
from twopop_otio.dialects.kdenlive import KdenliveDialect
from twopop_otio.dialects.plain import Dialect, metadata_of
from twopop_otio.dialects.premiere import PremiereDialect
from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.times import Node

EDITORS: dict[str, type[Dialect]] = {
    kind.name: kind for kind in (ResolveDialect, PremiereDialect, BlenderDialect, KdenliveDialect)
}
"""The dialects of editors by the name that the command line takes."""


def recognise(root: Node, rate: float) -> Dialect:
    """The dialect that a timeline is written in.

    Args:
        root: The Timeline object.
        rate: Frames per second as it spells it.

    Returns:
        The dialect; plain OTIO when nothing tells. Where several editors left marks, the outermost mark counts: that
        editor wrote the file last.
    """
    for nodes in _levels(root):
        for kind in EDITORS.values():
            if any(kind.key in (node.get("metadata") or {}) for node in nodes):
                return kind(rate)
    return BlenderDialect(rate) if _is_of_an_add_on(root) else Dialect(rate)


def _levels(root: Node) -> Iterator[list[Node]]:
    """Objects that may carry a mark, from the timeline inwards."""
    stack = root["tracks"]
    clips = [child for track in stack["children"] for child in (track.get("children") or ())]
    yield [root]
    yield [stack]
    yield stack["children"]
    yield clips
    yield [marker for holder in (stack, *stack["children"], *clips) for marker in _objects(holder.get("markers"))]


def _objects(values: object) -> list[Node]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _is_of_an_add_on(root: Node) -> bool:
    tracks = root["tracks"]["children"]
    if tracks and all(track.get("name") in ("V-1", "A-1") for track in tracks):
        return True
    clips = [child for track in tracks for child in (track.get("children") or ())]
    references = [reference for clip in clips for reference in (clip.get("media_references") or {}).values()]
    comments = [metadata_of(reference, "AAF").get("UserComments") for reference in references if reference]
    return any(str(name).startswith("Blender.") for block in comments if isinstance(block, dict) for name in block)
