"""The mouth of a stream, embedded as it comes: `lipsync.lips` for what has no end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from math import ceil, floor
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.face import Landmarks
from twopop_engine.sync.lip_motion import opening
from twopop_engine.sync.lipsync.lips import RATE_HZ
from twopop_engine.sync.lipsync.shape import SIZE, mouth_shape
from twopop_engine.sync.lipsync.towers import MARGIN, Embeddings
from twopop_engine.sync.monitor.ring import Ring
from twopop_models.centring import REACH, centred

AHEAD: Final = REACH
"""Frames of 10 ms after those that are embedded which must be known."""

_KEPT: Final = 2400  # frames
_LONGEST_GAP_S: Final = 0.3  # a face that is away for longer begins a new run
_MOST_LATE: Final = 25
_OPENINGS_KEPT_S: Final = 24.0
_AROUND: Final = REACH + MARGIN


class LipsTower(Protocol):
    """The lips' network: `lipsync.towers.Towers`."""

    def lips(self, shapes: NDArray[np.float32]) -> Embeddings:
        """Embeds centred shapes of a mouth [frames, 14] at 100 frames a second."""


class Eye:
    """Takes in frames of picture and gives embeddings of the mouth in them, of the last 24 seconds.

    Attributes:
        late_count: Frames that came too late to be used.
        time_s: When the newest frame is shown; None before the first.
        seen_s: When a face was seen last; None before that.
    """

    def __init__(self, tower: LipsTower) -> None:
        self.late_count = 0
        self.time_s: float | None = None
        self.seen_s: float | None = None
        self._tower = tower
        self._late_in_a_row = 0
        self._run = 0
        self._shape: NDArray[np.float32] | None = None  # of the last frame, where it can be gone on from
        self._shapes = Ring(_KEPT, (SIZE,), np.float32)
        self._runs = Ring(_KEPT, (), np.int64)
        self._openings: deque[tuple[float, float]] = deque()

    @property
    def has_lost_its_way(self) -> bool:
        """Whether the sender's clock was set back for good."""
        return self._late_in_a_row > _MOST_LATE

    @property
    def begin(self) -> int | None:
        """The first frame that was shown; None before that."""
        return None if self._runs.end is None else self._runs.begin

    @property
    def known(self) -> int | None:
        """Frames before this one have been shown; None before the first."""
        return None if self.time_s is None else floor(round(self.time_s * RATE_HZ, 6)) + 1

    def see(self, time_s: float, landmarks: Landmarks | None, *, is_same: bool = True) -> bool:
        """Takes the next frame.

        Args:
            time_s: When it is shown.
            landmarks: The face's points [468, 3]; None when no face is seen.
            is_same: Whether it is the face that was seen before.

        Returns:
            Whether it came in time.
        """
        if self.time_s is not None and time_s <= self.time_s:
            self.late_count += 1
            self._late_in_a_row += 1
            return False
        self._late_in_a_row = 0
        if landmarks is not None:
            self._take(time_s, landmarks, is_same)
        self.time_s = time_s
        if self._runs.end is None:  # time begins, though nobody is seen
            self._shapes.start(ceil(round(time_s * RATE_HZ, 6)))
            self._runs.start(ceil(round(time_s * RATE_HZ, 6)))
        return True

    def embeddings(self, first: int, count: int) -> Iterator[tuple[int, Embeddings]]:
        """Embeds the mouth where it is seen.

        Args:
            first: First frame.
            count: Frames.

        Yields:
            For each stretch in which it is seen all the time: its first frame, and embeddings [frames, width].
        """
        begin = first - _AROUND
        runs = self._runs.read(begin, count + 2 * _AROUND)
        shapes = self._shapes.read(begin, count + 2 * _AROUND)
        for run in np.unique(runs[_AROUND : _AROUND + count]):
            if run == 0:
                continue
            rows = np.flatnonzero(runs == run)
            wanted = rows[(rows >= _AROUND) & (rows < _AROUND + count)]
            near = slice(max(wanted[0] - MARGIN, rows[0]) - rows[0], wanted[-1] + MARGIN + 1 - rows[0])
            even = centred(shapes[rows], np.ones(len(rows), np.bool_))[near]
            at = wanted[0] - rows[0] - near.start
            yield begin + int(wanted[0]), self._tower.lips(even)[at : at + len(wanted)]

    def motion(self, first: int, count: int) -> float:
        """How much the mouth moves in a row of frames, as `LipMotion` tells it."""
        begin_s, end_s = first / RATE_HZ, (first + count) / RATE_HZ
        values = [value for time_s, value in self._openings if begin_s <= time_s < end_s]
        return float(np.std(values)) if len(values) > 1 else 0.0

    def _take(self, time_s: float, landmarks: Landmarks, is_same: bool) -> None:
        shape = mouth_shape(landmarks)
        goes_on = is_same and self.seen_s is not None and time_s - self.seen_s <= _LONGEST_GAP_S
        if goes_on and self._shape is not None and self.seen_s is not None:
            self._fill(self.seen_s, self._shape, time_s, shape)
        else:
            self._run += 1
            first = ceil(round(time_s * RATE_HZ, 6))
            if first == round(time_s * RATE_HZ, 6):
                self._push(first, shape[None])
        self.seen_s, self._shape = time_s, shape
        self._openings.append((time_s, opening(landmarks)))
        while self._openings[0][0] < time_s - _OPENINGS_KEPT_S:
            self._openings.popleft()

    def _fill(self, from_s: float, before: NDArray[np.float32], to_s: float, after: NDArray[np.float32]) -> None:
        """Shapes at even times after one frame until the next."""
        first, last = floor(round(from_s * RATE_HZ, 6)) + 1, floor(round(to_s * RATE_HZ, 6))
        share = (np.arange(first, last + 1) / RATE_HZ - from_s) / (to_s - from_s)
        self._push(first, (before + share[:, None] * (after - before)).astype(np.float32))

    def _push(self, first: int, shapes: NDArray[np.float32]) -> None:
        self._shapes.push(first, shapes)
        self._runs.push(first, np.full(len(shapes), self._run, np.int64))
