"""Matches as messages."""

from __future__ import annotations

import math
from typing import Final

from twopop.v1 import media_pb2, sync_pb2
from twopop_engine.media.segment import Segment
from twopop_engine.sync.alignment import REACH
from twopop_engine.sync.direct import rivals
from twopop_engine.sync.evidence import MODEL_ID
from twopop_engine.sync.match import Match, Refusal
from twopop_engine.sync.placement import summed_curve
from twopop_engine.sync.sound import RATE_HZ
from twopop_engine.sync.speed import named_change

_LEAST_SD_S: Final = 5e-6  # what rooms and coders leave uncertain, measured in docs/sync.md


def matched(other: str, match: Match) -> sync_pb2.MatchPair:
    """The message of a match."""
    line = match.placement.line
    span_s = max(match.placement.last_s - match.placement.first_s, 1.0)
    # A line's slope from points that are off by the least deviation, evenly spread.
    slope_sd = math.hypot(line.slope_sd, _LEAST_SD_S * math.sqrt(12.0) / span_s)
    curve = summed_curve(match.placement.windows, line)
    doubt_s = max((abs(lag) for lag in rivals(curve)), default=0) / RATE_HZ
    return sync_pb2.MatchPair(
        other=other,
        verdict=sync_pb2.MATCH_VERDICT_MATCHED,
        start_s=match.segments[0].start_s,
        drift_ppm=match.placement.drift_ppm,
        drift_uncertainty_ppm=slope_sd * 1e6,
        confidence=match.confidence,
        uncertainty_s=math.hypot(line.start_sd_s, _LEAST_SD_S, line.slope_sd * line.middle_s, doubt_s / 2),
        segments=[segment_to_wire(segment) for segment in match.segments],
        inverted_polarity=line.inverted,
        speed_change=change.name if (change := named_change(match.placement.drift_ppm)) else "",
        curve=sync_pb2.CorrelationCurve(
            first_lag_s=-REACH / RATE_HZ,
            step_s=1 / RATE_HZ,
            values=curve.tolist(),
        ),
        warnings=[f"an echo is as loud as the direct sound: {doubt_s * 1e3:.1f} ms in doubt"] if doubt_s else [],
        model=MODEL_ID,
    )


def refused(other: str, refusal: Refusal) -> sync_pb2.MatchPair:
    """The message of a refusal."""
    return refused_for(other, refusal.reason, refusal.explanation, refusal.confidence)


def refused_for(other: str, reason: str, explanation: str, confidence: float = 0.0) -> sync_pb2.MatchPair:
    """The message of a refusal for any reason."""
    return sync_pb2.MatchPair(
        other=other,
        verdict=sync_pb2.MATCH_VERDICT_REFUSED,
        reason=reason,
        explanation=explanation,
        confidence=confidence,
        model=MODEL_ID,
    )


def segment_to_wire(segment: Segment) -> media_pb2.Segment:
    """A piece as a message."""
    return media_pb2.Segment(
        other_start_s=segment.other_start_s,
        duration_s=segment.duration_s,
        start_s=segment.start_s,
        drift_ppm=segment.drift_ppm,
    )
