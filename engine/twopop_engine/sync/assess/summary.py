"""The verdict on a file, from those on its speakers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from twopop_engine.sync.assess.answer import Reason, SpeakerAnswer, Verdict, VideoAnswer
from twopop_engine.sync.assess.peak import NEAR_S
from twopop_engine.sync.assess.reasons import SENTENCES

# The first of these that a speaker has is the file's: what says most comes first.
_TELLING: tuple[Reason, ...] = (
    "ambiguous",
    "no_match",
    "still_face",
    "not_speaking",
    "no_speech",
    "turned_away",
    "small_face",
    "too_short",
)

_FEWEST_WINDOWS = 4
_WANDERING_S = 0.05  # windows of 4 s scatter by some 10 ms


def summed_up(path: Path, speakers: Sequence[SpeakerAnswer], frame_rate: float, duration_s: float) -> VideoAnswer:
    """The answer for a file.

    Args:
        path: The file.
        speakers: All that was measured, at least one.
        frame_rate: Frames a second.
        duration_s: Seconds of picture that were measured.

    Returns:
        The verdict of the surest speaker that could be told, when all of them agree within 80 ms.
    """
    verdict, reason, explanation = _verdict(speakers)
    return VideoAnswer(path, verdict, reason, explanation, tuple(speakers), frame_rate, duration_s, _warnings(speakers))


def _verdict(speakers: Sequence[SpeakerAnswer]) -> tuple[Verdict, Reason, str]:
    told = [(speaker, speaker.offset_s) for speaker in speakers if speaker.offset_s is not None]
    offsets = [offset for _, offset in told]
    if told and max(offsets) - min(offsets) > NEAR_S:
        return "cannot_tell", "speakers_disagree", SENTENCES["speakers_disagree"]
    if told:
        surest = max((speaker for speaker, _ in told), key=lambda speaker: speaker.confidence)
        return surest.verdict, "", surest.explanation
    faces = [speaker.reason for speaker in speakers if speaker.track]
    if not faces:
        return "cannot_tell", "no_face", SENTENCES["no_face"]
    reason = next((reason for reason in _TELLING if reason in faces), faces[0])
    return "cannot_tell", reason, SENTENCES[reason]


def _warnings(speakers: Sequence[SpeakerAnswer]) -> tuple[str, ...]:
    """What an editor should know beside the verdict."""
    courses = {speaker.course for speaker in speakers}
    drifts = ("the offset drifts: a delay mends it at one place only",) if "drifting" in courses else ()
    jumps = ("the offset jumps: each stretch needs a delay of its own",) if "jumps" in courses else ()
    wanders = tuple(_wandering(speaker) for speaker in speakers if speaker.course == "constant")
    return drifts + jumps + tuple(warning for warning in wanders if warning)


def _wandering(speaker: SpeakerAnswer) -> str:
    """What to say of windows that lie further apart than chance puts them, though no course could be told from them."""
    told = [window.offset_s for window in speaker.windows if window.offset_s is not None]
    if len(told) < _FEWEST_WINDOWS or max(told) - min(told) <= _WANDERING_S:
        return ""
    span = f"{min(told) * 1e3:+.0f} to {max(told) * 1e3:+.0f} ms"
    return f"single windows say {span}: the offset may drift or jump, and one delay may not mend it"
