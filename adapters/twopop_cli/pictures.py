"""What came of clips whose own sound was held against their picture, as a conform shows it."""

from __future__ import annotations

from typing import Any

from twopop_actions.lipsync.measured import surest
from twopop_actions.plan import Plan
from twopop_cli.output import NO_ANSWER, write_table


def write_pictures(plan: Plan) -> None:
    """Prints a table of them; nothing where there are none."""
    rows = []
    for picture in plan.pictures:
        timecode = plan.timeline.timebase.timecode(picture.slot.record_start)
        speaker = surest(picture.sync) if picture.sync else None
        offset = f"{speaker.offset_s * 1000:+.0f} ms" if speaker else NO_ANSWER
        confidence = f"{speaker.confidence:.2f}" if speaker else NO_ANSWER
        rows.append((picture.slot.anchor.name, timecode, offset, confidence, picture.verdict.replace("_", " ")))
    if rows:
        columns = ("Clip", "Record TC", "Own sound", "Confidence", "Verdict")
        write_table(columns, rows, right=("Own sound", "Confidence"), fold=("Clip",))


def pictures_json(plan: Plan) -> list[dict[str, Any]]:
    """The same as JSON."""
    found = []
    for picture in plan.pictures:
        speaker = surest(picture.sync) if picture.sync else None
        found.append(
            {
                "clip": picture.slot.anchor.name,
                "timecode": plan.timeline.timebase.timecode(picture.slot.record_start),
                "verdict": picture.verdict,
                "reason": picture.reason or None,
                "outcome": picture.sentence,
                "offset_s": speaker.offset_s if speaker else None,
                "confidence": speaker.confidence if speaker else None,
                "model": speaker.model if speaker else None,
            }
        )
    return found
