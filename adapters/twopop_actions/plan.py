"""What an action would do to a timeline: shown first, then applied in whole or in part."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from twopop_actions.changes import ChangeList
from twopop_actions.lipsync.judging import PictureOutcome
from twopop_actions.sync.outcome import Outcome
from twopop_actions.timeline import Timeline


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
class Plan:
    """What an action would do.

    Attributes:
        timeline: The timeline that it was planned on.
        changes: What is to be applied, without what is there already.
        outcomes: What came of each stretch of camera sound, by record time.
        notes: What else is worth telling.
        pictures: What came of each clip whose own sound was held against its picture, by record time.
    """

    timeline: Timeline
    changes: ChangeList
    outcomes: tuple[Outcome, ...] = ()
    notes: tuple[str, ...] = ()
    pictures: tuple[PictureOutcome, ...] = ()

    @property
    def is_telling(self) -> bool:
        """Whether anything was found out that a report can tell."""
        return bool(self.outcomes or self.pictures)

    @property
    def is_present(self) -> bool:
        """Whether all was there already."""
        return all(outcome.verdict == "present" for outcome in self.told)

    @property
    def told(self) -> tuple[Outcome | PictureOutcome, ...]:
        """All that was found out."""
        return (*self.outcomes, *self.pictures)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The clips that nothing was done to."""
        at = self.timeline.timebase.timecode
        return tuple(
            Refusal(o.slot.anchor.name, at(o.slot.record_start), o.reason, o.sentence)
            for o in self.told
            if o.verdict in ("refused", "out_of_sync")
        )

    def only(self, ids: Collection[str]) -> Plan:
        """The part with these ids of changes or of clips; a note says that it is a part.

        Raises:
            OptionInvalid: An id that is not in the list.
        """
        part = self.changes.only(ids)
        note = f"Only {len(part.changes)} of {len(self.changes.changes)} changes were asked for."
        return replace(self, changes=part, notes=(*self.notes, note))
