"""Conform: the recipe's steps, each planned on the timeline as the earlier ones leave it; one change list at the end.

The order of the steps is the product's. There is one so far: "sync".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

from twopop_actions.action import Action, Option, Values
from twopop_actions.changes import ChangeList
from twopop_actions.engine import Engine
from twopop_actions.host import Host
from twopop_actions.plan import Plan
from twopop_actions.scope import SCOPE, places_in
from twopop_actions.sync.outcome import Outcome
from twopop_actions.sync.scratch import Scratch
from twopop_actions.sync.step import SyncOptions, plan_sync
from twopop_client.connection import Watch

STEPS = ("sync",)
"""The steps of a recipe, in the order in which they run."""

CONFORM = Action(
    name="conform",
    label="Conform sound",
    help="Puts recorder sound under the camera clips of a timeline.",
    needs=("engine", "timeline", "sound"),
    options=(
        Option("recipe", "steps", "sync", "Steps to run, separated by commas.", choices=STEPS),
        Option("sound", "folders", None, "Folder with recorder sound; may be given more than once."),
        Option("handles", "number", 10.0, "Sound to render beyond the part used.", unit="s", minimum=0, maximum=3600),
        Option("scratch", "choice", "mute", "What becomes of the camera's sound.", choices=("mute", "disable", "keep")),
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
    changes = ChangeList(first.source, first.digest, first.timebase)
    outcomes: list[Outcome] = []
    notes: list[str] = []
    for _ in recipe:
        timeline = host.read(after=changes) if changes.changes else first
        step = plan_sync(timeline, host.capabilities, engine, options, watch)
        changes = replace(changes, changes=(*changes.changes, *step.changes)).without(first.applied)
        outcomes += step.outcomes
        notes += step.notes
    return Plan(first, changes, tuple(outcomes), tuple(notes))
