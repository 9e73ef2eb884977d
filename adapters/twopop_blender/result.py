"""What the last action came to, kept with the scene so that the panel shows it after reopening too."""

from __future__ import annotations

from dataclasses import dataclass

from twopop.errors import TimelineUnreadable
from twopop_actions.record import from_json, to_json
from twopop_actions.task import Done
from twopop_blender.notes import Notes
from twopop_blender.strips import Scene


@dataclass(frozen=True)
class Refused:
    """A clip that nothing was done to.

    Attributes:
        clip: Its name.
        timecode: Where it stands.
        sentence: Why.
    """

    clip: str
    timecode: str
    sentence: str


@dataclass(frozen=True)
class Result:
    """What a panel shows of an action that is over.

    Attributes:
        label: The action's label.
        changes: How many changes were made.
        present: How many were there already.
        placed: How many stretches of camera sound got recorder sound.
        refused: Those that got none.
        notes: What else is worth telling.
        report: Absolute path of the report's page; empty when there is none.
        slipped: How many clips' own sound was put in sync with their picture.
    """

    label: str
    changes: int
    present: int
    placed: int
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]
    report: str
    slipped: int = 0

    @classmethod
    def of(cls, label: str, done: Done) -> Result:
        """What came of an action, by its label."""
        applied = done.applied
        return cls(
            label=label,
            changes=len(applied.applied) if applied else 0,
            present=sum(outcome.verdict == "present" for outcome in done.plan.outcomes),
            placed=sum(outcome.verdict == "placed" for outcome in done.plan.outcomes),
            refused=tuple(Refused(r.clip, r.timecode, r.sentence) for r in done.plan.refusals),
            notes=(*done.plan.notes, *(applied.notes if applied else ())),
            report=str(done.report or ""),
            slipped=sum(picture.verdict in ("slipped", "replaced") for picture in done.plan.pictures),
        )

    @property
    def summary(self) -> str:
        """All of it in a line."""
        parts = [f"{self.changes} change{'s' * (self.changes != 1)}"]
        parts += [f"{self.placed} placed"] * (self.placed > 0)
        parts += [f"{self.slipped} put in sync"] * (self.slipped > 0)
        parts += [f"{self.present} already there"] * (self.present > 0)
        parts += [f"{len(self.refused)} refused"] * bool(self.refused)
        return f"{self.label}: {', '.join(parts)}"


def keep(scene: Scene, result: Result) -> None:
    """Writes a result on the scene."""
    notes = Notes.of(scene)
    notes.last = to_json(result)
    notes.save(scene)


def last(scene: Scene) -> Result | None:
    """The result on a scene; None when there is none that this version reads."""
    try:
        return from_json(Result, Notes.of(scene).last, "result")
    except (ValueError, TimelineUnreadable):  # the panel is drawn all the time; its buttons say what is wrong
        return None
