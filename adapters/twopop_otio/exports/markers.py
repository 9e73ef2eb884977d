"""Markers as a table (CSV, RFC 4180): where each stands in timecode, seconds and frames, and what it says."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from twopop.timing import round_half_up
from twopop_otio.exports.cut import Cut
from twopop_otio.exports.format import Feature
from twopop_otio.exports.losses import Ledger

CARRIES: frozenset[Feature] = frozenset({"markers", "start_timecode", "track_names"})

CONCERNS = frozenset({"clips", "markers_outside"})
"""What is said of this format: what becomes of clips is no matter of it beyond that they are left out."""

COLUMNS = ("timecode", "seconds", "frame", "duration_frames", "name", "comment", "colour", "clip", "track")


def write_markers(cut: Cut, ledger: Ledger) -> Mapping[str, bytes]:
    """The table; seconds count from the timeline's first frame, and so do frames."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for mark in cut.all_marks():
        frame, length = (round_half_up(value * cut.timebase.rate) for value in (mark.record, mark.duration))
        at, seconds = cut.timebase.timecode(mark.record), f"{float(mark.record):.6f}"
        writer.writerow([at, seconds, frame, length, mark.name, mark.comment, mark.colour, mark.clip, mark.track])
    for lane in cut.lanes:
        if lane.events:
            ledger.add("clips", f"{len(lane.events)} on {lane.name or lane.kind}")
    return {"": text.getvalue().encode("utf-8", "replace")}
