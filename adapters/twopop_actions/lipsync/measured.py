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


def lead_words(offset_s: float) -> str:
    """An offset in words: "leads by 120 ms", "trails by 80 ms", "is in sync"."""
    offset_ms = round(offset_s * 1000)
    if not offset_ms:
        return "is in sync"
    return f"{'leads' if offset_ms > 0 else 'trails'} by {abs(offset_ms)} ms"
