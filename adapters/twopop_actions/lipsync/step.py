"""The step itself: which clips' own sound is heard, whether it fits their picture, and the slips that follow.

An error of sync belongs to the file, so each file is measured once for all clips that use the same part of it. What an
editor has slipped by hand counts: a file whose sound leads by 120 ms is in sync where its sound lies 120 ms late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from twopop.errors import ModelMissing, ModelUnknown, ModelUnreadable
from twopop.timing import range_to_wire
from twopop.v1 import media_pb2, sync_pb2
from twopop_actions.changes import Change
from twopop_actions.engine import Engine, part_of
from twopop_actions.host import HostCapabilities
from twopop_actions.lipsync.asking import measure_all
from twopop_actions.lipsync.judging import Heard, PictureOutcome, judge, left_alone, slip_ids
from twopop_actions.lipsync.replacing import Placing, with_copies
from twopop_actions.sync.cameras import PlacedSound
from twopop_actions.sync.clock import used_range
from twopop_actions.sync.coverage import Span
from twopop_actions.sync.slots import Slot
from twopop_actions.timeline import Timeline
from twopop_client.connection import Watch

_APART_S = Fraction(1)
_JOINED_S = Fraction(1)


@dataclass(frozen=True)
class PicturePlan:
    """What the step came to.

    Attributes:
        outcomes: One for each slot that was looked at, by record time.
        notes: What else is worth telling.
    """

    outcomes: tuple[PictureOutcome, ...]
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, by record time."""
        return tuple(change for outcome in self.outcomes for change in outcome.changes)


@dataclass(frozen=True)
class PictureOptions:
    """What a user may set.

    Attributes:
        placing: How copies are made where no slip will do.
        mending: Whether sound may be moved; without, it is only marked.
        with_evidence: Whether to ask for what a report draws.
    """

    placing: Placing
    mending: bool = True
    with_evidence: bool = False


def plan_lipsync(
    slots: Sequence[Slot], timeline: Timeline, capabilities: HostCapabilities, engine: Engine, options: PictureOptions,
    watch: Watch | None = None,
) -> PicturePlan:  # fmt: skip
    """Plans to mend clips whose own sound does not fit their picture.

    Args:
        slots: Those whose own sound is heard, by record time.
        timeline: What the host read.
        capabilities: What the host can do.
        engine: Measures.
        options: What the user set.
        watch: Called with the progress.

    Returns:
        Outcomes and notes. Where nothing can be measured for want of a model, a note says so.

    Raises:
        TwopopError: The engine failed.
    """
    seen = [slot for slot in slots if slot.pictures and slot.scratch]
    placed = PlacedSound(timeline.clips)
    known = [outcome for slot in seen if (outcome := _known(slot, timeline, placed))]
    served = {outcome.slot.id for outcome in known}
    heard, unheard = _examine([slot for slot in seen if slot.id not in served], engine, part_of(watch, 0, 0.05))
    try:
        measured = _measure(heard, engine, options.with_evidence, part_of(watch, 0.05, 0.9))
    except (ModelMissing, ModelUnknown, ModelUnreadable) as problem:
        note = f"Clips' own sound was not held against their picture: {problem.message}"
        return PicturePlan(tuple(known), (note,))
    locked = frozenset(track.index for track in timeline.tracks if track.locked)
    judged = [
        (one, judge(one, measured[one.slot.id], timeline.timebase, capabilities, locked, options.mending))
        for one in heard
    ]
    mended = with_copies(judged, timeline, capabilities, engine, options.placing, part_of(watch, 0.9, 1))
    order = {slot.id: index for index, slot in enumerate(slots)}
    return PicturePlan(tuple(sorted((*known, *unheard, *mended), key=lambda outcome: order[outcome.slot.id])))


def _known(slot: Slot, timeline: Timeline, placed: PlacedSound) -> PictureOutcome | None:
    """What is to be said of a slot that an earlier run slipped or placed sound for; None when none did."""
    if any(id in timeline.applied for id in slip_ids(slot)):
        return left_alone(slot, "present", "An earlier run slipped its sound.")
    standing = placed.standing(slot, 1 / timeline.timebase.rate, missing=())
    if standing is None:
        return None
    if standing.reason:
        return left_alone(slot, "out_of_sync", standing.sentence, standing.reason)
    return left_alone(slot, "present", "Sound that an earlier run placed takes the place of its own.")


def _examine(slots: Sequence[Slot], engine: Engine, watch: Watch | None) -> tuple[list[Heard], list[PictureOutcome]]:
    """The slots that can be measured; what is to be said of the others."""
    paths = sorted({slot.media.path for slot in slots if slot.media.path and not slot.media.problem})
    files = engine.probe(paths, watch).files if paths else ()
    probed = dict(zip(paths, files, strict=True))
    found = [_heard(slot, probed.get(slot.media.path or "")) for slot in slots]
    heard = [one for one in found if isinstance(one, Heard)]
    return heard, [one for one in found if isinstance(one, PictureOutcome)]


def _heard(slot: Slot, file: media_pb2.ProbedFile | None) -> Heard | PictureOutcome:
    """A slot that can be measured, or why it cannot."""
    if file is None:
        return left_alone(
            slot, "cannot_tell", f"{slot.media.path or slot.anchor.name}: {slot.media.problem}.", "offline"
        )
    if file.HasField("error"):
        reason = "offline" if file.error.reason == "MEDIA_NOT_FOUND" else "unreadable"
        return left_alone(slot, "cannot_tell", file.error.message, reason)
    if not file.info.audio:
        return left_alone(slot, "cannot_tell", "its file has no sound.", "no_sound")
    if not file.info.video:
        return left_alone(slot, "cannot_tell", "its file has no picture.", "no_picture")
    if slot.speed != 1 or slot.anchor.speed != 1:
        return left_alone(slot, "cannot_tell", "the clip is retimed.", "retimed")
    used = used_range(slot.source_start, slot.duration, slot.media, file.info)
    if used is None:
        sentence = f"{file.path} does not hold the part that the clip uses; was the file replaced?"
        return left_alone(slot, "cannot_tell", sentence, "outside_media")
    sound = slot.scratch[0]
    late_s = (sound.record_start - sound.source_start) - (slot.anchor.record_start - slot.anchor.source_start)
    if abs(late_s) > _APART_S:
        sentence = "its sound and its picture play different parts of the file."
        return left_alone(slot, "cannot_tell", sentence, "apart")
    return Heard(slot, file.info, used, late_s)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans by time, those that overlap or lie within a second joined: more to measure by."""
    merged: list[Span] = []
    for low, high in sorted(spans):
        if merged and low - merged[-1][1] <= _JOINED_S:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _item(path: str, start: Fraction, stop: Fraction) -> sync_pb2.AssessItem:
    return sync_pb2.AssessItem(path=path, range=range_to_wire(start, stop - start))


def _measure(
    heard: Sequence[Heard], engine: Engine, with_evidence: bool, watch: Watch | None
) -> dict[str, sync_pb2.VideoSync]:
    """What was measured for each slot, by the slot's id."""
    parts = {
        path: joined(one.used for one in heard if one.path == path) for path in sorted({one.path for one in heard})
    }
    wanted = [(path, span) for path, spans in parts.items() for span in spans]
    if not wanted:
        return {}
    items = [_item(path, max(low, Fraction(0)), high) for path, (low, high) in wanted]  # a label may be rounded down
    options = sync_pb2.AssessOptions(with_evidence=with_evidence)
    videos = measure_all(engine, items, options, watch)
    measured = list(zip(wanted, videos, strict=True))
    return {
        one.slot.id: next(
            video for (path, (low, high)), video in measured if path == one.path and low <= one.used[0] < high
        )
        for one in heard
    }
