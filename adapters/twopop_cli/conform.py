"""`twopop conform`: recorder sound under the camera clips of a timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from twopop.errors import OptionInvalid
from twopop.v1 import sync_pb2
from twopop_actions.conform import CONFORM
from twopop_actions.plan import Plan
from twopop_actions.sync.outcome import Outcome
from twopop_actions.task import Done, Task
from twopop_cli.options import (
    EdlRate,
    Handles,
    MediaFolders,
    OwnSound,
    Recipe,
    Scratch,
    SoundFolders,
    TimelineName,
    WholeFrames,
    conform_values,
    opening_of,
)
from twopop_cli.output import NO_ANSWER, Json, counted, write_json, write_line, write_table
from twopop_cli.pictures import pictures_json, write_pictures
from twopop_cli.progress import progress_bar
from twopop_client import EngineClient, Watch
from twopop_otio.imports import LinkEvent
from twopop_otio.opening import Opened, find_media, formats_section, media_section, open_timeline

_IN = "The timeline: OTIO, EDL, AAF, FCP7 XML or FCPXML. It is never changed."

Bar = Callable[[str], AbstractContextManager[Watch]]
"""Shows the progress of a piece of work, named by its title."""


def conform(
    timeline: Annotated[Path, typer.Argument(metavar="IN", help=_IN)],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="The new timeline.")],
    sound: SoundFolders = None,
    recipe: Recipe = "sync",
    handles: Handles = 10.0,
    scratch: Scratch = "mute",
    own_sound: OwnSound = "slip",
    media: MediaFolders = None,
    name: TimelineName = None,
    rate: EdlRate = None,
    whole_frames: WholeFrames = None,
    only: Annotated[
        str | None, typer.Option(metavar="IDS", help="Apply only these changes, separated by commas.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the changes and write nothing.")] = False,
    as_json: Json = False,
) -> int:
    """Put recorder sound under the camera clips of a timeline, and their own sound in sync with their picture."""
    ids = tuple(part.strip() for part in (only or "").split(",") if part.strip())
    if only is not None and not ids:  # an empty shell variable must not mean "all"
        raise OptionInvalid.of("--only", "names no change; --dry-run lists the ids")
    values = conform_values(sound, recipe, handles, scratch, own_sound)
    opening = opening_of(media, name, rate, whole_frames)
    opened = open_timeline(timeline, output, opening)
    with EngineClient.connect() as engine:
        with progress_bar("Media") as watch:
            opened = find_media(opened, opening, engine, watch)
        task = Task.prepare(CONFORM.name, opened.host, values, only=ids, dry_run=dry_run)
        done = run(engine, task, opened)
    if as_json:
        write_json({**conformed_json(done), "media": [asdict(event) for event in opened.events]})
        return 0
    if dry_run:
        write_changes(done.plan)
    else:
        write_clips(done.plan)
    write_media(opened.events)
    write_summary(done)
    return 0


def run(engine: EngineClient, task: Task, opened: Opened, bar: Bar = progress_bar) -> Done:
    """Runs a task, with a progress bar for its planning and one for its report.

    Args:
        engine: Measures, renders and draws.
        task: What to do.
        opened: The timeline that it is done on.
        bar: Shows the progress.

    Returns:
        What came of it.

    Raises:
        TwopopError: The output cannot be written, an id of `only` is unknown, or the engine failed.
    """
    with bar(task.entry.action.label) as watch:
        planned = task.plan(engine, watch)
    planned = replace(planned, notes=(*opened.notes, *planned.notes))
    if task.dry_run:
        return Done(planned)
    applied = task.apply(planned)
    with bar("Report") as watch:
        sections = [media_section(opened.events)] if opened.events else []
        sections.append(formats_section(Path(applied.output)))
        return Done(planned, applied, task.report(engine, planned, watch, sections))


def conformed_json(done: Done) -> dict[str, Any]:
    """A conform as `conform --json` shows it."""
    changes = done.plan.changes
    return {
        "output": done.applied.output if done.applied else None,
        "changes": len(changes.changes),
        "refusals": [
            {"clip": item.clip, "timecode": item.timecode, "reason": item.reason, "explanation": item.sentence}
            for item in done.plan.refusals
        ],
        "report": str(done.report) if done.report else None,
        "pictures": pictures_json(done.plan),
        "clips": [_outcome_json(done.plan, outcome) for outcome in done.plan.outcomes],
        "change_list": [
            {"id": change.id, "clip": change.clip, "change": type(change).__name__, "description": words}
            for change, words in zip(changes.changes, changes.describe(), strict=True)
        ],
        "notes": list(done.plan.notes),
    }


def write_changes(planned: Plan) -> None:
    """Prints the change list; its ids are what `--only` takes."""
    changes = planned.changes
    rows = [(c.id, c.clip, words) for c, words in zip(changes.changes, changes.describe(), strict=True)]
    write_table(("Id", "Clip's id", "Change"), rows, fold=("Change",))


def write_clips(planned: Plan) -> None:
    """Prints what came of each clip: figures in a table, sentences below."""
    if planned.outcomes:
        columns = ("Clip", "Record TC", "Recording", "Offset", "Drift", "Confidence", "Verdict")
        rows = [row for outcome in planned.outcomes for row in _rows(planned, outcome)]
        write_table(columns, rows, right=("Offset", "Drift", "Confidence"), fold=("Clip", "Recording"))
    write_pictures(planned)
    for told in planned.told:
        write_line(f"{told.slot.anchor.name}: {told.sentence}")
    if planned.is_telling:
        write_line()


def write_media(events: Sequence[LinkEvent]) -> None:
    """Prints what came of the clips' media: a count, and a line for each that needs a hand."""
    if not events:
        return
    for event in events:
        if event.state != "linked":
            write_line(f"{event.timecode} {event.clip} on {event.track}: {event.state}: {event.why}.")
            for candidate in event.candidates:
                write_line(f"  {candidate}")
    states = Counter(event.state for event in events)
    write_line("Media: " + ", ".join(f"{states[state]} {state}" for state in ("linked", "ambiguous", "missing")) + ".")


def write_summary(done: Done) -> None:
    """Prints notes, counts, and where the results are."""
    for note in done.plan.notes:
        write_line(f"Note: {note}")
    counts = f"{counted(len(done.plan.changes.changes), 'change')}, {counted(len(done.plan.refusals), 'refusal')}"
    write_line(f"{counts}." if done.applied else f"{counts}; nothing was written.")
    if done.applied:
        write_line(f"Timeline: {done.applied.output}")
    if done.report:
        write_line(f"Report:   {done.report}")


def _rows(planned: Plan, outcome: Outcome) -> list[tuple[str, ...]]:
    name = outcome.slot.anchor.name
    timecode = planned.timeline.timebase.timecode(outcome.slot.record_start)
    if not outcome.matches:
        return [(name, timecode, NO_ANSWER, NO_ANSWER, NO_ANSWER, NO_ANSWER, outcome.verdict)]
    return [(name, timecode, match.recording.name, *_figures(match.pair), outcome.verdict) for match in outcome.matches]


def _figures(pair: sync_pb2.MatchPair) -> tuple[str, str, str]:
    return (
        f"{pair.start_s:+.4f} s" if pair.HasField("start_s") else NO_ANSWER,
        f"{pair.drift_ppm:+.1f} ppm" if pair.HasField("drift_ppm") else NO_ANSWER,
        f"{pair.confidence:.3f}",
    )


def _outcome_json(planned: Plan, outcome: Outcome) -> dict[str, Any]:
    return {
        "clip": outcome.slot.anchor.name,
        "timecode": planned.timeline.timebase.timecode(outcome.slot.record_start),
        "verdict": outcome.verdict,
        "reason": outcome.reason or None,
        "outcome": outcome.sentence,
        "recordings": [
            {
                "name": match.recording.name,
                "paths": list(match.recording.paths),
                "start_s": match.pair.start_s if match.pair.HasField("start_s") else None,
                "drift_ppm": match.pair.drift_ppm if match.pair.HasField("drift_ppm") else None,
                "confidence": match.pair.confidence,
            }
            for match in outcome.matches
        ],
    }
