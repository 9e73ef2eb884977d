"""What the engine needs to draw the report of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twopop.timing import range_to_wire
from twopop.v1 import report_pb2, sync_pb2
from twopop_actions.lipsync.judging import PictureOutcome
from twopop_actions.plan import Plan
from twopop_actions.sync.outcome import Match, Outcome
from twopop_actions.timeline import Timebase


@dataclass(frozen=True)
class Section:
    """What else belongs into a report.

    Attributes:
        title: The heading.
        lead: A sentence below it.
        items: What each item is about, and the sentences on it.
    """

    title: str
    lead: str
    items: tuple[tuple[str, tuple[str, ...]], ...]


def report_request(plan: Plan, output_path: str, sections: Sequence[Section] = ()) -> report_pb2.ReportRequest:
    """What the engine needs to draw the report.

    Args:
        plan: The plan that was applied.
        output_path: Absolute path of the HTML file.
        sections: What else belongs into it, in the page's order.

    Returns:
        One row for each recording placed, and one for each clip refused.
    """
    timebase = plan.timeline.timebase
    request = report_pb2.ReportRequest(
        output_path=output_path,
        title=plan.timeline.name,
        changes=plan.changes.describe(),
        notes=plan.notes,
    )
    request.frame_rate.numerator = timebase.rate.numerator
    request.frame_rate.denominator = timebase.rate.denominator
    for outcome in plan.outcomes:
        request.clips.extend(_rows(outcome, timebase))
    request.videos.extend(_video(picture, timebase) for picture in plan.pictures if picture.sync)
    for section in sections:
        items = [report_pb2.ReportItem(name=name, sentences=sentences) for name, sentences in section.items]
        request.sections.add(title=section.title, lead=section.lead, items=items)
    return request


def _video(picture: PictureOutcome, timebase: Timebase) -> report_pb2.ReportVideo:
    name = f"{picture.slot.anchor.name} at {timebase.timecode(picture.slot.record_start)}"
    return report_pb2.ReportVideo(name=name, sync=picture.sync, outcome=picture.sentence)


def _rows(outcome: Outcome, timebase: Timebase) -> list[report_pb2.ReportClip]:
    return [_row(outcome, match, timebase) for match in outcome.matches or (None,)]


def _row(outcome: Outcome, match: Match | None, timebase: Timebase) -> report_pb2.ReportClip:
    slot = outcome.slot
    row = report_pb2.ReportClip(
        name=slot.anchor.name,
        record_timecode=timebase.timecode(slot.record_start),
        duration_s=float(slot.duration),
        reference_path=(slot.media.path or "") if slot.media.problem is None else "",
        outcome=outcome.sentence,
    )
    if outcome.used:
        row.reference_range.CopyFrom(range_to_wire(outcome.used[0], outcome.used[1] - outcome.used[0]))
    if match:
        row.other_paths.extend(match.recording.paths)
        row.other_name = match.recording.name
        row.match.CopyFrom(match.pair)
    if outcome.verdict == "refused":  # also where a recording was placed, but not on what the clip uses
        row.match.verdict = sync_pb2.MATCH_VERDICT_REFUSED
        row.match.reason = outcome.reason
        row.match.explanation = outcome.sentence
    return row
