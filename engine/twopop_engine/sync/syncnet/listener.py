"""Embeddings of a sound at SyncNet's ticks."""

from __future__ import annotations

import numpy as np

from twopop_engine.sync.scores import MonoSound
from twopop_engine.sync.syncnet.distance import Embeddings
from twopop_engine.sync.syncnet.mfcc import column_count, columns
from twopop_engine.sync.syncnet.towers import COLUMNS_PER_FRAME, WIDTH, WINDOW_COLUMNS, Towers


class Listener:
    """A sound, embedded where it is asked for."""

    def __init__(self, towers: Towers, sound: MonoSound) -> None:
        self._towers = towers
        self._sound = sound
        total = column_count(sound.length) if sound.length else 0
        self.windows = max(0, (total - WINDOW_COLUMNS) // COLUMNS_PER_FRAME + 1)

    def embed(self, first: int, stop: int) -> Embeddings:
        """Embeddings of the windows that begin with ticks.

        Args:
            first: The first tick, of any sign; tick n begins at n / 25 s.
            stop: One past the last.

        Returns:
            Embeddings [stop - first, 1024]; NaN where the sound does not fill the window.
        """
        rows = np.full((stop - first, WIDTH), np.nan, np.float32)
        begin, end = max(first, 0), min(stop, self.windows)
        if begin < end:
            count = (end - begin - 1) * COLUMNS_PER_FRAME + WINDOW_COLUMNS
            rows[begin - first : end - first] = self._towers.audio(
                columns(self._sound, begin * COLUMNS_PER_FRAME, count)
            )
        return rows
