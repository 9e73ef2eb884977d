"""Mouths that say what a recording says, made from how the mouths of real clips move; and how a camera sees them.

Shapes are regressed on the phones around them (ridge, on the aligned clips). A made mouth is that prediction in another
style, plus stretches of what the regression left over of real mouths: so both its share of the sound and its share of
chance are those of real ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from twopop_models.train.lipsync.material import FRAMES_A_SECOND, Clip, Floats
from twopop_models.train.lipsync.phones import PHONES

Doubles = NDArray[np.float64]

_AROUND: Final = (-16, -10, -5, 0, 5, 10, 16)  # frames
_RIDGE: Final = 60.0
_RATES: Final = (15, 20, 24, 25, 25, 25, 25, 30, 50, 60)


def units(clips: tuple[Clip, ...]) -> Floats:
    """Typical deviation of each number of a shape [14]."""
    return np.asarray(np.sqrt(np.mean([clip.shapes.var(axis=0) for clip in clips], axis=0)), np.float32)


@dataclass(frozen=True)
class MouthMaker:
    """Makes mouths.

    Attributes:
        weights: Of the regression [phones around, 14].
        leftovers: What it left over of each clip [frames, 14].
    """

    weights: Doubles
    leftovers: tuple[Doubles, ...]

    @classmethod
    def fit(cls, clips: tuple[Clip, ...], unit: Floats) -> MouthMaker:
        """Learns from the aligned clips."""
        pairs = [
            (_surroundings(clip.phones), ((clip.shapes - clip.shapes.mean(axis=0)) / unit).astype(np.float64))
            for clip in clips
            if clip.phones is not None
        ]
        said = np.concatenate([phones for phones, _ in pairs])
        shown = np.concatenate([shapes for _, shapes in pairs])
        weights = np.linalg.solve(said.T @ said + _RIDGE * np.eye(said.shape[1]), said.T @ shown)
        return cls(weights, tuple(shapes - phones @ weights for phones, shapes in pairs))

    def predict(self, phones: NDArray[np.int64]) -> Doubles:
        """The expected shapes [frames, 14] in units."""
        return np.asarray(_surroundings(phones) @ self.weights, np.float64)

    def mouth(self, expected: Doubles, rng: np.random.Generator) -> Doubles:
        """One of many mouths that could say this [frames, 14], in units."""
        size = expected.shape[1]
        style = np.exp(rng.normal(0, 0.25)) * np.exp(rng.normal(0, 0.15, size))
        mouth = expected * style
        if rng.random() < 0.5:
            mouth = mouth @ (np.eye(size) + rng.normal(0, 0.06, (size, size)))
        chance = gaussian_filter1d(self._leftover(len(expected), rng), 1.5, axis=0)
        return np.asarray(mouth + chance * rng.choice([-1, 1]) * rng.uniform(0.5, 1.3), np.float64)

    def _leftover(self, length: int, rng: np.random.Generator) -> Doubles:
        pieces: list[Doubles] = []
        while sum(map(len, pieces)) < length:
            whole = self.leftovers[rng.integers(len(self.leftovers))]
            piece = whole[rng.integers(max(1, len(whole) - FRAMES_A_SECOND)) :]
            pieces.append(piece[::-1] if rng.random() < 0.5 else piece)
        return np.concatenate(pieces)[:length]


def _surroundings(phones: NDArray[np.int64]) -> Doubles:
    """Smoothed phones at and around each frame [frames, 7 * 40]."""
    said = gaussian_filter1d(np.eye(len(PHONES))[phones], 3, axis=0)
    places = np.clip(np.arange(len(said))[:, None] + np.array(_AROUND), 0, len(said) - 1)
    return np.asarray(said[places].reshape(len(said), -1), np.float64)


def seen(mouth: Doubles, rng: np.random.Generator) -> Doubles:
    """A mouth as landmarks on the frames of a camera give it back: rate, jitter, slow changes of face and pose."""
    rate = int(rng.choice(_RATES))
    time_s = np.arange(len(mouth)) / FRAMES_A_SECOND
    shown_s = np.arange(rng.uniform(-1 / rate, 0), time_s[-1] + 1 / rate, 1 / rate)
    frames = np.stack([np.interp(shown_s, time_s, column) for column in mouth.T], axis=1)
    frames += rng.standard_normal(frames.shape) * rng.uniform(0, 0.25)
    even = np.stack([np.interp(time_s, shown_s, column) for column in frames.T], axis=1)
    slow = gaussian_filter1d(rng.standard_normal(even.shape), rng.uniform(60, 200), axis=0)
    return np.asarray(even + slow / (slow.std() + 1e-9) * rng.uniform(0, 0.8), np.float64)
