"""Towers that embed known codes, so that the right lag is known exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twopop_engine.sync.lipsync.towers import Towers

Floats = NDArray[np.float32]


class LoudnessTowers(Towers):
    """Lips are embedded as their opening, sound as its loudness: a mouth that opens with its sound fits exactly."""

    def __init__(self) -> None:
        """Needs no files."""

    def lips(self, shapes: Floats) -> Floats:
        return shapes[:, :1] * np.float32(10)

    def sound(self, mel: Floats) -> Floats:
        return np.asarray(mel.mean(axis=1, keepdims=True), np.float32)
