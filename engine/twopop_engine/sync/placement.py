"""Placement: one line through the reference, with the evidence for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from twopop_engine.sync.alignment import REACH, Line, Windows, correlate, fit, heights, moved
from twopop_engine.sync.direct import direct_lag
from twopop_engine.sync.evidence import Evidence
from twopop_engine.sync.search import STRETCH_S, Candidate
from twopop_engine.sync.sound import RATE_HZ, Sound

_STEEP: Final = 8e-6  # beyond this clock error a window of 2 s blurs by more than a quarter of a sample
_SHORT_LEAN: Final = 90e-6  # what one stretch leaves open
_PEAK_ROOM_S: Final = 0.004  # what several stretches leave open over their span
_SEEN: Final = 4.0  # standard deviations at which a single window sees the peak
_MOST: Final = 0.8  # share of the windows that a whole recording's line is seen by
_BESIDE: Final = 32  # samples around the peak that belong to it: 2 ms


@dataclass(frozen=True)
class Placement:
    """Where a stretch of the other lies, and what speaks for it.

    Attributes:
        line: The line, on the other's own clock.
        evidence: What speaks for it.
        windows: Correlations around the line.
        first_s: Where the stretch begins, in seconds on the other's clock.
        last_s: Where it ends.
    """

    line: Line
    evidence: Evidence
    windows: Windows
    first_s: float
    last_s: float

    @property
    def drift_ppm(self) -> float:
        """The other's clock error; > 0 when its file is longer than the event."""
        return (1.0 / self.line.slope - 1.0) * 1e6

    def at(self, other_s: float) -> float:
        """Place of a moment of the other, in seconds on the reference's clock."""
        return self.line.start_s + other_s * self.line.slope

    def window_heights(self) -> npt.NDArray[np.float64]:
        """Correlation of each window on the line, in standard deviations of unrelated sound."""
        return heights(self.windows, self.line)


def place(
    reference: Sound,
    other: Sound,
    candidate: Candidate,
    rivals: Sequence[Candidate],
    first_s: float = 0.0,
    last_s: float | None = None,
) -> Placement:
    """Makes a candidate exact and gathers the evidence.

    Args:
        reference: Where it could lie.
        other: What is placed.
        candidate: Where to begin.
        rivals: The search's other candidates.
        first_s: The stretch of the other that counts, in seconds on its clock.
        last_s: Its end; None for the end.

    Returns:
        The placement.
    """
    stop_s = other.duration_s if last_s is None else last_s
    line, windows = _line_of(reference, other, candidate, first_s, stop_s)
    if len(candidate.peaks) > 1 and _agreement(windows, line) < _MOST:
        # Peaks on both sides of lost sound can lie on a line that neither side follows.
        alone = _line_of(reference, other, Candidate(candidate.peaks[:1]), first_s, stop_s)
        line, windows = max((line, windows), alone, key=lambda found: abs(found[0].score))
    sharpness = _sharpness(windows, line)
    if lag := direct_lag(summed_curve(windows, line)):
        line = moved(windows, line, lag)
    evidence = Evidence(abs(line.score), lead(candidate, rivals), sharpness, _agreement(windows, line))
    return Placement(line, evidence, windows, first_s, stop_s)


def _line_of(
    reference: Sound, other: Sound, candidate: Candidate, first_s: float, last_s: float
) -> tuple[Line, Windows]:
    """The exact line next to a candidate's."""
    start_s, slope = candidate.line
    times = [peak.middle_s for peak in candidate.peaks]
    span_s = max(times) - min(times)
    limit = _SHORT_LEAN if span_s < 2 * STRETCH_S else min(_SHORT_LEAN, _PEAK_ROOM_S / span_s)
    return _exact(reference, other, start_s, slope, limit, first_s, last_s)


def _agreement(windows: Windows, line: Line) -> float:
    """Share of the windows that see the peak themselves."""
    heard = windows.noise > 0
    return float(np.mean(heights(windows, line)[heard] > _SEEN)) if heard.any() else 0.0


def lead(candidate: Candidate, rivals: Sequence[Candidate]) -> float:
    """Height of a candidate over that of the best rival for the same stretches."""
    mine = {peak.stretch_s: peak.score for peak in candidate.peaks}
    best = 0.0
    for rival in rivals:
        if rival is not candidate:
            shared = [peak.score for peak in rival.peaks if peak.stretch_s in mine]
            best = max(best, float(np.sqrt(sum(score**2 for score in shared))))
    return candidate.score / best if best else 5.0


def lead_over(placement: Placement, rival: Placement) -> float:
    """Height of a placement over a rival's in the same stretches of the other, wherever the placement is seen.

    The whole recording decides here, not only the stretches that were searched for: a song whose bars repeat has
    verses that don't.
    """
    mine = placement.window_heights()
    theirs = np.interp(placement.windows.times_s, rival.windows.times_s, rival.window_heights())
    seen = mine > _SEEN
    noise = 3.0 * float(np.sqrt(seen.sum()))
    return float(mine[seen].sum() / max(theirs[seen].sum(), noise)) if seen.any() else 1.0


def _exact(
    reference: Sound, other: Sound, start_s: float, slope: float, lean_limit: float, first_s: float, last_s: float
) -> tuple[Line, Windows]:
    """Fits the line, then once more on the reference's clock when the other's is off."""
    if abs(slope - 1.0) < 300e-6:
        windows = correlate(reference, other, start_s, slope, first_s, last_s)
        line = fit(windows, lean_limit)
        if abs(line.slope - 1.0) < _STEEP:
            return line, windows
        start_s, slope, lean_limit = line.start_s, line.slope, 20e-6
    mended = other.at_ratio(1.0 / slope)
    windows = correlate(reference, mended, start_s, 1.0, first_s * slope, last_s * slope)
    line = fit(windows, lean_limit)
    total = line.slope * slope
    # Windows and line are handed back on the other's own clock.
    windows = replace(windows, times_s=windows.times_s / slope, slope=slope, window_s=windows.window_s / slope)
    return replace(line, slope=total, middle_s=line.middle_s / slope), windows


def summed_curve(windows: Windows, line: Line) -> npt.NDArray[np.float64]:
    """The correlation summed along a line [2 * REACH + 1], in standard deviations of unrelated sound.

    The middle value is the line.
    """
    offset = (line.start_s - windows.start_s) + windows.times_s * (line.slope - windows.slope)
    shift = np.rint(offset * RATE_HZ).astype(np.int64)
    columns = np.clip(np.arange(2 * REACH + 1)[None, :] + shift[:, None], 0, 2 * REACH)
    total = np.take_along_axis(windows.curves, columns, axis=1).sum(axis=0, dtype=np.float64)
    noise = float(np.sqrt(np.sum(np.square(windows.noise, dtype=np.float64))))
    return np.asarray(total / noise if noise else total, np.float64)


def _sharpness(windows: Windows, line: Line) -> float:
    """The peak over the highest value beside it."""
    curve = np.abs(summed_curve(windows, line))
    beside = max(curve[: REACH - _BESIDE].max(), curve[REACH + _BESIDE + 1 :].max())
    peak = curve[REACH - 1 : REACH + 2].max()
    return float(peak / beside) if beside else 5.0
