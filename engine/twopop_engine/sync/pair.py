"""Pairs: a source placed on a reference, by whichever of their channels agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from twopop_engine.sync.evidence import calibration
from twopop_engine.sync.match import Match, Refusal, match_sounds
from twopop_engine.sync.source import Source, Voices

_TIMECODE_ROOM_S = 5.0
"""Jammed timecode drifts by a few frames a day; a few seconds cover clocks set by hand against a slate."""


@dataclass(frozen=True)
class TimecodeCheck:
    """What the timecodes say.

    Attributes:
        start_s: Where they would place the other's first sample, in seconds on the reference's clock.
        agrees: Whether the sound says the same, within five frames of 25 per second.
    """

    start_s: float
    agrees: bool


def expected_start_s(reference: Source, other: Source) -> float | None:
    """Where timecode would place the other's first sample, in seconds on the reference's clock.

    Returns:
        The place, or None unless both carry a timecode to be trusted. Takes that run over midnight are understood.
    """
    mine, theirs = other.timecode_s, reference.timecode_s
    if mine is None or theirs is None:
        return None
    return float((mine - theirs + 43200) % 86400 - 43200)


def match_voices(
    reference: Voices,
    other: Voices,
    expected_s: float | None,
    report: Callable[[], None],
) -> Match | Refusal:
    """Places a source on a reference: mix on mix, then channel by channel while nothing is certain.

    Args:
        reference: The reference's voices.
        other: The other's voices.
        expected_s: Where timecode would place it; searched first.
        report: Called between steps; may raise to stop.

    Returns:
        The first certain match, else the most probable answer.
    """
    near = None if expected_s is None else (expected_s - _TIMECODE_ROOM_S, expected_s + _TIMECODE_ROOM_S)
    best = match_sounds(reference.mix, other.mix, near, report)
    if isinstance(best, Refusal) and best.reason == "too_short":
        return best
    pairs = product((reference.mix, *reference.channels), (other.mix, *other.channels))
    for mine, theirs in list(pairs)[1:]:
        if isinstance(best, Match) and best.confidence >= calibration().certain:
            break
        answer = match_sounds(mine, theirs, near, report, thorough=False)
        if _better(answer, best):
            best = answer
    return best


def _better(answer: Match | Refusal, best: Match | Refusal) -> bool:
    if isinstance(answer, Match) != isinstance(best, Match):
        return isinstance(answer, Match)
    silent = isinstance(best, Refusal) and best.reason in ("silent", "reference_silent")
    return silent or answer.confidence > best.confidence
