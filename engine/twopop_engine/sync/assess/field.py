"""Scores by time and lag, ready to be added up: what all of the assessment's estimates are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from twopop_engine.sync.scores import ScoreMap

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Field:
    """A score map as contrasts: each block's scores less their mean over all lags, so that blocks can be compared.

    Attributes:
        start_s: Begin of the first block, in seconds of picture.
        step_s: Length of a block.
        lags_s: The lags [lags], rising and even.
        scores: The contrasts [blocks, lags]; 0 where nothing could be measured.
        weights_s: Seconds of usable picture and sound in each block [blocks].
        speech_s: Seconds of speech in each block [blocks].
        motion: How much the mouth moves in each block [blocks].
    """

    start_s: float
    step_s: float
    lags_s: Doubles
    scores: Doubles
    weights_s: Doubles
    speech_s: Doubles
    motion: Doubles

    @classmethod
    def of(cls, scores: ScoreMap) -> Field:
        """The contrasts of a score map; scores that are no numbers count as not measured."""
        usable = (scores.weights_s > 0) & np.isfinite(scores.sums).all(axis=1)
        sums = np.where(usable[:, None], scores.sums, 0.0).astype(np.float64)
        return cls(
            scores.start_s,
            scores.step_s,
            np.asarray(scores.lags_s, np.float64),
            sums - sums.mean(axis=1, keepdims=True),
            np.where(usable, scores.weights_s, 0.0).astype(np.float64),
            scores.speech_s.astype(np.float64),
            scores.motion.astype(np.float64),
        )

    @property
    def count(self) -> int:
        """Blocks."""
        return len(self.scores)

    @property
    def lag_step_s(self) -> float:
        """Distance between lags."""
        return float(self.lags_s[1] - self.lags_s[0])

    @property
    def middles_s(self) -> Doubles:
        """The blocks' middles [blocks], in seconds of picture."""
        return np.asarray(self.start_s + (np.arange(self.count) + 0.5) * self.step_s, np.float64)

    def along(self, lags_s: Doubles) -> Doubles:
        """Scores along a path: at one lag for each block [blocks], between the lags where need be."""
        places = (lags_s - self.lags_s[0]) / self.lag_step_s
        scores = map_coordinates(self.scores, [np.arange(self.count), places], order=1, mode="nearest")
        return np.asarray(scores, np.float64)

    def part(self, start_s: float, stop_s: float) -> Field:
        """The blocks whose middles lie in a stretch."""
        middles = self.middles_s
        first = int(np.searchsorted(middles, start_s))
        last = int(np.searchsorted(middles, stop_s))
        return Field(
            self.start_s + first * self.step_s,
            self.step_s,
            self.lags_s,
            self.scores[first:last],
            self.weights_s[first:last],
            self.speech_s[first:last],
            self.motion[first:last],
        )

    def grouped(self, length_s: float) -> Field:
        """Neighbouring blocks added up to groups of about a length; motion is averaged."""
        size = max(1, round(length_s / self.step_s))
        starts = np.arange(0, self.count, size)
        counts = np.diff(np.append(starts, self.count))
        if size == 1 or self.count == 0:
            return self
        return Field(
            self.start_s,
            self.step_s * size,
            self.lags_s,
            np.add.reduceat(self.scores, starts, axis=0),
            np.add.reduceat(self.weights_s, starts),
            np.add.reduceat(self.speech_s, starts),
            np.add.reduceat(self.motion, starts) / counts,
        )


def added(fields: Sequence[Field]) -> Field:
    """Fields of one file, of equal lags and blocks, added up over the time that all of them cover together.

    Args:
        fields: At least one. Their blocks are put on the first one's grid, off by half a block at most.

    Returns:
        Their sum; speech is the most, motion the most of any of them.
    """
    step = fields[0].step_s
    begin = min(field.start_s for field in fields)
    places = [round((field.start_s - begin) / step) for field in fields]
    count = max(place + field.count for place, field in zip(places, fields, strict=True))
    scores = np.zeros((count, len(fields[0].lags_s)))
    weights, speech, motion = np.zeros(count), np.zeros(count), np.zeros(count)
    for place, field in zip(places, fields, strict=True):
        there = slice(place, place + field.count)
        scores[there] += field.scores
        weights[there] = np.maximum(weights[there], field.weights_s)
        speech[there] = np.maximum(speech[there], field.speech_s)
        motion[there] = np.maximum(motion[there], field.motion)
    return Field(begin, step, fields[0].lags_s, scores, weights, speech, motion)
