"""What was measured of a file's sound and picture, in figures and words that every host shows alike."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from twopop.v1 import sync_pb2

SyncVerdict = Literal["in_sync", "out_of_sync", "cannot_tell"]

STANDARDS = (
    "itu-r-bt1359-detect",
    "itu-r-bt1359-accept",
    "ebu-r37",
    "atsc-is191",
    "noticeable-100ms",
    "one-frame",
)  # fmt: skip
"""Names of the standards that the engine judges by."""

_BRIEF_S = 0.25  # of a stretch is no more than what its border is uncertain by
_LEAD_S, _LAG_S = Fraction(40, 1000), Fraction(60, 1000)

_WORDS: dict[int, SyncVerdict] = {
    sync_pb2.SYNC_VERDICT_IN_SYNC: "in_sync",
    sync_pb2.SYNC_VERDICT_OUT_OF_SYNC: "out_of_sync",
}


def verdict_word(verdict: sync_pb2.SyncVerdict.ValueType) -> SyncVerdict:
    """A verdict as one word; what is not known cannot be told."""
    return _WORDS.get(verdict, "cannot_tell")


def is_tolerable(lead_s: Fraction) -> bool:
    """Whether sound that leads by so many seconds is within EBU R37: up to 40 ms early, up to 60 ms late."""
    return -_LAG_S <= lead_s <= _LEAD_S


def surest(video: sync_pb2.VideoSync) -> sync_pb2.SpeakerSync | None:
    """The speaker whose offset is that of the file; None when the file's verdict is that it cannot be told."""
    told = [speaker for speaker in video.speakers if speaker.HasField("offset_s")]
    if verdict_word(video.verdict) == "cannot_tell" or not told:
        return None
    return max(told, key=lambda speaker: speaker.confidence)


def offset_within(speaker: sync_pb2.SpeakerSync, start_s: float, stop_s: float) -> tuple[float, str]:
    """A speaker's offset in a part of the file, and how it runs there.

    Args:
        speaker: Whose offset is known.
        start_s: Where the part begins, in seconds on the file's clock.
        stop_s: Where it ends.

    Returns:
        The offset in seconds, and "constant", "drifting" or "jumps"; what jumps elsewhere is constant here.
    """

    def shared(one: sync_pb2.SyncWindow) -> float:
        return min(one.start_s + one.duration_s, stop_s) - max(one.start_s, start_s)

    if speaker.course == "jumps":
        here = [one for one in speaker.stretches if shared(one) > _BRIEF_S]
        return (here[0].offset_s, "constant") if len(here) == 1 else (speaker.offset_s, "jumps")
    if speaker.course == "drifting":
        told = [one for one in speaker.windows if one.HasField("offset_s") and shared(one) > 0]
        weight = sum(one.confidence * shared(one) for one in told)
        if weight > 0:
            return sum(one.offset_s * one.confidence * shared(one) for one in told) / weight, "drifting"
    return speaker.offset_s, speaker.course or "constant"


def lead_words(offset_s: float) -> str:
    """An offset in words: "leads by 120 ms", "trails by 80 ms", "is in sync"."""
    offset_ms = round(offset_s * 1000)
    if not offset_ms:
        return "is in sync"
    return f"{'leads' if offset_ms > 0 else 'trails'} by {abs(offset_ms)} ms"
