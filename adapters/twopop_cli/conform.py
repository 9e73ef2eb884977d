"""`twopop conform`: recorder sound under the camera clips of a timeline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from twopop.errors import OptionInvalid
from twopop.v1 import sync_pb2
from twopop_actions.conform import CONFORM, ConformPlan, parse_recipe, plan, report_request
from twopop_actions.sync.outcome import Outcome
from twopop_actions.sync.scratch import Scratch
from twopop_actions.sync.step import SyncOptions
from twopop_cli.output import NO_ANSWER, Json, write_json, write_line, write_table
from twopop_cli.progress import progress_bar
from twopop_client import EngineClient
from twopop_otio.host import OtioHost, work_folder

HELP = {option.name: option.help for option in CONFORM.options}


@dataclass(frozen=True)
class Settings:
    """What a user may set.

    Attributes:
        recipe: Steps, separated by commas.
        sound: Folders with recorder sound.
        handles_s: Sound to render beyond the part used, in seconds.
        scratch: What becomes of the camera's sound.
        only: Ids of the changes to apply; empty: all.
    """

    recipe: str
    sound: tuple[Path, ...]
    handles_s: float = 10.0
    scratch: str = "mute"
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """A conform that is ready to run: everything that needs no engine has been checked.

    Attributes:
        host: The timeline.
        recipe: The steps.
        options: Of the steps.
        only: Ids of the changes to apply; empty: all.
    """

    host: OtioHost
    recipe: tuple[str, ...]
    options: SyncOptions
    only: tuple[str, ...]

    @classmethod
    def prepare(cls, source: Path, output: Path, settings: Settings, *, dry_run: bool = False) -> Task:
        """Reads the timeline and checks the settings.

        Raises:
            InputError: The timeline cannot be read, or a setting is out of range.
        """
        recipe = parse_recipe(settings.recipe)
        if not settings.sound:
            raise OptionInvalid.of("--sound", "must name a folder with recorder sound")
        CONFORM.check("handles", settings.handles_s)
        CONFORM.check("scratch", settings.scratch)
        options = SyncOptions(
            sound=tuple(folder.absolute() for folder in settings.sound),
            output_dir=work_folder(output) / "sound",
            handles_s=Fraction(str(settings.handles_s)),
            scratch=cast(Scratch, settings.scratch),
            render=not dry_run,
        )
        return cls(OtioHost(source, output), recipe, options, settings.only)


@dataclass(frozen=True)
class Conformed:
    """What a conform came to.

    Attributes:
        plan: What was found and planned, cut down to what was asked for.
        output: The new timeline; None after a dry run.
        report: The report; None after a dry run.
    """

    plan: ConformPlan
    output: Path | None = None
    report: Path | None = None


def conform(
    timeline: Annotated[Path, typer.Argument(metavar="IN", help="The timeline, an .otio file. It is never changed.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="The new timeline.")],
    sound: Annotated[list[Path] | None, typer.Option(metavar="DIR", help=HELP["sound"])] = None,
    recipe: Annotated[str, typer.Option(help=HELP["recipe"])] = "sync",
    handles: Annotated[float, typer.Option(metavar="SECONDS", help=HELP["handles"])] = 10.0,
    scratch: Annotated[str, typer.Option(metavar="mute|disable|keep", help=HELP["scratch"])] = "mute",
    only: Annotated[
        str | None, typer.Option(metavar="IDS", help="Apply only these changes, separated by commas.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the changes and write nothing.")] = False,
    as_json: Json = False,
) -> int:
    """Put recorder sound under the camera clips of a timeline."""
    ids = tuple(part.strip() for part in (only or "").split(",") if part.strip())
    if only is not None and not ids:  # an empty shell variable must not mean "all"
        raise OptionInvalid.of("--only", "names no change; --dry-run lists the ids")
    settings = Settings(recipe, tuple(sound or ()), handles, scratch, ids)
    task = Task.prepare(timeline, output, settings, dry_run=dry_run)
    with EngineClient.connect() as engine:
        done = run(engine, task)
    if as_json:
        write_json(conformed_json(done))
        return 0
    if dry_run:
        write_changes(done.plan)
    else:
        write_clips(done.plan)
    write_summary(done)
    return 0


def run(engine: EngineClient, task: Task) -> Conformed:
    """Conforms a timeline.

    Args:
        engine: Measures, renders and draws.
        task: What to do; one that renders nothing is a dry run.

    Returns:
        What came of it.

    Raises:
        TwopopError: The output cannot be written, an id of `only` is unknown, or the engine failed.
    """
    with progress_bar("Conform") as watch:
        planned = plan(task.host, engine, task.options, task.recipe, watch)
    if task.only:
        part = planned.changes.only(task.only)
        note = f"Only {len(part.changes)} of {len(planned.changes.changes)} changes were asked for."
        planned = replace(planned, changes=part, notes=(*planned.notes, note))
    if not task.options.render:
        return Conformed(planned)
    task.host.apply(planned.changes)
    report = work_folder(task.host.output) / "report.html"
    with progress_bar("Report") as watch:
        engine.write_report(report_request(planned, str(report)), watch)
    return Conformed(planned, task.host.output, report)


def conformed_json(done: Conformed) -> dict[str, Any]:
    """A conform as `conform --json` shows it."""
    changes = done.plan.changes
    return {
        "output": str(done.output) if done.output else None,
        "changes": len(changes.changes),
        "refusals": [
            {"clip": item.clip, "timecode": item.timecode, "reason": item.reason, "explanation": item.sentence}
            for item in done.plan.refusals
        ],
        "report": str(done.report) if done.report else None,
        "clips": [_outcome_json(done.plan, outcome) for outcome in done.plan.outcomes],
        "change_list": [
            {"id": change.id, "clip": change.clip, "change": type(change).__name__, "description": words}
            for change, words in zip(changes.changes, changes.describe(), strict=True)
        ],
        "notes": list(done.plan.notes),
    }


def write_changes(planned: ConformPlan) -> None:
    """Prints the change list; its ids are what `--only` takes."""
    changes = planned.changes
    rows = [(c.id, c.clip, words) for c, words in zip(changes.changes, changes.describe(), strict=True)]
    write_table(("Id", "Clip's id", "Change"), rows, fold=("Change",))


def write_clips(planned: ConformPlan) -> None:
    """Prints what came of each clip: figures in a table, sentences below."""
    columns = ("Clip", "Record TC", "Recording", "Offset", "Drift", "Confidence", "Verdict")
    rows = [row for outcome in planned.outcomes for row in _rows(planned, outcome)]
    write_table(columns, rows, right=("Offset", "Drift", "Confidence"), fold=("Clip", "Recording"))
    for outcome in planned.outcomes:
        write_line(f"{outcome.slot.anchor.name}: {outcome.sentence}")
    if planned.outcomes:
        write_line()


def write_summary(done: Conformed) -> None:
    """Prints notes, counts, and where the results are."""
    for note in done.plan.notes:
        write_line(f"Note: {note}")
    counts = f"{len(done.plan.changes.changes)} changes, {len(done.plan.refusals)} refusals"
    write_line(f"{counts}." if done.output else f"{counts}; nothing was written.")
    if done.output:
        write_line(f"Timeline: {done.output}")
        write_line(f"Report:   {done.report}")


def _rows(planned: ConformPlan, outcome: Outcome) -> list[tuple[str, ...]]:
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


def _outcome_json(planned: ConformPlan, outcome: Outcome) -> dict[str, Any]:
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
