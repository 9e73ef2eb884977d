"""What we write into the .blend: JSON in custom properties, so that it is saved, and undone, with it.

On a strip, under "twopop":

- one that we placed: {"change": id, "offset": [exact, written], ...what is known of it}
- one that we changed: {"changes": [{"change": id, "field": name, "was": ..., "now": ...}, ...]}

On the scene, under "twopop": see `twopop_blender.notes`. Blender copies a strip's properties when a strip is cut or
duplicated: the parts and copies are then ours, or changed by us, just as well.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from twopop.errors import TimelineUnreadable
from twopop_actions.record import from_json
from twopop_actions.timeline import Scalar
from twopop_blender.strips import Strip

KEY = "twopop"

Field = Literal["mute", "volume", "sound_offset"]
"""A property that we change."""

Value = bool | float | tuple[float, bool]
"""What it holds; for the volume also whether a curve drives it."""

_HOLDS = {"mute": bool, "volume": tuple, "sound_offset": float}


_SECONDS = ("sync_s", "source_s")
"""Exact numbers in what is known of a strip that we placed."""


@dataclass(frozen=True)
class Note:
    """What one change did to one property of a strip.

    Attributes:
        change: The change's id.
        field: The property.
        was: Its value before.
        now: Its value after, as Blender gives it back.
    """

    change: str
    field: Field
    was: Value
    now: Value

    def __post_init__(self) -> None:
        """Raises ValueError for values that the property cannot hold."""
        if not all(isinstance(value, _HOLDS[self.field]) for value in (self.was, self.now)):
            raise ValueError(f"{self.field} cannot be {self.was!r} or {self.now!r}")


@dataclass(frozen=True)
class _Notes:
    changes: tuple[Note, ...]


def load(owner: Any) -> dict[str, Any]:
    """Our JSON on a strip or scene; empty when there is none.

    Raises:
        TimelineUnreadable: Something else stands there.
    """
    text = owner.get(KEY)
    if text is None:
        return {}
    try:
        data = json.loads(text) if isinstance(text, str) else None
    except ValueError as problem:
        raise unreadable(owner, str(problem)) from problem
    if not isinstance(data, dict):
        raise unreadable(owner, "it is no JSON object")
    return data


def unreadable(owner: Any, problem: str) -> TimelineUnreadable:
    """The error for a property of a strip or scene that this version did not write.

    Args:
        owner: The strip or scene.
        problem: What is wrong with it.
    """
    what = f"the {'scene' if owner.bl_rna.identifier == 'Scene' else 'strip'} {owner.name}"
    return TimelineUnreadable.at(
        what,
        f'its custom property "{KEY}" was written by another program or a newer twopop ({problem}). Nothing was '
        "changed. Update the extension; or delete the property under Custom Properties, and what stands in it can no "
        "longer be taken back",
    )


def check_strips(strips: Iterable[Strip]) -> None:
    """Reads all that we wrote on strips, so that nothing is found unreadable half way.

    Raises:
        TimelineUnreadable: A strip's cannot be read.
    """
    for strip in strips:
        if tag := load(strip):
            notes_of(strip)
            _offset_of(strip)
            _check_placed(strip, tag)


def _check_placed(strip: Strip, tag: Mapping[str, Any]) -> None:
    if "change" not in tag:
        if unknown := sorted(set(tag) - {"changes", "offset"}):
            raise unreadable(strip, f"{unknown[0]} is unknown")
        return
    if not isinstance(tag["change"], str):
        raise unreadable(strip, "change is no text")
    for name in _SECONDS:
        _fraction_of(strip, name, str(tag.get(name, 0)))


def store(owner: Any, data: Mapping[str, Any]) -> None:
    """Writes our JSON on a strip or scene; nothing at all when it is empty."""
    if data:
        owner[KEY] = json.dumps(data, ensure_ascii=False)
    elif KEY in owner:
        del owner[KEY]


def is_ours(strip: Strip) -> bool:
    """Whether we placed it."""
    return "change" in load(strip)


def placed_tag(strip: Strip) -> dict[str, Scalar]:
    """What we know of a strip that we placed; empty for all others."""
    tag = load(strip)
    return {key: value for key, value in tag.items() if not isinstance(value, dict | list)} if "change" in tag else {}


def notes_of(strip: Strip) -> list[Note]:
    """What we did to a strip, in order."""
    notes = load(strip).get("changes", [])
    try:
        return list(from_json(_Notes, {"changes": notes}).changes)
    except ValueError as problem:
        raise unreadable(strip, str(problem)) from problem


def add_note(strip: Strip, note: Note) -> None:
    """Writes on a strip what a change did to it."""
    tag = load(strip)
    tag["changes"] = [*tag.get("changes", ()), vars(note)]
    store(strip, tag)


def drop_notes(strip: Strip, ids: Collection[str] | None = None) -> None:
    """Takes our notes off a strip: all, or those of some changes."""
    tag = load(strip)
    if "changes" not in tag:
        return
    kept = [note for note in tag.pop("changes") if ids is not None and note["change"] not in ids]
    if kept:
        tag["changes"] = kept
    elif "change" not in tag:
        tag.pop("offset", None)
    store(strip, tag)


def plain(strip: Strip, field: Field, current: Any) -> Any:
    """A property's value without us: what it was before, unless somebody changed it since.

    Args:
        strip: The strip.
        field: The property.
        current: Its value now.
    """
    notes = [note for note in notes_of(strip) if note.field == field]
    return notes[0].was if notes and notes[-1].now == current else current


def exact_offset(strip: Strip) -> Fraction:
    """A sound strip's offset in seconds: the exact one where we wrote it, else what Blender holds as a 32-bit float."""
    current = strip.sound_offset
    exact, written = _offset_of(strip)
    if written == current:
        return exact
    return Fraction(plain(strip, "sound_offset", current))


def _offset_of(strip: Strip) -> tuple[Fraction, float | None]:
    """The exact offset that we wrote, and what Blender made of it; None for that when we wrote none."""
    pair = load(strip).get("offset")
    if pair is None:
        return Fraction(0), None
    try:
        exact, written = pair
        return _fraction_of(strip, "offset", exact), float(written)
    except (ValueError, TypeError) as problem:
        raise unreadable(strip, f"offset is {pair!r}") from problem


def _fraction_of(strip: Strip, name: str, value: Any) -> Fraction:
    try:
        return Fraction(value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError) as problem:
        raise unreadable(strip, f"{name} is {value!r}") from problem
