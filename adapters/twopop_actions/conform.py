"""Conform: the recipe's steps, each planned on the timeline as the earlier ones leave it; one change list at the end.

The order of the steps is the product's. There is one so far: "sync".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from twopop.errors import OptionInvalid
from twopop.timing import range_to_wire
from twopop.v1 import report_pb2, sync_pb2
from twopop_actions.action import Action, Option
from twopop_actions.changes import ChangeList
from twopop_actions.engine import Engine
from twopop_actions.host import Host
from twopop_actions.sync.outcome import Match, Outcome
from twopop_actions.sync.step import SyncOptions, plan_sync
from twopop_actions.timeline import Timebase, Timeline
from twopop_client.connection import Watch

STEPS = ("sync",)
"""The steps of a recipe, in the order in which they run."""

CONFORM = Action(
    name="conform",
    label="Conform sound",
    help="Puts recorder sound under the camera clips of a timeline.",
    needs=("engine", "timeline", "sound"),
    options=(
        Option("recipe", "text", "sync", "Steps to run, separated by commas."),
        Option("sound", "folders", None, "Folder with recorder sound; may be given more than once."),
        Option("handles", "number", 10.0, "Sound to render beyond the part used.", unit="s", minimum=0, maximum=3600),
        Option("scratch", "choice", "mute", "What becomes of the camera's sound.", choices=("mute", "disable", "keep")),
    ),
)


@dataclass(frozen=True)
class Refusal:
    """A clip that nothing was done to.

    Attributes:
        clip: Its name.
        timecode: Where it stands.
        reason: One word.
        sentence: The reason in a sentence.
    """

    clip: str
    timecode: str
    reason: str
    sentence: str


@dataclass(frozen=True)
class ConformPlan:
    """What a conform would do.

    Attributes:
        timeline: The timeline that it was planned on.
        changes: What is to be applied, without what is there already.
        outcomes: What came of each stretch of camera sound, by record time.
        notes: What else is worth telling.
    """

    timeline: Timeline
    changes: ChangeList
    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...]

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The clips that nothing was done to."""
        at = self.timeline.timebase.timecode
        return tuple(
            Refusal(o.slot.anchor.name, at(o.slot.record_start), o.reason, o.sentence)
            for o in self.outcomes
            if o.verdict == "refused"
        )


def parse_recipe(text: str) -> tuple[str, ...]:
    """The steps of a recipe, in the order in which they run.

    Raises:
        OptionInvalid: A step of an unknown name, or none.
    """
    named = {name.strip() for name in text.split(",")} - {""}
    if unknown := sorted(named - set(STEPS)):
        raise OptionInvalid.of("--recipe", f"{unknown[0]!r} is not one of {', '.join(STEPS)}")
    if not named:
        raise OptionInvalid.of("--recipe", f"names no step; there are {', '.join(STEPS)}")
    return tuple(step for step in STEPS if step in named)


def plan(
    host: Host, engine: Engine, options: SyncOptions, recipe: Sequence[str] = STEPS, watch: Watch | None = None
) -> ConformPlan:
    """Plans a conform.

    Args:
        host: The timeline.
        engine: Measures and renders.
        options: What the user set.
        recipe: The steps, as `parse_recipe` gives them.
        watch: Called with the progress.

    Returns:
        The plan; nothing is applied.

    Raises:
        TwopopError: The timeline cannot be read, an option is invalid, or the engine failed.
    """
    CONFORM.check("handles", float(options.handles_s))
    CONFORM.check("scratch", options.scratch)
    first = host.read()
    changes = ChangeList(first.source, first.digest, first.timebase)
    outcomes: list[Outcome] = []
    notes: list[str] = []
    for _ in recipe:
        timeline = host.read(after=changes) if changes.changes else first
        step = plan_sync(timeline, host.capabilities, engine, options, watch)
        changes = replace(changes, changes=(*changes.changes, *step.changes)).without(first.applied)
        outcomes += step.outcomes
        notes += step.notes
    return ConformPlan(first, changes, tuple(outcomes), tuple(notes))


def report_request(conform: ConformPlan, output_path: str) -> report_pb2.ReportRequest:
    """What the engine needs to draw the report.

    Args:
        conform: The plan that was applied.
        output_path: Absolute path of the HTML file.

    Returns:
        One row for each recording placed, and one for each clip refused.
    """
    timebase = conform.timeline.timebase
    request = report_pb2.ReportRequest(
        output_path=output_path,
        title=conform.timeline.name,
        changes=conform.changes.describe(),
        notes=conform.notes,
    )
    request.frame_rate.numerator = timebase.rate.numerator
    request.frame_rate.denominator = timebase.rate.denominator
    for outcome in conform.outcomes:
        request.clips.extend(_rows(outcome, timebase))
    return request


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
