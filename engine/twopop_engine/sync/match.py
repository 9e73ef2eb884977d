"""Matching: one recording placed on another's clock, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from twopop_engine.sync.evidence import calibration
from twopop_engine.sync.placement import Placement, place
from twopop_engine.sync.search import Candidate, Peak, choose_stretches, find_peaks, group
from twopop_engine.sync.segments import Segment, split
from twopop_engine.sync.sound import Sound
from twopop_engine.sync.speed import SPEED_CHANGES

Reason = Literal["too_short", "silent", "reference_silent", "unrelated", "ambiguous"]

SHORTEST_S: Final = 1.0
"""Shorter recordings are refused: a second of sound fits in too many places."""

_SILENT_DB: Final = -80.0
_AMBIGUOUS_LEAD: Final = 1.15
_STRONG: Final = 9.0  # score from which a refusal is not for lack of a peak
_CANDIDATES: Final = 3


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


@dataclass(frozen=True)
class _Round:
    """One way to search: under which hypotheses of the other's clock, with how many stretches."""

    drifts: tuple[float, ...]
    stretch_count: int


# From likely and cheap to rare: true clocks, crystals' errors, standard speed changes, weak sound.
_ROUNDS: Final = (
    _Round((0.0,), 3),
    _Round((-60e-6, 0.0, 60e-6), 4),
    _Round(tuple(float(change.ratio) * (1 + e) - 1 for change in SPEED_CHANGES for e in (-60e-6, 0.0, 60e-6)), 2),
)


def match_sounds(
    reference: Sound,
    other: Sound,
    expected_s: tuple[float, float] | None = None,
    report: Callable[[], None] = lambda: None,
) -> Match | Refusal:
    """Places a recording on the reference's clock.

    Args:
        reference: The recording whose clock counts.
        other: The recording to place.
        expected_s: Where its first sample should lie, as a range in seconds on the reference's clock; looked at
            first, and believed only when the sound agrees.
        report: Called between steps; may raise to stop.

    Returns:
        The match, or why there is none.
    """
    unfit = _unfit(reference, other)
    if unfit:
        return unfit
    best: tuple[float, Placement, list[Candidate]] | None = None
    for candidates in _searches(reference, other, expected_s, report):
        for candidate in candidates[:_CANDIDATES]:
            report()
            placement = place(reference, other, candidate, candidates)
            confidence = calibration().confidence(placement.evidence)
            if best is None or confidence > best[0]:
                best = confidence, placement, candidates
        if best and best[0] >= calibration().threshold:
            segments = split(reference, other, best[1], report)
            return Match(best[1], segments, best[0])
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
    reference: Sound, other: Sound, expected_s: tuple[float, float] | None, report: Callable[[], None]
) -> Iterator[list[Candidate]]:
    """Candidates of one round after the other, the best first."""
    if expected_s:
        stretches = choose_stretches(other, 3)
        yield group(find_peaks(reference, other, stretches, _ROUNDS[1].drifts, expected_s))
    peaks: list[Peak] = []
    for turn in _ROUNDS:
        report()
        stretches = choose_stretches(other, turn.stretch_count)
        peaks = find_peaks(reference, other, stretches, turn.drifts)
        yield group(peaks)


def _refusal(best: tuple[float, Placement, list[Candidate]] | None) -> Refusal:
    if best is None:
        return Refusal("unrelated", "nothing in the reference sounds like it", 0.0)
    confidence, placement, _ = best
    evidence = placement.evidence
    if evidence.score > _STRONG and evidence.lead < _AMBIGUOUS_LEAD:
        return Refusal(
            "ambiguous", "it fits in more than one place, as repeated music or a steady tone does", confidence
        )
    return Refusal("unrelated", "nothing in the reference sounds enough like it", confidence)
