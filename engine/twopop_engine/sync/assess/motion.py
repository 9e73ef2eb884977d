"""When things in the picture start, stop or jump.

How much a part of the picture changes from frame to frame is taken for its speed between the two frames, and a drop
or a rise of that speed at a frame for an event there. Where a frame shows the scene as it is at its presentation time,
this is unbiased at any frame rate: a motion that stops between two frames leaves two drops whose centre of gravity is
the moment at which it stopped. A rise that is followed by a drop at the very next frame is a jump, which could have
been anywhere between the two frames and is placed in their middle. A bounce looks as if it stopped up to three quarters
of a frame too early: between the two frames around it, a thing hardly leaves its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from twopop_engine.media.frames import Frame, Picture

_Cells = NDArray[np.float32]

_WIDTH = 128  # of the small picture, in pixels
_CELL = 8  # side of a cell of it
_REGION = 5  # cells that are taken together: what moves on within them still moves
_NOISE = 3.0  # levels of gray that noise and coding change
_LEAST_STEP_S = Fraction(1, 70)  # faster frames are passed over
_LONGEST_STEP_S = 0.1  # a frame that stays longer was still until shortly before the next
_MEMORY_S = 3.0  # how long a cell remembers what is usual for it
_LEAST_CHANGE = 0.2  # levels of gray from frame to frame that are too little to tell
_RISES = 0.3  # what a beginning of motion counts against an end: swings begin before they strike
_EXCESS = 1.5  # of the usual, that is no event
_MOST = 30.0  # of the usual, beyond which an event is not stronger


@dataclass(frozen=True)
class Events:
    """Moments at which motion changes.

    Attributes:
        times_s: When [events], rising, in seconds on the file's clock.
        strengths: How much, beyond what is usual for that part of the picture [events].
        step_s: The usual distance between frames.
    """

    times_s: NDArray[np.float64]
    strengths: NDArray[np.float64]
    step_s: float


@dataclass(frozen=True)
class _Stretch:
    """How fast each cell changes between two moments, in levels of gray a second."""

    start_s: float
    stop_s: float
    speed: _Cells


@dataclass
class MotionMeter:
    """Takes in pictures in order of presentation."""

    _last: Picture | None = None
    _last_time: Fraction = Fraction(0)
    _now: _Stretch | None = None
    _rise: _Cells = field(default_factory=lambda: np.zeros((1, 1), np.float32))
    _usual: _Cells | None = None
    _times: list[float] = field(default_factory=list)
    _strengths: list[float] = field(default_factory=list)
    _steps: list[float] = field(default_factory=list)

    def see(self, frame: Frame) -> None:
        """Takes the next frame."""
        if self._is_due(frame.time):
            width, height = frame.size
            small = frame.reduced(*_small_size(width, height))
            self.see_small(frame.time, np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8))

    def see_small(self, time: Fraction, small: Picture) -> None:
        """Takes the next picture, already small: gray [height, width], shown at a time in seconds."""
        if not self._is_due(time):
            return
        if self._last is not None and small.shape == self._last.shape:
            self._advance(self._last, small, time)
        self._last, self._last_time = small, time

    def events(self) -> Events:
        """The moments so far."""
        step = float(np.median(self._steps)) if self._steps else 0.04
        return Events(np.array(self._times), np.array(self._strengths), step)

    def _is_due(self, time: Fraction) -> bool:
        return self._last is None or time - self._last_time >= _LEAST_STEP_S

    def _advance(self, before: Picture, small: Picture, time: Fraction) -> None:
        step = float(time - self._last_time)
        self._steps.append(step)
        moving = min(step, _LONGEST_STEP_S)
        speed = _changes(before, small) / moving
        if step > _LONGEST_STEP_S:
            self._pass(_Stretch(float(self._last_time), float(time) - moving, np.zeros_like(speed)))
        self._pass(_Stretch(float(time) - moving, float(time), speed))

    def _pass(self, ahead: _Stretch) -> None:
        """Notes how motion in each cell changes from the last stretch to the next, now that its own end is known."""
        now, self._now = self._now, ahead
        if now is None or now.speed.shape != ahead.speed.shape:
            self._rise = np.zeros_like(ahead.speed)
            return
        change = now.speed - ahead.speed
        rise, drop = self._rise, np.maximum(change, 0.0)
        jump = np.minimum(rise, drop)
        usual = self._learn(np.abs(change), now)
        self._note(now.start_s, _RISES * (rise - jump) / usual)
        self._note((now.start_s + now.stop_s) / 2, jump / usual)
        self._note(now.stop_s, (drop - jump) / usual)
        self._rise = np.maximum(-change, 0.0)

    def _learn(self, change: _Cells, now: _Stretch) -> _Cells:
        """What each cell's changes usually are, before this one."""
        usual = change if self._usual is None else self._usual
        length = now.stop_s - now.start_s
        share = np.float32(1.0 - np.exp(-length / _MEMORY_S))
        self._usual = usual + share * (change - usual)
        return usual + np.float32(_LEAST_CHANGE / length)

    def _note(self, time_s: float, changes: _Cells) -> None:
        excess = np.minimum(np.maximum(changes - _EXCESS, 0.0), _MOST)
        self._times.append(time_s)
        self._strengths.append(float(excess.mean()))


def _small_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the small picture: whole cells."""
    rows = max(2, round(_WIDTH * height / width / _CELL))
    return _WIDTH, min(rows * _CELL, 4 * _WIDTH)


def _changes(before: Picture, after: Picture) -> _Cells:
    """How much the region around each cell changes [rows, columns], in levels of gray beyond noise."""
    difference = cv2.absdiff(before, after).astype(np.float32)
    np.maximum(difference - _NOISE, 0.0, out=difference)
    size = (difference.shape[1] // _CELL, difference.shape[0] // _CELL)
    cells = cv2.resize(difference, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(cells, (_REGION, _REGION), borderType=cv2.BORDER_CONSTANT), np.float32)
