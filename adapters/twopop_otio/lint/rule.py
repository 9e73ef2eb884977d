"""A rule: what an editor would refuse, drop or change, and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from twopop_otio.lint.cut import Cut, Item
from twopop_otio.times import Node

Severity = Literal["refuse", "drop", "change"]
"""What the editor does: refuse the file, leave something out, or show it otherwise."""


@dataclass(frozen=True)
class Hit:
    """One place where a rule is broken.

    Attributes:
        message: What is wrong there and what the editor makes of it, in a sentence.
        where: The item or track; None for the timeline as a whole.
        mend: Changes the document so that the rule is kept there; None where nothing can.
    """

    message: str
    where: Item | Node | None = None
    mend: Callable[[], None] | None = None


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        id: Its name, stable.
        editors: What each editor that it is about does.
        doc: What it looks for, in a sentence.
        check: Yields the places where it is broken; they are collected before any is mended.
        fix: What mending does, in a sentence; None where nothing can be done.
    """

    id: str
    editors: Mapping[str, Severity]
    doc: str
    check: Callable[[Cut], Iterable[Hit]]
    fix: str | None = None


@dataclass(frozen=True)
class Finding:
    """What a rule found at one place.

    Attributes:
        rule: Id of the rule.
        severity: What the editor does.
        track: Name of the track; None for the timeline as a whole.
        item: Place in the track, from 1; None for a whole track.
        name: Name of the item or track.
        timecode: Where it begins on the timeline; None for a whole track or timeline.
        message: What is wrong and what the editor makes of it.
        fix: What mending does; None where nothing can be done.
    """

    rule: str
    severity: Severity
    track: str | None
    item: int | None
    name: str | None
    timecode: str | None
    message: str
    fix: str | None
