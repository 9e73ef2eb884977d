"""AAF compositions as OTIO, read with pyaaf2: exact to the edit unit, so to the sample where audio counts in samples.

The adapter of the OTIO project reads AAF too; it does not say whether timecode is drop-frame, and it was the reference
that this reader was held against.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from twopop.timing import snap_rate
from twopop_otio.imports import lay, nodes
from twopop_otio.imports.aaf_media import edit_rate, timecode_of, value_of
from twopop_otio.imports.aaf_walk import Leaf, Walk
from twopop_otio.imports.choice import choose
from twopop_otio.imports.imported import Notes
from twopop_otio.times import Node, is_frame_rate

_DEFAULT_RATE = Fraction(24)
_KINDS = {"Picture": "Video", "Sound": "Audio"}


def read_aaf(path: Path, wanted: str | None, notes: Notes) -> Node:
    """A composition of an AAF file as a timeline.

    Args:
        path: The file.
        wanted: Name of the composition; None: the first.
        notes: Takes what is lost.

    Returns:
        The Timeline object.

    Raises:
        ValueError: It is damaged, or holds no composition.
        OptionInvalid: No composition is of that name.
    """
    from aaf2 import exceptions

    faults = (
        exceptions.AAFError, struct.error, LookupError, ValueError, AttributeError, TypeError, AssertionError,
        EOFError, OSError, NotImplementedError, OverflowError, ZeroDivisionError,
    )  # fmt: skip
    try:
        with _opened(path) as file:
            found = [(mob.name or "", mob) for mob in file.content.toplevel()]
            if found:
                return _timeline(choose(found, wanted, notes), notes)
    except faults as problem:
        raise ValueError(f"is a damaged AAF file: {problem or type(problem).__name__}") from problem
    raise ValueError("is an AAF file without a composition")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """An AAF file to read; closed also when it is so damaged that it cannot be opened."""
    from aaf2.file import AAFFile

    file = AAFFile.__new__(AAFFile)
    try:
        file.__init__(str(path), "r")
        yield file
    finally:
        if hasattr(file, "f"):
            file.f.close()


def _timeline(mob: Any, notes: Notes) -> Node:
    timecode = timecode_of(mob)
    slots = [slot for slot in mob.slots if hasattr(slot, "edit_rate") and _kind(slot)]
    rate = timecode[1] if timecode else _picture_rate(slots, notes)
    walk = Walk(notes)
    for index, slot in enumerate(slots):
        walk.read(slot, index)
    tracks = list(_tracks(slots, walk, rate))
    start, drop = (timecode[0], timecode[2]) if timecode else (Fraction(0), False)
    return nodes.timeline(mob.name or "", start, rate, tracks, drop_frame=drop, markers=_markers(mob, rate))


def _kind(slot: Any) -> str | None:
    kind = str(slot.media_kind or "").removeprefix("Legacy")
    return _KINDS.get(kind)


def _picture_rate(slots: list[Any], notes: Notes) -> Fraction:
    rates = [edit_rate(slot) for slot in slots]
    rate = next((rate for rate in rates if is_frame_rate(float(rate))), _DEFAULT_RATE)
    notes.add(f"the composition has no timecode; it begins at zero, at {float(rate):.6g} frames per second")
    return snap_rate(rate)


def _tracks(slots: list[Any], walk: Walk, rate: Fraction) -> Iterator[Node]:
    """A track for each slot, and for each layer in it, pictures first."""
    links = _links(walk.leaves)
    counts: dict[str, int] = defaultdict(int)
    for wanted in ("Video", "Audio"):
        for index, slot in enumerate(slots):
            if _kind(slot) != wanted:
                continue
            leaves = [leaf for leaf in walk.leaves if leaf.slot == index]
            for layer in sorted({leaf.layer for leaf in leaves}) or [0]:
                pieces = [_piece(leaf, rate, links) for leaf in leaves if leaf.layer == layer]
                for lane in lay.spread(pieces) or [[]]:
                    counts[wanted] += 1
                    cuts = walk.dissolves.get((index, layer), ())
                    name = f"{wanted[0]}{counts[wanted]}"
                    yield nodes.track(name, wanted, lay.children(lane, rate, cuts))


def _links(leaves: list[Leaf]) -> dict[tuple[object, ...], str]:
    """Picture and sound of one master mob, at one place, belong together."""
    kinds: dict[tuple[object, ...], set[int]] = defaultdict(set)
    for leaf in leaves:
        kinds[leaf.sync].add(leaf.slot)
    together = [key for key, slots in kinds.items() if len(slots) > 1]
    return {key: str(number) for number, key in enumerate(together, 1)}


def _piece(leaf: Leaf, rate: Fraction, links: dict[tuple[object, ...], str]) -> lay.Piece:
    view, media = leaf.view, leaf.media
    duration = view.high - view.low
    available = (media.zero, media.duration) if media.duration else None
    reference = nodes.file_reference(media.url or None, media.file, available, media.rate)
    node = nodes.clip(
        media.name, (media.label, duration), rate, reference, media_rate=media.rate, speed=view.speed,
        enabled=leaf.enabled, metadata=nodes.known(link=links.get(leaf.sync), reel=media.reel, file=media.file),
    )  # fmt: skip
    if leaf.ramp:
        node["effects"] = [nodes.ramp()]
    return lay.Piece(view.low, duration, node)


def _markers(mob: Any, rate: Fraction) -> list[Node]:
    from aaf2.mobslots import EventMobSlot

    found = []
    for slot in mob.slots:
        if isinstance(slot, EventMobSlot):
            units = edit_rate(slot)
            for mark in value_of(slot.segment, "Components", ()) or ():
                at = Fraction(int(value_of(mark, "Position", 0) or 0)) / units
                comment = str(value_of(mark, "Comment", "") or "")
                found.append(nodes.marker(comment, at, 1 / rate, rate))
    return found
