"""What a format is to an export: a name, what it carries, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from twopop_otio.exports.cut import Cut, Event
from twopop_otio.exports.losses import Ledger
from twopop_otio.times import is_frame_rate

Feature = Literal[
    "channels", "disabled", "dissolves", "gain", "gain_keys", "links", "markers", "media_rate", "retimes", "reverse",
    "start_timecode", "takes", "track_names",
]  # fmt: skip
"""Things that some formats carry and others do not; each is a kind of loss where it is not carried."""

Writer = Callable[[Cut, Ledger], Mapping[str, bytes]]
"""Files of a cut by what is added to the output's stem: "" for the one that was asked for."""


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: What the command calls it.
        title: What people call it.
        suffix: Of its files.
        carries: What it keeps of a timeline beside clips at their place.
        write: Makes the files.
        concerns: Kinds of losses that matter to it; None: all.
    """

    name: str
    title: str
    suffix: str
    carries: frozenset[Feature]
    write: Writer
    concerns: frozenset[str] | None = None


def note_uncarried(cut: Cut, carries: frozenset[Feature], ledger: Ledger) -> None:
    """Notes what a cut holds and a format does not carry."""
    if cut.timebase.start and "start_timecode" not in carries:
        ledger.add("start_timecode", cut.timebase.timecode(cut.duration * 0))
    if "markers" not in carries:
        for mark in cut.all_marks():
            ledger.add("markers", f"{mark.name or 'marker'} at {cut.timebase.timecode(mark.record)}")
    for lane in cut.lanes:
        if lane.name and lane.events and "track_names" not in carries:
            ledger.add("track_names", lane.name)
        if "dissolves" not in carries:
            for dissolve in lane.dissolves:
                ledger.add("dissolves", f"{dissolve.name or 'dissolve'} at {cut.timebase.timecode(dissolve.cut)}")
        for event in lane.events:
            rate = event.media.rate
            if "media_rate" not in carries and rate and is_frame_rate(float(rate)) and rate != cut.timebase.rate:
                ledger.add("media_rate", f"{event.name}: {float(rate):.3f}")
            _note_event(event, f"{event.name} at {cut.timebase.timecode(event.record_start)}", carries, ledger)


def _note_event(event: Event, where: str, carries: frozenset[Feature], ledger: Ledger) -> None:
    held: dict[Feature, bool] = {
        "takes": bool(event.takes),
        "gain": event.gain_db != 0.0 and not event.gain_keys,
        "gain_keys": bool(event.gain_keys),
        "channels": bool(event.channels),
        "links": event.link is not None,
        "retimes": event.retimed and event.speed != -1,
        "reverse": event.speed < 0,
    }
    for feature, present in held.items():
        if present and feature not in carries:
            ledger.add(feature, where)
