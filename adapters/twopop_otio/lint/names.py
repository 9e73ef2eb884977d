"""Rules about names: Resolve calls clips after their media and tracks "Video 1", "Audio 1"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from twopop_otio.layout import track_kind
from twopop_otio.lint.cut import Cut
from twopop_otio.lint.rule import Hit
from twopop_otio.timeline import name_of
from twopop_otio.times import Node


def clip_names(cut: Cut) -> Iterator[Hit]:
    """Clips without a name."""
    for clip in cut.clips:
        if not name_of(clip.node):
            path = cut.location(clip.media).path
            name = re.split(r"[\\/]", path)[-1] if path else f"clip {clip.track_number}-{clip.number}"
            yield Hit("It has no name.", clip, partial(_rename, clip.node, name))


def track_names(cut: Cut) -> Iterator[Hit]:
    """Tracks without a name, or with the name of another track of the same kind."""
    taken: set[tuple[object, str]] = set()
    numbers: dict[object, int] = {}
    names = {(track_kind(track), name_of(track)) for track in cut.tracks}
    for track in cut.tracks:
        kind = track_kind(track)
        numbers[kind] = numbers.get(kind, 0) + 1
        if name_of(track) and (kind, name_of(track)) not in taken:
            taken.add((kind, name_of(track)))
            continue
        name = f"{(kind or 'other').title()} {numbers[kind]}"
        while (kind, name) in taken | names:
            name += "'"
        taken.add((kind, name))
        message = f"Its name {name_of(track)!r} is that of another track." if name_of(track) else "It has no name."
        yield Hit(message, track, partial(_rename, track, name))


def _rename(node: Node, name: str) -> None:
    node["name"] = name
