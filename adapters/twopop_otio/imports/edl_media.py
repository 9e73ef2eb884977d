"""What an event of an edit decision list says of its media: reel, names, and markers on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import PureWindowsPath

from twopop_otio.imports import nodes
from twopop_otio.imports.edl_lines import Edit, Event
from twopop_otio.imports.edl_rate import Clock
from twopop_otio.imports.imported import Notes
from twopop_otio.times import Node

_AUXILIARY = {"AX", "AUX"}  # sources without timecode: no reel by that name exists
_LOCATOR = re.compile(r"(\d{2}:\d{2}:\d{2}[:;.,]\d{2,3})\s+(\w*)\s*(.*)")


def media_of(event: Event, edit: Edit, reels: dict[str, str]) -> tuple[str, Node, dict[str, str | None]]:
    """Name, media reference and known facts of the clip that an edit plays.

    Args:
        event: All lines of its number.
        edit: The edit.
        reels: Full names of reels that were shortened.
    """
    incoming = edit.kind != "C" and len(event.edits) > 1
    side = "TO" if incoming else "FROM"
    said = event.fields
    file = said.get(f"{side} FILE") or said.get(f"{side} CLIP") or ("" if incoming else said.get("SOURCE FILE", ""))
    reel = None if edit.reel.upper() in _AUXILIARY else reels.get(edit.reel, edit.reel)
    stem = PureWindowsPath(file).stem if file else ""
    name = said.get(f"{side} CLIP NAME") or stem or reel or edit.number
    if edit.reel.upper() == "BARS":
        return name, nodes.generator("SMPTEBars", name), {}
    is_path = "/" in file or "\\" in file
    return name, nodes.file_reference(file if is_path else None, file), {"reel": reel, "file": file}


def markers_of(event: Event, label_at: Callable[[int], Fraction], clock: Clock, notes: Notes) -> list[Node]:
    """The markers of an event: its LOC comments, whose timecodes are the record's.

    Args:
        event: All lines of its number.
        label_at: The media's label at a record frame, in seconds.
        clock: How timecodes are read.
        notes: Takes what cannot be read.
    """
    found = []
    for text in event.markers:
        said = _LOCATOR.fullmatch(text)
        if not said:
            notes.add(f"the marker {text[:40]!r} could not be read", f"event {event.edits[0].number}")
            continue
        at = label_at(clock.frame(said[1], None))
        found.append(nodes.marker(said[3], at, 1 / clock.rate, clock.rate, color=said[2].upper()))
    return found
