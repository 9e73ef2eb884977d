"""Chaining: files that do not touch the reference but overlap a file that does."""

from __future__ import annotations

from collections.abc import Sequence

from twopop_engine.media.segment import Segment


def compose(outer: Sequence[Segment], inner: Sequence[Segment]) -> tuple[Segment, ...]:
    """Places a file through another.

    Args:
        outer: The middle file's pieces on the reference's clock.
        inner: The last file's pieces on the middle file's clock.

    Returns:
        The last file's pieces on the reference's clock. A piece is carried by the middle file's piece in which it
        begins, or by the nearest.
    """
    return tuple(_carry(outer, piece) for piece in inner)


def _carry(outer: Sequence[Segment], piece: Segment) -> Segment:
    carrier = min(outer, key=lambda segment: _distance(segment, piece.start_s))
    ratio = 1.0 + carrier.drift_ppm / 1e6
    return Segment(
        other_start_s=piece.other_start_s,
        duration_s=piece.duration_s,
        start_s=carrier.start_s + (piece.start_s - carrier.other_start_s) / ratio,
        drift_ppm=(ratio * (1.0 + piece.drift_ppm / 1e6) - 1.0) * 1e6,
    )


def _distance(segment: Segment, at_s: float) -> float:
    """How far a time on the middle file's clock lies outside of its piece, in seconds."""
    return max(segment.other_start_s - at_s, at_s - segment.other_start_s - segment.duration_s, 0.0)
