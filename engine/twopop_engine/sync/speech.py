"""Where a sound is loud in the band of the voice: speech, or whatever else comes and goes there."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from twopop_engine.sync.scores import MonoSound
from twopop_engine.sync.syncnet.mfcc import column_count, power_spectra

COLUMNS_HZ: Final = 100
"""Answers per second of sound."""

_BAND: Final = slice(10, 110)  # bins of 31.25 Hz: 312 to 3406 Hz
_ABOVE_FLOOR_DB: Final = 10.0
_FLOOR_QUANTILE: Final = 0.1  # speech pauses for more than a tenth of the time
_LOUD_QUANTILE: Final = 0.95
_LEAST_RANGE_DB: Final = 6.0  # a steady noise stays within 2 dB
_PEAK_RANGE_DB: Final = 30.0  # what is so far below the loudest is not who speaks
_QUIETEST_DB: Final = 0.0  # about -65 dB of full scale: the noise of a converter
_CHUNK: Final = 1024


def is_speech(sound: MonoSound) -> NDArray[np.bool_]:
    """Whether each 10 ms of a sound may be speech.

    Args:
        sound: The sound.

    Returns:
        [columns], one for each 10 ms that holds sound.
    """
    total = column_count(sound.length) if sound.length else 0
    level_db = np.empty(total, np.float32)
    for start in range(0, total, _CHUNK):
        stop = min(start + _CHUNK, total)
        level_db[start:stop] = levels_db(sound, start, stop - start)
    return speech_in(level_db)


def levels_db(sound: MonoSound, start: int, count: int) -> NDArray[np.float32]:
    """How loud a sound is in the band of the voice.

    Args:
        sound: The sound.
        start: First column.
        count: Columns of 10 ms.

    Returns:
        Levels [count] on a scale on which a converter's noise is about 0 dB.
    """
    power = power_spectra(sound, start, count)[:, _BAND].sum(axis=1)
    return np.asarray(10 * np.log10(power / _BAND.stop + 1e-9), np.float32)


def speech_in(level_db: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of a sound's levels may be speech, by how loud all of it is; as `is_speech` does for a whole sound."""
    if not len(level_db):
        return np.zeros(0, np.bool_)
    floor_db, loud_db = np.quantile(level_db, [_FLOOR_QUANTILE, _LOUD_QUANTILE])
    if loud_db - floor_db < _LEAST_RANGE_DB:
        return np.zeros(len(level_db), np.bool_)
    # In noise, the middle between both is what tells them apart.
    threshold_db = max(min(floor_db + _ABOVE_FLOOR_DB, (floor_db + loud_db) / 2), loud_db - _PEAK_RANGE_DB)
    return np.asarray(level_db > max(threshold_db, _QUIETEST_DB), np.bool_)


def seconds_in(heard: NDArray[np.bool_], start_s: float, step_s: float, count: int) -> NDArray[np.float32]:
    """Seconds of speech in each of a row of blocks.

    Args:
        heard: What `is_speech` gave.
        start_s: Begin of the first block, a multiple of 10 ms.
        step_s: Length of a block, a multiple of 10 ms.
        count: Blocks.

    Returns:
        Seconds [count].
    """
    until = np.concatenate([[0], np.cumsum(heard)])
    edges = np.rint((start_s + np.arange(count + 1) * step_s) * COLUMNS_HZ).astype(np.int64)
    return np.asarray(np.diff(until[np.clip(edges, 0, len(heard))]) / COLUMNS_HZ, np.float32)
