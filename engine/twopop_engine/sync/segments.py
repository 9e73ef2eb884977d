"""Segments: recordings that pause or lose sound lie on the reference in several straight pieces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from twopop_engine.media.segment import Segment
from twopop_engine.sync.evidence import calibration
from twopop_engine.sync.placement import Placement, place
from twopop_engine.sync.search import choose_stretches, find_peaks, group
from twopop_engine.sync.sound import RATE_HZ, Sound, take

_SHORTEST_S: Final = 4.0  # a shorter piece is not told from noise
_WEAK: Final = 0.35  # share of the usual height below which a run of windows does not follow the line
_SEEN: Final = 3.0  # standard deviations at which windows see the line
_NEAR_S: Final = 2.0
_JUMP_S: Final = 0.001  # lines nearer than this are one
_MOST: Final = 24


def split(reference: Sound, other: Sound, placement: Placement, report: Callable[[], None]) -> tuple[Segment, ...]:
    """Finds the pieces of a placed recording.

    Args:
        reference: Where it lies.
        other: What was placed.
        placement: Its main line.
        report: Called between steps; may raise to stop.

    Returns:
        Pieces in order that cover the other from its first sample to its last; one in most cases.
    """
    pieces = _joined(_pieces(reference, other, placement, report))
    edges = [0.0]
    for left, right in pairwise(pieces):
        edges.append(_border(reference, other, left, right))
    edges.append(other.duration_s)
    return tuple(
        Segment(
            other_start_s=first,
            duration_s=last - first,
            start_s=piece.line.start_s + first * piece.line.slope,
            drift_ppm=piece.drift_ppm,
        )
        for piece, (first, last) in zip(pieces, pairwise(edges), strict=True)
        if last > first
    )


def _pieces(reference: Sound, other: Sound, main: Placement, report: Callable[[], None]) -> list[Placement]:
    """The main line, shortened to what follows it, and what is found in the rest."""
    runs = _strays(main, reference)
    found: list[Placement] = []
    for first_s, last_s in runs[:_MOST]:
        report()
        piece = _look(reference, other, main, first_s, last_s)
        if piece and _differs(piece, main):
            found.append(piece)
    if not found:
        return [main]
    kept = []
    for first_s, last_s in _rest(main, found):
        piece = _look(reference, other, main, first_s, last_s) if last_s - first_s >= _SHORTEST_S else None
        if piece or _follows(main, first_s, last_s):
            kept.append(piece or replace(main, first_s=first_s, last_s=last_s))
    return kept + [deeper for piece in found for deeper in _pieces(reference, other, piece, report)]


def _joined(pieces: list[Placement]) -> list[Placement]:
    """Pieces in order, neighbours on one line taken together; the longer one's line stands for both."""
    joined: list[Placement] = []
    for piece in sorted(pieces, key=lambda p: p.first_s):
        if joined and not _differs(piece, joined[-1]):
            longer = max(piece, joined[-1], key=lambda p: p.last_s - p.first_s)
            joined[-1] = replace(longer, first_s=joined[-1].first_s, last_s=piece.last_s)
        else:
            joined.append(piece)
    return joined


def _follows(main: Placement, first_s: float, last_s: float) -> bool:
    """Whether a stretch of the other follows the line, so far as its few windows tell."""
    inside = (main.windows.times_s >= first_s) & (main.windows.times_s <= last_s)
    return bool(inside.any() and np.mean(main.window_heights()[inside]) > _SEEN)


def _strays(placement: Placement, reference: Sound) -> list[tuple[float, float]]:
    """Runs of windows, in seconds of the other, that lie within the reference and do not follow the line."""
    height = placement.window_heights()
    windows = placement.windows
    half = windows.window_s / 2
    at_s = placement.line.start_s + windows.times_s * placement.line.slope
    inside = (at_s > half) & (at_s < reference.duration_s - half) & (windows.noise > 0)
    if inside.sum() < 3:
        return []
    usual = float(np.median(height[inside & (height > _SEEN)])) if (inside & (height > _SEEN)).any() else 0.0
    stray = inside & (_smooth(height) < max(_WEAK * usual, 1.5))
    runs: list[tuple[float, float]] = []
    for first, last in _runs(stray):
        begin, end = windows.times_s[first] - half, windows.times_s[last] + half
        if end - begin >= _SHORTEST_S:
            runs.append((float(begin), float(end)))
    return runs


def _smooth(height: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The median of three neighbours, so that one weak window is no stray."""
    padded = np.pad(height, 1, mode="edge")
    return np.asarray(np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0), np.float64)


def _runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(first), int(last) - 1) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def _look(reference: Sound, other: Sound, main: Placement, first_s: float, last_s: float) -> Placement | None:
    """The place of a stretch of the other by itself, when there is good evidence for one.

    Lost sound moves it by little, so it is looked for near the main line before anywhere.
    """
    stretches = choose_stretches(other, 3, first_s, last_s)
    drifts = [(1.0 + error) / main.line.slope - 1.0 for error in (-60e-6, 0.0, 60e-6)]
    starts = [main.at(stretch.middle_s) - stretch.middle_s for stretch in stretches]
    near = (min(starts) - _NEAR_S, max(starts) + _NEAR_S)
    for within_s in (near, None):
        candidates = group(find_peaks(reference, other, stretches, drifts, within_s))
        for candidate in candidates[:2]:
            piece = place(reference, other, candidate, candidates, first_s, last_s)
            if calibration().confidence(piece.evidence) >= calibration().threshold:
                return piece
    return None


def _differs(piece: Placement, main: Placement) -> bool:
    middle = (piece.first_s + piece.last_s) / 2
    mine = piece.line.start_s + middle * piece.line.slope
    return abs(mine - (main.line.start_s + middle * main.line.slope)) > _JUMP_S


def _rest(main: Placement, found: list[Placement]) -> list[tuple[float, float]]:
    """What the found pieces leave of the main one, in seconds of the other."""
    spans: list[tuple[float, float]] = []
    begin = main.first_s
    for piece in sorted(found, key=lambda p: p.first_s):
        if piece.first_s - begin >= _SHORTEST_S / 2:
            spans.append((begin, piece.first_s))
        begin = piece.last_s
    if main.last_s - begin >= _SHORTEST_S / 2:
        spans.append((begin, main.last_s))
    return spans


def _border(reference: Sound, other: Sound, left: Placement, right: Placement) -> float:
    """Where the other changes from one line to the next, in seconds on its clock.

    The products of both sounds along the two lines are summed from the left and from the right; the border is where
    their sum is largest.
    """
    margin = left.windows.window_s
    first = max(int((left.last_s - margin) * RATE_HZ), 0)
    last = min(int((right.first_s + margin) * RATE_HZ), len(other.full))
    if last <= first:
        return right.first_s
    mine = take(other.full, first, last - first)
    products = []
    for piece in (left, right):
        start = (piece.line.start_s + first / RATE_HZ * piece.line.slope) * RATE_HZ
        sign = -1.0 if piece.line.inverted else 1.0
        products.append(sign * mine * take(reference.full, round(start), len(mine)))
    gain = np.cumsum(products[0] - products[1], dtype=np.float64)
    return (first + int(np.argmax(gain)) + 1) / RATE_HZ
