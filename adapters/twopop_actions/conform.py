"""Conform: the recipe's steps, each planned on the timeline as the earlier ones leave it; one change list at the end.

The order of the steps is the product's. There is one so far: "sync".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

from twopop.v1 import operations_pb2
from twopop_actions.action import Action, Option, Values
from twopop_actions.changes import Change, ChangeList
from twopop_actions.engine import Engine, part_of
from twopop_actions.host import Host
from twopop_actions.lipsync.replacing import Placing
from twopop_actions.lipsync.step import PictureOptions, plan_lipsync
from twopop_actions.plan import Plan
from twopop_actions.scope import SCOPE, places_in
from twopop_actions.sync.scratch import Scratch
from twopop_actions.sync.slots import find_slots
from twopop_actions.sync.step import OwnSound, SyncOptions, plan_sync
from twopop_actions.timeline import Timeline
from twopop_client.connection import Watch

STEPS = ("sync",)
"""The steps of a recipe, in the order in which they run."""

_RECORDINGS = 0.7  # the share of the work after which the clips' own sound is looked at
_NO_FOLDER = "No folder with recorder sound was named, so only the clips' own sound was looked at."

CONFORM = Action(
    name="conform",
    label="Conform sound",
    help="Puts recorder sound under the camera clips of a timeline, and their own sound in sync with their picture.",
    needs=("engine", "timeline"),
    options=(
        Option("recipe", "steps", "sync", "Steps to run, separated by commas.", choices=STEPS),
        Option("sound", "folders", (), "Folder with recorder sound; may be given more than once."),
        Option("handles", "number", 10.0, "Sound to render beyond the part used.", unit="s", minimum=0, maximum=3600),
        Option("scratch", "choice", "mute", "What becomes of the camera's sound.", choices=("mute", "disable", "keep")),
        Option(
            "own_sound",
            "choice",
            "slip",
            "What becomes of a clip's own sound that is out of sync with its picture.",
            choices=("slip", "mark", "keep"),
        ),
        SCOPE,
    ),
)


def parse_recipe(text: str) -> tuple[str, ...]:
    """The steps of a recipe that `CONFORM` accepts, in the order in which they run."""
    named = {name.strip() for name in text.split(",")}
    return tuple(step for step in STEPS if step in named)


def plan_conform(host: Host, engine: Engine, values: Values, watch: Watch | None, render: bool) -> Plan:
    """Plans a conform as an action with its options.

    Args:
        host: The timeline.
        engine: Measures and renders.
        values: As `CONFORM.values` gives them.
        watch: Called with the progress.
        render: Whether to render; without, the plan names the files that would be made.

    Returns:
        The plan; nothing is applied.

    Raises:
        TwopopError: The timeline cannot be read, an option is invalid, or the engine failed.
    """
    options = SyncOptions(
        sound=tuple(Path(folder).absolute() for folder in cast("tuple[str, ...]", values["sound"])),
        output_dir=host.work_folder / "sound",
        handles_s=Fraction(str(values["handles"])),
        scratch=cast(Scratch, values["scratch"]),
        render=render,
        places=places_in(host, str(values["scope"])),
        own_sound=cast(OwnSound, values["own_sound"]),
    )
    return plan(host, engine, options, parse_recipe(str(values["recipe"])), watch)


def plan(
    host: Host, engine: Engine, options: SyncOptions, recipe: Sequence[str] = STEPS, watch: Watch | None = None
) -> Plan:
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
    first = host.read()
    made = Plan(first, ChangeList(first.source, first.digest, first.timebase))
    for _ in recipe:
        made = _with_recordings(made, host, engine, options, part_of(watch, 0, _RECORDINGS if options.sound else 0))
        if options.own_sound != "keep":
            made = _with_own_sound(made, host, engine, options, part_of(watch, _RECORDINGS if options.sound else 0, 1))
    if watch:
        watch(operations_pb2.Progress(fraction=1.0, stage="plan"))
    return made


def _with_recordings(made: Plan, host: Host, engine: Engine, options: SyncOptions, watch: Watch | None) -> Plan:
    """A plan with recorder sound under the clips."""
    if not options.sound:
        return replace(made, notes=(*made.notes, _NO_FOLDER))
    step = plan_sync(_timeline(made, host), host.capabilities, engine, options, watch)
    return replace(_with(made, step.changes), outcomes=step.outcomes, notes=(*made.notes, *step.notes))


def _with_own_sound(made: Plan, host: Host, engine: Engine, options: SyncOptions, watch: Watch | None) -> Plan:
    """A plan with the clips' own sound in sync, where it is heard: where no recorder sound takes its place."""
    timeline = _timeline(made, host)
    slots = [slot for slot in find_slots(timeline) if options.places is None or slot.lies_in(options.places)]
    if options.sound:
        unserved = {outcome.slot.id for outcome in made.outcomes if outcome.verdict == "refused" and outcome.used}
        slots = [slot for slot in slots if slot.id in unserved]
    placing = Placing(options.output_dir, options.handles_s, options.scratch, options.render)
    chosen = PictureOptions(placing, mending=options.own_sound == "slip", with_evidence=options.render)
    step = plan_lipsync(slots, timeline, host.capabilities, engine, chosen, watch)
    return replace(_with(made, step.changes), pictures=step.outcomes, notes=(*made.notes, *step.notes))


def _timeline(made: Plan, host: Host) -> Timeline:
    """The timeline as the steps so far leave it."""
    return host.read(after=made.changes) if made.changes.changes else made.timeline


def _with(made: Plan, changes: Sequence[Change]) -> Plan:
    """A plan with more changes, without those that the timeline holds already."""
    more = replace(made.changes, changes=(*made.changes.changes, *changes))
    return replace(made, changes=more.without(made.timeline.applied))
