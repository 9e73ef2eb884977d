"""Rules about the marks of another editor: its retimes, links and blocks of metadata.

They are mended together: a file in which one editor's mark stands beside another's retimes would be misread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from twopop_otio.dialects import EDITORS
from twopop_otio.layout import active_media, speed_of
from twopop_otio.lint.cut import Cut
from twopop_otio.lint.rule import Hit
from twopop_otio.timeline import kind_of
from twopop_otio.times import Node, rational_time, span, time_range

_MARKS: dict[str, Node] = {
    "resolve": {"Resolve OTIO Meta Version": "1.0"},
    "premiere": {"MetadataVersion": "1.0"},
}
"""What stands on the timeline of the two editors whose dialect is told by it."""


def retimes(cut: Cut) -> Iterator[Hit]:
    """Retimed items whose length is spelled as another editor means it."""
    adopt = _adoption(cut)
    for item in cut.items:
        if (speed := _respelled_speed(cut, item.node)) is not None:
            shown = float(item.record_duration)
            length = float(cut.editor.record_duration(_duration(item.node), speed))
            message = f"At a speed of {float(speed):g} it plays for {shown:g} s and would be read as {length:g} s."
            yield Hit(message, item, adopt)


def links(cut: Cut) -> Iterator[Hit]:
    """Links between clips that stand where the editor does not look."""
    adopt = _adoption(cut)
    if cut.written.name != cut.editor.name:
        for clip in cut.clips:
            if (group := cut.written.link(clip.node)) is not None:
                yield Hit(f"Its link group {group} is written for {cut.written.capabilities.host}.", clip, adopt)


def lost_links(cut: Cut) -> Iterator[Hit]:
    """Links between clips, for editors that know none."""
    count = sum(cut.written.link(clip.node) is not None for clip in cut.clips)
    if count:
        yield Hit(f"The links of {count} clips are not taken over; picture and sound can be moved apart.")


def own_mark(cut: Cut) -> Iterator[Hit]:
    """A timeline without the editor's own mark."""
    if cut.editor.key not in (cut.root.get("metadata") or {}):
        yield Hit("The timeline does not carry metadata.Resolve_OTIO.", None, _adoption(cut))


def foreign_marks(cut: Cut) -> Iterator[Hit]:
    """Metadata of another editor."""
    for kind in EDITORS.values():
        count = sum(kind.key in (node.get("metadata") or {}) for node in cut.objects())
        if count and kind.key != cut.editor.key:
            yield Hit(f"{count} objects carry metadata of {kind.name}'s ({kind.key}).", None, _adoption(cut))


def _adoption(cut: Cut) -> Callable[[], None]:
    """Makes the timeline one of the editor's own; done once, however many places ask for it."""
    done: list[bool] = []

    def adopt() -> None:
        if not done:
            done.append(True)
            _respell(cut)
            _link(cut)
            _strip(cut)
            if cut.editor.name in _MARKS:
                metadata = cut.root["metadata"] = cut.root.get("metadata") or {}
                metadata.setdefault(cut.editor.key, dict(_MARKS[cut.editor.name]))

    return adopt


def _respelled_speed(cut: Cut, node: Node) -> Fraction | None:
    """Speed of an item whose length the editor reads otherwise than it was meant."""
    speed = speed_of(node) if "effects" in node else None
    if speed is None:
        return None
    sample = Fraction(1)
    return speed if cut.written.record_duration(sample, speed) != cut.editor.record_duration(sample, speed) else None


def _range(node: Node) -> Node:
    source = node.get("source_range")
    known: Node = source if source is not None else (active_media(node) or {})["available_range"]
    return known


def _duration(node: Node) -> Fraction:
    return span(_range(node))[1]


def _respell(cut: Cut) -> None:
    for item in cut.items:
        speed = _respelled_speed(cut, item.node)
        if speed is not None:
            used = _range(item.node)
            shown = cut.written.record_duration(_duration(item.node), speed)
            duration = rational_time(cut.editor.source_duration(shown, speed), used["duration"]["rate"])
            item.node["source_range"] = time_range(dict(used["start_time"]), duration)


def _link(cut: Cut) -> None:
    groups: dict[str, int] = {}
    for clip in cut.clips:
        group = cut.written.link(clip.node)
        if group is None or cut.written.name == cut.editor.name or cut.editor.name not in _MARKS:
            continue
        number = groups.setdefault(group, len(groups) + 1)
        metadata = clip.node["metadata"] = clip.node.get("metadata") or {}
        block = metadata.setdefault(cut.editor.key, {})
        block.update({"Link Group ID": number} if cut.editor.name == "resolve" else {"LinkID": str(number)})


def _strip(cut: Cut) -> None:
    """Takes other editors' metadata out, and effects that then say nothing."""
    foreign = {kind.key for kind in EDITORS.values()} - {cut.editor.key}
    for node in list(cut.objects()):
        if node.get("effects"):
            node["effects"] = [effect for effect in node["effects"] if not _is_foreign(effect, foreign)]
        for key in foreign & set(node.get("metadata") or ()):
            del node["metadata"][key]


def _is_foreign(effect: Node, foreign: set[str | None]) -> bool:
    keys = set(effect.get("metadata") or ())
    return kind_of(effect) == "Effect" and bool(keys) and keys <= foreign
