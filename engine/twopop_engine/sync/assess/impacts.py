"""Whether what is seen to start, stop or jump fits the beginnings of sounds, at each lag.

For shots without a face: claps, slates, hits, cursor clicks, slide changes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from twopop_engine.sync.assess.motion import Events
from twopop_engine.sync.assess.onsets import STEP_S, onset_strength
from twopop_engine.sync.scores import MonoSound, ScoreMap

MODEL_ID = "sync.impacts.v1"
"""Card of the method."""

_RANGE_S = 1.0
_LAG_STEP_S = 0.01
_BLOCK_S = 0.5
_AROUND_S = 2.4  # over which what is usual is measured
_ONSET_AT_S = 0.0035  # after its beginning, a sound rises most


def impact_scores(events: Events, sound: MonoSound) -> ScoreMap:
    """How well events and onsets fall together, in blocks of half a second.

    Args:
        events: Seen.
        sound: Heard.

    Returns:
        The scores; `speech_s` holds the strength of onsets and `motion` that of events in each block.
    """
    steps = round(_RANGE_S / _LAG_STEP_S)
    lags = np.asarray(np.arange(-steps, steps + 1) * _LAG_STEP_S, np.float64)
    first = float(np.floor(events.times_s[0] / _BLOCK_S)) * _BLOCK_S if len(events.times_s) else 0.0
    blocks = np.floor((events.times_s - first) / _BLOCK_S).astype(int)
    count = int(blocks[-1]) + 1 if len(blocks) else 0
    heard = _salience(onset_strength(sound), events.step_s)
    seen = _outstanding(events)
    sums = np.zeros((count, len(lags)), np.float32)
    for block in range(count):
        there = np.flatnonzero((blocks == block) & (seen > 0))
        if len(there):
            wanted = events.times_s[there, None] - lags[None, :] + _ONSET_AT_S
            sums[block] = seen[there] @ np.interp(wanted, np.arange(len(heard)) * STEP_S, heard, left=0.0, right=0.0)
    edges = np.asarray(first + np.arange(count) * _BLOCK_S, np.float64)
    inside = (edges + _BLOCK_S > 0) & (edges < len(heard) * STEP_S)
    return ScoreMap(
        first,
        _BLOCK_S,
        lags,
        sums,
        np.where(inside, _BLOCK_S, 0.0).astype(np.float32),
        _highest(heard, edges),
        np.bincount(blocks, seen, count).astype(np.float32),
    )


def _salience(strength: NDArray[np.float32], frame_s: float) -> NDArray[np.float64]:
    """Onsets beyond what is usual around them, as broad as frames are long."""
    broad = gaussian_filter1d(strength.astype(np.float64), max(0.012, 0.45 * frame_s) / STEP_S)
    size = round(_AROUND_S / STEP_S)
    usual = uniform_filter1d(broad, size, mode="nearest")
    return broad - usual


def _outstanding(events: Events) -> NDArray[np.float64]:
    """Strengths beyond what is usual around them, compressed so that no event outweighs all others."""
    if not len(events.times_s):
        return np.zeros(0)
    length_s = max(float(np.ptp(events.times_s)), _AROUND_S)
    size = max(3, round(len(events.times_s) * _AROUND_S / length_s))
    usual = uniform_filter1d(events.strengths, size, mode="nearest")
    return np.sqrt(np.maximum(events.strengths - 2.0 * usual, 0.0))


def _highest(heard: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float32]:
    size = round(_BLOCK_S / STEP_S)
    out = np.zeros(len(edges), np.float32)
    for number, edge in enumerate(edges):
        begin = round(edge / STEP_S)
        piece = heard[max(0, begin) : max(0, begin + size)]
        out[number] = max(float(piece.max()), 0.0) if len(piece) else 0.0
    return out
