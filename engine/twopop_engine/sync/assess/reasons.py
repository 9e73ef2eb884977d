"""Why an offset cannot be told, and what a verdict means, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twopop_engine.sync.assess.answer import Course, Reason, Span, Verdict
from twopop_engine.sync.assess.estimate import Estimate
from twopop_engine.sync.assess.field import Field

_SHORTEST_S = 1.5
_LEAST_SPEECH_S = 0.8
_MOST_PROFILE = 0.5
_SMALLEST_PX = 20.0
_FEWEST_EVENTS = 3

SENTENCES: dict[Reason, str] = {
    "unreadable": "the file cannot be read",
    "no_sound": "the file has no sound",
    "no_picture": "the file has no picture",
    "no_face": "no face is seen, and nothing else that would show when its sound belongs",
    "speakers_disagree": "the speakers' offsets differ by more than 80 ms",
    "too_short": "the face is seen too briefly",
    "no_speech": "too little speech is heard while the face is seen",
    "still_face": "the mouth hardly moves while speech is heard",
    "turned_away": "the face is turned away most of the time",
    "small_face": "the face is too small",
    "not_speaking": "the sound fits another face, or nobody on screen",
    "no_match": "the sound fits the lips at no offset within a second: dubbed, another language, or another speaker",
    "ambiguous": "the sound fits at more than one offset equally well",
    "no_events": "nothing is seen and heard to begin, stop or strike often enough",
}
"""A sentence for each reason, without a full stop."""

IMPACT_SENTENCES: dict[Reason, str] = SENTENCES | {
    "no_match": "what is heard fits what moves in the picture at no offset within a second",
    "ambiguous": "what is heard fits what moves in the picture at more than one offset equally well",
}
"""The same for the motion of the whole picture, where there are no lips to speak of."""


@dataclass(frozen=True)
class FaceFacts:
    """What was seen of a face.

    Attributes:
        track: Its number.
        seen: From first to last.
        seen_s: Seconds in which it was seen.
        profile_share: Share of its frames in which it is in profile.
        width_px: Median width of its box.
    """

    track: int
    seen: Span
    seen_s: float
    profile_share: float
    width_px: float


def face_reason(facts: FaceFacts, field: Field, found: Estimate | None, still: float, *, others_speak: bool) -> Reason:
    """Why a face's offset cannot be told: the first that holds.

    Args:
        facts: What was seen of the face.
        field: Its scores.
        found: The estimate that is not good enough; None when nothing could be measured.
        still: Motion at or below which a mouth is still.
        others_speak: Whether another face's offset could be told.
    """
    usable = field.weights_s > 0
    heard = float(field.speech_s.sum())
    checks: tuple[tuple[bool, Reason], ...] = (
        (facts.seen_s < _SHORTEST_S, "too_short"),
        (heard < _LEAST_SPEECH_S, "no_speech"),
        (_is_still(field, still), "not_speaking" if others_speak else "still_face"),
        (facts.profile_share > _MOST_PROFILE, "turned_away"),
        (facts.width_px < _SMALLEST_PX, "small_face"),
        (float(field.speech_s[usable].sum()) < _LEAST_SPEECH_S, "too_short"),
        (others_speak, "not_speaking"),
        (found is None or found.peak.at_edge, "no_match"),
        (found is not None and found.peak.is_double, "ambiguous"),
    )
    return next((reason for holds, reason in checks if holds), "no_match")


def impact_reason(field: Field, found: Estimate | None) -> Reason:
    """Why the offset of the whole picture's motion cannot be told."""
    events = int(np.sum((field.motion > 0) & (field.speech_s > 0)))
    if found is None or events < _FEWEST_EVENTS:
        return "no_events"
    return "ambiguous" if found.peak.is_double else "no_match"


def _is_still(field: Field, still: float) -> bool:
    """Whether the mouth is still in most of the speech."""
    talking = (field.weights_s > 0) & (field.speech_s > 0.5 * field.step_s)
    if not talking.any():
        return False
    return float(np.median(field.motion[talking])) <= still


def offset_sentence(verdict: Verdict, offset_s: float, course: Course, standard: str) -> str:
    """A told verdict in a sentence."""
    place = f"the sound {'leads' if offset_s > 0 else 'trails'} by {abs(offset_s) * 1000:.0f} ms"
    if course == "drifting":
        place = f"half way through {place}, and drifts"
    elif course == "jumps":
        place = f"for the longest time {place}, and jumps"
    return f"{place}; {'within' if verdict == 'in_sync' else 'outside'} {standard}"
