"""Matching: one recording placed on another's clock, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from twopop_engine.sync.evidence import calibration
from twopop_engine.sync.placement import Placement, lead, place
from twopop_engine.sync.search import Candidate, Peak, choose_stretches, find_peaks, group, merge
from twopop_engine.sync.segments import Segment, split
from twopop_engine.sync.sound import Sound
from twopop_engine.sync.speed import SPEED_CHANGES

Reason = Literal["too_short", "silent", "reference_silent", "unrelated", "ambiguous"]

SHORTEST_S: Final = 1.0
"""Shorter recordings are refused: a second of sound fits in too many places."""

_SILENT_DB: Final = -80.0
_LEAST_LEAD: Final = 1.07  # a candidate no better than the next is none
_STRONG: Final = 15.0  # score from which a refusal is not for lack of a peak
_CANDIDATES: Final = 2


@dataclass(frozen=True)
class Match:
    """A recording's place on the reference's clock.

    Attributes:
        placement: The longest piece's place.
        segments: All pieces, in order.
        confidence: Probability that the place is right.
    """

    placement: Placement
    segments: tuple[Segment, ...]
    confidence: float


@dataclass(frozen=True)
class Refusal:
    """Why a recording was not placed.

    Attributes:
        reason: In a word.
        explanation: In a sentence.
        confidence: Probability that the best candidate would have been right.
    """

    reason: Reason
    explanation: str
    confidence: float


# Hypotheses of the other's clock, from likely and cheap to rare: true, a crystal's error, a standard speed change.
_TRUE_CLOCK: Final = (0.0,)
_CRYSTALS: Final = (-60e-6, 60e-6)
_CHANGED: Final = tuple(float(change.ratio) - 1.0 for change in SPEED_CHANGES)
_STRETCHES: Final = 3


def match_sounds(
    reference: Sound,
    other: Sound,
    expected_s: tuple[float, float] | None = None,
    report: Callable[[], None] = lambda: None,
    thorough: bool = True,
) -> Match | Refusal:
    """Places a recording on the reference's clock.

    Args:
        reference: The recording whose clock counts.
        other: The recording to place.
        expected_s: Where its first sample should lie, as a range in seconds on the reference's clock; looked at
            first, and believed only when the sound agrees.
        report: Called between steps; may raise to stop.
        thorough: Whether to look for standard speed changes too.

    Returns:
        The match, or why there is none.
    """
    unfit = _unfit(reference, other)
    if unfit:
        return unfit
    best: tuple[float, Placement] | None = None
    for candidates in _searches(reference, other, expected_s, report, thorough):
        for candidate in candidates[:_CANDIDATES]:
            if lead(candidate, candidates) < _LEAST_LEAD and best:
                continue
            report()
            placement = place(reference, other, candidate, candidates)
            confidence = calibration().confidence(placement.evidence)
            if best is None or confidence > best[0]:
                best = confidence, placement
            if confidence >= calibration().certain:
                break
        if best and best[0] >= calibration().certain:
            break
    if best and best[0] >= calibration().threshold:
        return Match(best[1], split(reference, other, best[1], report), best[0])
    return _refusal(best)


def _unfit(reference: Sound, other: Sound) -> Refusal | None:
    if other.duration_s < SHORTEST_S or reference.duration_s < SHORTEST_S:
        return Refusal("too_short", f"shorter than {SHORTEST_S:g} s: too little sound to tell where it lies", 0.0)
    if other.loudest_db < _SILENT_DB:
        return Refusal("silent", f"nothing in it is louder than {other.loudest_db:.0f} dBFS", 0.0)
    if reference.loudest_db < _SILENT_DB:
        return Refusal(
            "reference_silent", f"nothing in the reference is louder than {reference.loudest_db:.0f} dBFS", 0.0
        )
    return None


def _searches(
    reference: Sound,
    other: Sound,
    expected_s: tuple[float, float] | None,
    report: Callable[[], None],
    thorough: bool,
) -> Iterator[list[Candidate]]:
    """Candidates of one round after the other, the best first."""
    stretches = choose_stretches(other, _STRETCHES)
    if expected_s:
        yield group(find_peaks(reference, other, stretches, _TRUE_CLOCK + _CRYSTALS, expected_s))
    peaks: list[Peak] = []
    for drifts in (_TRUE_CLOCK, _CRYSTALS, _CHANGED) if thorough else (_TRUE_CLOCK, _CRYSTALS):
        report()
        peaks = merge(peaks + find_peaks(reference, other, stretches, drifts))
        yield group(peaks)


def _refusal(best: tuple[float, Placement] | None) -> Refusal:
    if best is None:
        return Refusal("unrelated", "nothing in the reference sounds like it", 0.0)
    confidence, placement = best
    evidence = placement.evidence
    if evidence.score > _STRONG and evidence.lead < _LEAST_LEAD:
        return Refusal("ambiguous", "it fits in several places, as repeated music or a steady tone does", confidence)
    return Refusal("unrelated", "nothing in the reference sounds enough like it", confidence)
