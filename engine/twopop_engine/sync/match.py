"""Matching: one recording placed on another's clock, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from twopop_engine.media.segment import Segment
from twopop_engine.sync.evidence import calibration
from twopop_engine.sync.placement import Placement, lead, lead_over, place
from twopop_engine.sync.search import STRETCH_S, Candidate, Peak, choose_stretches, find_peaks, group, merge
from twopop_engine.sync.segments import split
from twopop_engine.sync.sound import Sound
from twopop_engine.sync.speed import SPEED_CHANGES

Reason = Literal["too_short", "silent", "reference_silent", "unrelated", "ambiguous"]

SHORTEST_S: Final = 1.0
"""Shorter recordings are refused: a second of sound fits in too many places."""

_SILENT_DB: Final = -80.0
_LEAST_LEAD: Final = 1.07  # a place no better than the next is none
_CLEAR_LEAD: Final = 2.0
_DOUBTFUL_LEAD: Final = 1.3  # below, the search's few stretches do not decide
_STRONG: Final = 25.0  # a score that unrelated sound never reached
_APART_S: Final = 0.002


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
_LONG_S: Final = 900.0


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
    best = best_placement(reference, other, expected_s, report, thorough)
    if best and best.evidence.lead >= _LEAST_LEAD and confidence_of(best) >= calibration().threshold:
        return Match(best, split(reference, other, best, report), confidence_of(best))
    return _refusal(best)


def best_placement(
    reference: Sound,
    other: Sound,
    expected_s: tuple[float, float] | None = None,
    report: Callable[[], None] = lambda: None,
    thorough: bool = True,
) -> Placement | None:
    """The most probable place, good or not; arguments as for `match_sounds`."""
    best: Placement | None = None
    for candidates in _searches(reference, other, expected_s, report, thorough):
        report()
        # A far better first leaves nothing to learn from the second.
        worth = 1 if candidates and lead(candidates[0], candidates) >= _CLEAR_LEAD else 2
        placements = [place(reference, other, candidate, candidates) for candidate in candidates[:worth]]
        # Later rounds know of more rivals, so their evidence stands, not the best ever seen.
        best = max(placements, key=confidence_of, default=None)
        if best:
            best = _against(best, placements)
            if best.evidence.lead >= _LEAST_LEAD and confidence_of(best) >= calibration().certain:
                break
    return best


def confidence_of(placement: Placement) -> float:
    """Calibrated probability that a placement is right."""
    return calibration().confidence(placement.evidence)


def _against(best: Placement, rivals: Sequence[Placement]) -> Placement:
    """The best placement with its lead over the others measured on the whole recording, where the search left doubt."""
    others = [rival for rival in rivals if abs(rival.at(rival.line.middle_s) - best.at(rival.line.middle_s)) > _APART_S]
    is_short = best.last_s - best.first_s < 2 * _STRETCHES * STRETCH_S
    if is_short or best.evidence.lead >= _DOUBTFUL_LEAD or best.evidence.score < _STRONG or not others:
        return best
    ahead = min(lead_over(best, rival) for rival in others)
    return replace(best, evidence=replace(best.evidence, lead=max(ahead, best.evidence.lead)))


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
    """Candidates of one round after the other, the best first.

    Stretches are taken from the shorter recording: of a recorder that ran all day, the few that promise most would
    hardly lie under a camera's quarter of a minute.
    """
    if other.duration_s > reference.duration_s:
        turned_s = None if expected_s is None else (-expected_s[1], -expected_s[0])
        for found in _rounds(other, reference, turned_s, report, thorough):
            yield [candidate.turned() for candidate in found]
    else:
        yield from _rounds(reference, other, expected_s, report, thorough)


def _rounds(
    longer: Sound,
    shorter: Sound,
    expected_s: tuple[float, float] | None,
    report: Callable[[], None],
    thorough: bool,
) -> Iterator[list[Candidate]]:
    """Candidates for the shorter recording's place on the longer one's clock."""
    stretches = choose_stretches(shorter, _STRETCHES)
    if expected_s:
        yield group(find_peaks(longer, shorter, stretches, _TRUE_CLOCK + _CRYSTALS, expected_s))
    rounds = [(stretches, _TRUE_CLOCK), (stretches, _CRYSTALS), (stretches, _CHANGED)][: 3 if thorough else 2]
    if longer.duration_s > _LONG_S:  # where the search is the work, one stretch may be enough
        rounds[:1] = [(stretches[:1], _TRUE_CLOCK), (stretches[1:], _TRUE_CLOCK)]
    peaks: list[Peak] = []
    for chosen, drifts in rounds:
        report()
        peaks = merge(peaks + find_peaks(longer, shorter, chosen, drifts))
        yield group(peaks)


def _refusal(best: Placement | None) -> Refusal:
    if best is None:
        return Refusal("unrelated", "nothing in the reference sounds like it", 0.0)
    confidence = confidence_of(best)
    if best.evidence.score >= _STRONG and best.evidence.lead < _DOUBTFUL_LEAD:
        even = min(confidence, calibration().threshold)
        return Refusal("ambiguous", "it fits in several places, as repeated music or a steady tone does", even)
    return Refusal("unrelated", "nothing in the reference sounds enough like it", confidence)
