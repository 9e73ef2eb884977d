"""The media behind an AAF source clip: master mob, file mob and the tape or import behind that.

AAF object specification 1.1, chapter 6: a source clip names a slot of another mob and a position in it; the chain ends
at a physical source. The first timecode on the way labels the file's frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

_NTSC = Fraction(1000, 1001)
_DEEPEST = 50


@dataclass(frozen=True)
class AafMedia:
    """What plays at a position of a mob.

    Attributes:
        name: The master mob's name.
        key: Tells the master mob from others.
        url: Where the file is; empty when the document does not say.
        file: Name of the file that was imported or linked.
        reel: The tape's name.
        label: The media's label at the position, in seconds.
        zero: Label of the file's first frame, in seconds.
        duration: Of the file, in seconds; None when not known.
        rate: Edit units per second of the file: frames, or samples.
    """

    name: str
    key: str
    url: str
    file: str
    reel: str
    label: Fraction
    zero: Fraction
    duration: Fraction | None
    rate: Fraction


def edit_rate(slot: Any) -> Fraction:
    """Edit units per second of a slot.

    Raises:
        ValueError: None that is greater than zero.
    """
    rate = slot.edit_rate
    if not rate.denominator or rate <= 0:
        raise ValueError(f"a slot has the edit rate {rate}")
    return Fraction(rate.numerator, rate.denominator)


def position_in(slot: Any, position: Fraction) -> Fraction:
    """A referenced position as time from the beginning of a slot's segment, in seconds."""
    return position + Fraction(int(value_of(slot, "Origin", 0))) / edit_rate(slot)


def value_of(thing: Any, name: str, default: Any = None) -> Any:
    """A property's value; the default where it is not set."""
    found = thing.get(name) if hasattr(thing, "get") else None
    return default if found is None else found.value


def timecode_of(mob: Any) -> tuple[Fraction, Fraction, bool] | None:
    """A mob's primary timecode: label of position zero in seconds, frames per second, drop-frame; None without one."""
    found = sorted(_timecodes(mob), key=lambda item: item[0])
    if not found:
        return None
    _, segment, rate = found[0]
    fps = Fraction(int(segment.fps))
    # The slot's edit rate tells 24 from 23.976; a 25-frame timecode on a 24-frame timeline counts at its own.
    exact = fps * _NTSC if rate.denominator == 1001 else fps
    return Fraction(int(segment.start)) / exact, exact, bool(value_of(segment, "Drop", False))


def _timecodes(mob: Any) -> Iterator[tuple[int, Any, Fraction]]:
    from aaf2.components import Sequence, Timecode

    for slot in mob.slots:
        segment = slot.segment
        if isinstance(segment, Sequence):
            segment = next((part for part in segment.components if isinstance(part, Timecode)), None)
        if isinstance(segment, Timecode) and segment.fps:
            yield int(value_of(slot, "PhysicalTrackNumber", 0) or 99), segment, edit_rate(slot)


def trace(clip: Any, position: Fraction) -> AafMedia | None:
    """Follows a source clip to its file.

    Args:
        clip: The source clip, in a composition.
        position: Where in the slot that it names, in seconds.

    Returns:
        The media; None when the chain is broken at its first step.
    """
    found = _Chain()
    mob, slot_id = clip.mob, clip.slot_id
    for _ in range(_DEEPEST):
        slot = None if mob is None else next((slot for slot in mob.slots if slot.slot_id == slot_id), None)
        if slot is None:
            break
        found.add(mob, slot, position)
        rate = edit_rate(slot)
        inner, at = _source_clip(slot.segment, position_in(slot, position), rate)
        if inner is None:
            break
        mob, slot_id, position = inner.mob, inner.slot_id, at + Fraction(int(inner.start)) / rate
    return found.media()


class _Chain:
    """What is learned on the way."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.key = ""
        self.file: tuple[Any, Fraction, Fraction, Fraction | None] | None = None
        self.label: Fraction | None = None
        self.named: Fraction | None = None  # what the master mob says, for files that say nothing
        self.urls: list[str] = []
        self.reel = ""
        self.last: tuple[Fraction, Fraction] | None = None

    def add(self, mob: Any, slot: Any, position: Fraction) -> None:
        from aaf2 import essence, mobs

        rate = edit_rate(slot)
        self.last = position, rate
        self.names.append(mob.name or "")
        self.key = self.key or str(mob.mob_id)
        timecode = timecode_of(mob)
        if not isinstance(mob, mobs.SourceMob):
            self.named = self.named or (timecode and timecode[0] + position)
            return
        descriptor = value_of(mob, "EssenceDescription")
        if isinstance(descriptor, essence.FileDescriptor) and self.file is None:
            length = int(value_of(slot.segment, "Length", 0) or 0)
            self.file = mob, position, rate, Fraction(length) / rate if length > 0 else None
        if isinstance(descriptor, essence.TapeDescriptor):
            self.reel = self.reel or mob.name or ""
        self.urls += _urls(descriptor)
        if self.label is None and timecode:
            self.label = timecode[0] + position

    def media(self) -> AafMedia | None:
        if self.last is None:
            return None
        position, rate, duration = self.last[0], self.last[1], None
        if self.file is not None:
            _, position, rate, duration = self.file
        label = next((label for label in (self.label, self.named) if label is not None), position)
        name = next((name for name in self.names if name), "")
        file = PurePosixPath(unquote(self.urls[-1])).name if self.urls else name
        url = self.urls[0] if self.urls else ""
        return AafMedia(name, self.key, url, file, self.reel, label, label - position, duration, rate)


def _source_clip(segment: Any, at: Fraction, rate: Fraction) -> tuple[Any, Fraction]:
    """The source clip of a mob's segment at a time, and the time from its beginning."""
    from aaf2 import components

    for _ in range(_DEEPEST):
        if isinstance(segment, components.SourceClip):
            return segment, at
        if isinstance(segment, components.Sequence):
            segment, at = _component(segment, at, rate)
        elif (inside := inside_of(segment)) is not None:
            segment = inside
        else:
            return None, at
    return None, at


def _component(sequence: Any, at: Fraction, rate: Fraction) -> tuple[Any, Fraction]:
    parts = list(sequence.components)
    for part in parts:
        length = Fraction(int(value_of(part, "Length", 0) or 0)) / rate
        if at < length:
            return part, at
        at -= length
    return (parts[-1], at + length) if parts else (None, at)


def inside_of(segment: Any) -> Any | None:
    """The segment that a selector, essence group, pulldown or effect plays; None for all others."""
    from aaf2 import components

    if isinstance(segment, components.Selector):
        return value_of(segment, "Selected")
    if isinstance(segment, components.EssenceGroup):
        return next(iter(value_of(segment, "Choices", ())), None)
    if isinstance(segment, components.Pulldown):
        return value_of(segment, "InputSegment")
    if isinstance(segment, components.OperationGroup):
        return next(iter(segment.segments), None)
    return None


def _urls(descriptor: Any) -> list[str]:
    """Addresses in a descriptor and in those that it joins."""
    if descriptor is None:
        return []
    said = [value_of(locator, "URLString", "") for locator in value_of(descriptor, "Locator", ()) or ()]
    inner = [url for part in value_of(descriptor, "FileDescriptors", ()) or () for url in _urls(part)]
    return [url for url in (*said, *inner) if url]
