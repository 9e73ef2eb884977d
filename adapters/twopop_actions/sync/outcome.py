"""What came of each slot, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from twopop.v1 import media_pb2, sync_pb2
from twopop_actions.changes import AddMarker, Change, change_id
from twopop_actions.sync.coverage import Span
from twopop_actions.sync.slots import Slot

Verdict = Literal["placed", "present", "refused"]

_HEADLINES = {
    "locked": "left alone",
    "retimed": "left alone",
    "moved": "out of sync",
    "incomplete": "sound in part only",
    "placed_offline": "sound is missing",
    "offline": "media offline",
    "unreadable": "media unreadable",
    "outside_media": "media does not fit",
}


@dataclass(frozen=True)
class Match:
    """A recording and what was measured of it.

    Attributes:
        recording: The recording.
        pair: What was measured.
    """

    recording: media_pb2.Recording
    pair: sync_pb2.MatchPair


@dataclass(frozen=True)
class Outcome:
    """What came of a slot.

    Attributes:
        slot: The slot.
        verdict: "placed": sound was found; "present": an earlier run placed it; "refused": nothing was moved.
        sentence: What was done or why nothing was, in a sentence.
        reason: One word when refused, else empty.
        used: What the slot uses of the camera's file, in seconds on its clock; None when unknown.
        matches: The recordings that were placed; when refused, the one that came closest.
        changes: What is to be done.
    """

    slot: Slot
    verdict: Verdict
    sentence: str
    reason: str = ""
    used: Span | None = None
    matches: tuple[Match, ...] = ()
    changes: tuple[Change, ...] = ()


def refuse(slot: Slot, reason: str, sentence: str, used: Span | None = None, closest: Match | None = None) -> Outcome:
    """Nothing is moved; a red marker on the clip says why."""
    marker = AddMarker(
        id=change_id("refuse", slot.id, reason),
        clip=slot.id,
        target=slot.anchor.target,
        color="RED",
        name=f"twopop: {_HEADLINES.get(reason, 'no matching sound')}: {sentence}",
        comment=sentence,
    )
    matches = (closest,) if closest else ()
    return Outcome(slot, "refused", sentence, reason, used, matches, (marker,))


def refusal_of(pairs: Sequence[Match]) -> tuple[str, str, Match | None]:
    """Reason, sentence and closest recording, where none of the recordings matched."""
    if not pairs:
        return "no_recordings", "the sound folders hold no recording.", None
    closest = max(pairs, key=lambda match: match.pair.confidence)
    why = closest.pair.explanation or closest.pair.reason or "unrelated"
    if len(pairs) == 1:
        return closest.pair.reason, as_sentence(f"{closest.recording.name}: {why}"), closest
    sentence = f"none of {len(pairs)} recordings fits; {closest.recording.name}: {why}"
    return closest.pair.reason, as_sentence(sentence), closest


def as_sentence(text: str) -> str:
    """A text that ends as sentences do."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def partial_marker(slot: Slot, open_s: Fraction) -> AddMarker:
    """A yellow marker on a clip that recorder sound covers in part only."""
    sentence = f"recorder sound is missing for {float(open_s):.2f} s of this clip; its scratch sound was left on."
    return AddMarker(
        id=change_id("partial", slot.id, open_s),
        clip=slot.id,
        target=slot.anchor.target,
        color="YELLOW",
        name=f"twopop: {sentence}",
        comment=sentence,
    )
