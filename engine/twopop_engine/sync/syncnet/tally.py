"""Distances added up: by block for the score map, over everything for SyncNet's figures."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from twopop_engine.sync.scores import LseFigures
from twopop_engine.sync.syncnet.crop import RATE
from twopop_engine.sync.syncnet.distance import LAGS, MAX_LAG, Embeddings, figures, with_zero_padding
from twopop_engine.sync.syncnet.towers import WINDOW_FRAMES

BLOCK_TICKS: Final = 5
"""Ticks of 40 ms in a block of the score map."""

_TICK_S: Final = float(1 / RATE)


class Tally:
    """Takes distances in any order.

    Attributes:
        sums: The fit, distance times -1 s, added up in each block [blocks, LAGS].
        weights_s: Seconds of usable windows in each block [blocks].
    """

    def __init__(self, first_block: int, blocks: int) -> None:
        self.sums = np.zeros((blocks, LAGS))
        self.weights_s = np.zeros(blocks)
        self._first_block = first_block
        self._published = np.zeros(LAGS)
        self._windows = 0
        self._corrected = np.zeros(LAGS)
        self._pairs = np.zeros(LAGS, np.int64)

    def add(self, ticks: NDArray[np.int64], distances: NDArray[np.float32]) -> None:
        """Adds windows to the score map and to the corrected figures.

        Pairs that do not exist take the window's median distance, which speaks for no lag. A window for which more
        than half of them do not exist is not used.

        Args:
            ticks: Tick at which each window begins [windows].
            distances: Distances [windows, LAGS], NaN for pairs that do not exist.
        """
        exists = ~np.isnan(distances)
        self._corrected += np.where(exists, distances, 0).sum(axis=0, dtype=np.float64)
        self._pairs += exists.sum(axis=0)
        usable = exists.sum(axis=1) > MAX_LAG
        kept = distances[usable].astype(np.float64)
        filled = np.where(np.isnan(kept), np.nanmedian(kept, axis=1, keepdims=True) if len(kept) else 0, kept)
        # A window belongs to the block that its middle lies in.
        blocks = (2 * ticks[usable] + WINDOW_FRAMES) // (2 * BLOCK_TICKS) - self._first_block
        np.add.at(self.sums, blocks, -filled * _TICK_S)
        np.add.at(self.weights_s, blocks, _TICK_S)

    def add_published(self, distances: NDArray[np.float32], video: Embeddings) -> None:
        """Adds windows to the published figures.

        Args:
            distances: Distances [windows, LAGS], NaN where the sound begins outside the run that the windows are of.
            video: The windows' embeddings.
        """
        self._published += with_zero_padding(distances, video).sum(axis=0, dtype=np.float64)
        self._windows += len(video)

    def figures(self) -> LseFigures | None:
        """SyncNet's figures; None when there was no window with its own sound."""
        if not self._windows:
            return None
        published = figures(self._published / self._windows)
        means = np.full(LAGS, np.nan)
        corrected = figures(np.divide(self._corrected, self._pairs, out=means, where=self._pairs > 0))
        return LseFigures(published.min_distance, published.confidence, corrected.min_distance, corrected.confidence)
