"""What we write into the .blend: JSON in custom properties, so that it is saved, and undone, with it.

On a strip, under "twopop":

- one that we placed: {"change": id, "offset": [exact, written], ...what is known of it}
- one that we changed: {"changes": [{"change": id, "field": name, "was": ..., "now": ...}, ...]}

On the scene, under "twopop": see `twopop_blender.notes`. Blender copies a strip's properties when a strip is cut or
duplicated: the parts and copies are then ours, or changed by us, just as well.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from twopop_actions.timeline import Scalar
from twopop_blender.strips import Strip

KEY = "twopop"

Field = str
"""A property that we change: "mute", "volume", "sound_offset"."""


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
    was: Any
    now: Any


def load(owner: Any) -> dict[str, Any]:
    """Our JSON on a strip or scene; empty when there is none, or none that we wrote."""
    text = owner.get(KEY)
    if not isinstance(text, str):
        return {}
    try:
        data = json.loads(text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


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
    return [Note(**note) for note in load(strip).get("changes", ())]


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
    exact, written = load(strip).get("offset", (None, None))
    if exact is not None and written == current:
        return Fraction(exact)
    return Fraction(plain(strip, "sound_offset", current))
