"""Sound prepared for matching: whitened, at 16 and 8 kHz, in one byte a sample.

A three-hour file takes 260 MB in this form, so that a day's recordings can be held against each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from twopop_engine.sync.whitening import FRAME, HOP, whiten

RATE_HZ: Final = 16000
"""Rate of the fine signal: room responses carry little above its band, and codecs cut there."""

HALF_RATE_HZ: Final = RATE_HZ // 2
"""Rate of the search signal."""

LEVEL_STEP: Final = RATE_HZ // 10
"""Samples at RATE_HZ for each value of the level profile: 0.1 s."""

_CHUNK: Final = 1024 * HOP  # 32.8 s: long enough to hold pauses, short enough to follow a changing noise floor
_BYTE_SCALE: Final = 15.0  # 1 is the root mean square; clips at 8.5 times it
_SILENCE_DB: Final = -120.0


@dataclass(frozen=True)
class Sound:
    """A recording ready to be matched.

    Attributes:
        full: Whitened sound [samples] at RATE_HZ, as bytes.
        half: Its lower half band [samples / 2] at HALF_RATE_HZ, as bytes.
        level_db: Level before whitening, dB full scale, of every 0.1 s.
    """

    full: npt.NDArray[np.int8]
    half: npt.NDArray[np.int8]
    level_db: npt.NDArray[np.float32]

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.full) / RATE_HZ

    @property
    def loudest_db(self) -> float:
        """Level of the loudest 0.1 s, dB full scale."""
        return float(self.level_db.max(initial=_SILENCE_DB))

    def at_ratio(self, ratio: float) -> Sound:
        """The sound as it would be had its clock run `ratio` times slower.

        Args:
            ratio: This file's seconds for each second wanted: 1.001 shortens the sound by 0.1 %.

        Returns:
            The sound on the other clock.
        """
        return Sound(_resampled(self.full, RATE_HZ, ratio), _resampled(self.half, HALF_RATE_HZ, ratio), self.level_db)


def take(data: npt.NDArray[np.int8], start: int, count: int) -> npt.NDArray[np.float32]:
    """Samples [count] of a byte signal as floats, zeros outside of it."""
    out = np.zeros(count, np.float32)
    first, last = max(start, 0), min(start + count, len(data))
    if last > first:
        out[first - start : last - start] = data[first:last]
    return out


class Preparer:
    """Prepares one channel that comes in blocks; never holds more than a minute of it as floats."""

    def __init__(self, rate_hz: int) -> None:
        """Begins a recording at `rate_hz` samples per second."""
        self._resampler = None if rate_hz == RATE_HZ else soxr.ResampleStream(rate_hz, RATE_HZ, 1, "float32", "HQ")
        self._before = np.zeros(0, np.float32)
        self._waiting: list[npt.NDArray[np.float32]] = []
        self._count = 0
        self._full: list[npt.NDArray[np.int8]] = []
        self._half: list[npt.NDArray[np.int8]] = []
        self._level: list[npt.NDArray[np.float32]] = []

    def push(self, block: npt.NDArray[np.float32]) -> None:
        """Takes the next block [samples], in [-1, 1]."""
        if self._resampler:
            block = self._resampler.resample_chunk(np.ascontiguousarray(block))
        self._take(block)
        # A chunk is whitened only when at least half of another follows: a short last one has no pauses to measure.
        while self._count >= _CHUNK * 3 // 2 + FRAME:
            joined = np.concatenate(self._waiting)
            self._whiten(joined[:_CHUNK], joined[_CHUNK : _CHUNK + FRAME])
            self._waiting, self._count = [joined[_CHUNK:]], len(joined) - _CHUNK

    def finish(self) -> Sound:
        """Ends the recording and returns it."""
        if self._resampler:
            self._take(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True))
        if self._count:
            self._whiten(np.concatenate(self._waiting), np.zeros(0, np.float32))
        nothing = np.zeros(0, np.int8)
        return Sound(
            np.concatenate([nothing, *self._full]),
            np.concatenate([nothing, *self._half]),
            np.concatenate([np.zeros(0, np.float32), *self._level]),
        )

    def _take(self, block: npt.NDArray[np.float32]) -> None:
        self._waiting.append(block)
        self._count += len(block)

    def _whiten(self, chunk: npt.NDArray[np.float32], after: npt.NDArray[np.float32]) -> None:
        head = len(self._before)
        full, half = whiten(np.concatenate([self._before, chunk, after]), RATE_HZ)
        self._full.append(_as_bytes(full[head : head + len(chunk)]))
        self._half.append(_as_bytes(half[head // 2 : head // 2 + -(-len(chunk) // 2)]))
        self._level.append(_level_db(chunk))
        self._before = chunk[-FRAME:]


def prepare(blocks: Iterable[npt.NDArray[np.float32]], rate_hz: int) -> Sound:
    """Prepares a recording.

    Args:
        blocks: Consecutive mono waveforms [samples] at `rate_hz`, in [-1, 1].
        rate_hz: Samples per second.

    Returns:
        The recording ready to be matched.
    """
    preparer = Preparer(rate_hz)
    for block in blocks:
        preparer.push(block)
    return preparer.finish()


def _as_bytes(audio: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    return np.asarray(np.clip(np.rint(audio * _BYTE_SCALE), -127, 127), np.int8)


def _resampled(data: npt.NDArray[np.int8], rate_hz: int, ratio: float) -> npt.NDArray[np.int8]:
    audio = soxr.resample(data.astype(np.float32), rate_hz * ratio, rate_hz, quality="HQ")
    return np.asarray(np.clip(np.rint(audio), -127, 127), np.int8)


def _level_db(audio: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    count = -(-len(audio) // LEVEL_STEP)
    padded = np.zeros(count * LEVEL_STEP, np.float32)
    padded[: len(audio)] = audio
    power = np.mean(np.square(padded.reshape(count, LEVEL_STEP)), axis=1)
    return np.asarray(10.0 * np.log10(power + 10.0 ** (_SILENCE_DB / 10.0)), np.float32)
