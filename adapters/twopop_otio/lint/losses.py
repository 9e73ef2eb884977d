"""Rules about what is left out: effects, channel maps, metadata, markers, grades."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from twopop_otio.dialects import EDITORS
from twopop_otio.dialects.plain import metadata_of, text_of
from twopop_otio.lint.cut import Cut, Item
from twopop_otio.lint.rule import Hit
from twopop_otio.tags import KEY
from twopop_otio.timeline import kind_of
from twopop_otio.times import Node, rate_of, rational_time, seconds

_TIME_EFFECTS = ("LinearTimeWarp", "FreezeFrame", "TimeEffect")


def effects(cut: Cut) -> Iterator[Hit]:
    """Effects that the editor does not know; those of Resolve's that stand at their defaults do not count."""
    holders: list[Item | Node] = [*cut.tracks, *cut.items]
    for where in holders:
        node = where.node if isinstance(where, Item) else where
        lost = [effect for effect in node.get("effects") or () if _is_lost(cut, effect)]
        if lost:
            names = ", ".join(dict.fromkeys(_called(effect) for effect in lost))
            yield Hit(f"Effects: {names}.", where)


def _is_lost(cut: Cut, effect: Node) -> bool:
    metadata = effect.get("metadata") or {}
    if kind_of(effect) in _TIME_EFFECTS or (cut.editor.name in ("resolve", "premiere") and cut.editor.key in metadata):
        return False
    block = metadata_of(effect, "Resolve_OTIO")
    return not block or bool(block.get("Parameters"))


def _called(effect: Node) -> str:
    block = metadata_of(effect, "Resolve_OTIO")
    return text_of(block.get("Effect Name")) or text_of(effect.get("effect_name")) or kind_of(effect)


def retimes(cut: Cut) -> Iterator[Hit]:
    """Speed changes, freezes and ramps."""
    for item in cut.items:
        if item.schema == "Clip" and item.speed != 1:
            speed = f"a speed of {float(item.speed):g}" if item.speed is not None else "a freeze or a ramp"
            yield Hit(f"It has {speed} and plays at normal speed over the same length.", item)


def foreign_ramps(cut: Cut) -> Iterator[Hit]:
    """Ramps that another editor than Resolve is to read, whose keys are Resolve's own."""
    for item in cut.items:
        if any(kind_of(effect) == "TimeEffect" for effect in item.node.get("effects") or ()):
            yield Hit("Its ramp is kept in keys of Resolve's own.", item)


def idle_retimes(cut: Cut) -> Iterator[Hit]:
    """Retimes to normal speed, by which Premiere loses motion and opacity."""
    for item in cut.items:
        idle = [effect for effect in item.node.get("effects") or () if _is_idle(effect)]
        if idle:
            yield Hit(
                "A retime to normal speed makes Premiere drop its motion and opacity.",
                item,
                partial(_take_out, item, idle),
            )


def _is_idle(effect: Node) -> bool:
    return kind_of(effect) == "LinearTimeWarp" and effect.get("time_scalar", 1) == 1


def _take_out(item: Item, effects: list[Node]) -> None:
    item.node["effects"] = [other for other in item.node["effects"] if not any(other is gone for gone in effects)]


def channel_maps(cut: Cut) -> Iterator[Hit]:
    """Clips that play some of their file's channels."""
    for clip in cut.clips:
        channels = cut.written.channels(clip.node) if cut.written.name != cut.editor.name else None
        if channels and channels != tuple((0, index) for index in range(len(channels))):
            heard = ", ".join(f"{stream + 1}.{channel + 1}" for stream, channel in channels)
            yield Hit(f"It plays the channels {heard} of its file (stream.channel), and may play others.", clip)


def metadata(cut: Cut) -> Iterator[Hit]:
    """Metadata that is nobody's the editor knows; marks of other editors have a rule of their own."""
    known = {kind.key for kind in EDITORS.values()}
    counts = Counter(key for node in cut.objects() for key in (node.get("metadata") or {}) if key not in known)
    for key, count in sorted(counts.items()):
        ours = " Undo then goes by the change list in the .twopop folder." if key == KEY else ""
        yield Hit(f"Metadata {key!r} of {count} objects.{ours}")


def markers(cut: Cut) -> Iterator[Hit]:
    """Markers, for editors that take none over."""
    for item, marker in _markers(cut):
        yield Hit(f"The marker {marker.get('name') or marker.get('comment') or ''!r}.", item)


def marker_notes(cut: Cut) -> Iterator[Hit]:
    """Comments of markers that do not stand where Resolve keeps its note."""
    for item, marker in _markers(cut):
        comment = marker.get("comment")
        if comment and metadata_of(marker, "Resolve_OTIO").get("Note") != comment:
            yield Hit(f"The comment {comment!r} of a marker.", item, partial(_note, marker, comment))


def _note(marker: Node, comment: str) -> None:
    marker["metadata"] = marker.get("metadata") or {}
    marker["metadata"]["Resolve_OTIO"] = {**metadata_of(marker, "Resolve_OTIO"), "Note": comment}


def marker_names(cut: Cut) -> Iterator[Hit]:
    """Markers without a comment, which is what Kdenlive shows."""
    for item, marker in _markers(cut):
        if marker.get("name") and not marker.get("comment"):
            yield Hit(f"The name {marker['name']!r} of a marker.", item, partial(_comment, marker))


def _comment(marker: Node) -> None:
    marker["comment"] = marker["name"]


def marker_places(cut: Cut) -> Iterator[Hit]:
    """Markers of clips, which Kdenlive counts from the clip's first frame, and OTIO in the media's labels."""
    for item, marker in _markers(cut):
        if item is None or cut.written.name == "kdenlive" or not item.source or not marker.get("marked_range"):
            continue
        start, duration = item.source
        at = seconds(marker["marked_range"]["start_time"])
        if start and start <= at < start + duration:
            mend = partial(_rebase, marker, start) if at >= duration and at - start < start else None
            yield Hit(
                f"A marker lies {float(at - start):g} s into the clip and would lie {float(at):g} s into it.",
                item,
                mend,
            )


def _rebase(marker: Node, by: Fraction) -> None:
    start = marker["marked_range"]["start_time"]
    marker["marked_range"]["start_time"] = rational_time(seconds(start) - by, rate_of(start))


def grades(cut: Cut) -> Iterator[Hit]:
    """Colour grades, which Resolve does not write into OTIO."""
    if cut.written.name == "resolve" and any(clip.kind == "video" for clip in cut.clips):
        yield Hit("Grades are not in the file; copy them from the old timeline to the new one in Resolve.")


def _markers(cut: Cut) -> Iterator[tuple[Item | None, Node]]:
    """All markers and the items that carry them; None for those of the timeline and its tracks."""
    for holder in (cut.root["tracks"], *cut.tracks):
        for marker in holder.get("markers") or ():
            yield None, marker
    for item in cut.items:
        for marker in item.node.get("markers") or ():
            yield item, marker
