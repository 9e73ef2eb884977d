"""A stream's sound and picture, measured as they come, in memory that does not grow.

A block of 0.2 s of picture is held against the sound when one and a half seconds after it are known: it is held against
sound up to a second later, and either side is embedded by what lies around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.face import Landmarks
from twopop_engine.sync.assess.confidence import calibration
from twopop_engine.sync.lipsync.lips import RATE_HZ
from twopop_engine.sync.lipsync.model import MODEL_ID, MOST_LAG, fit
from twopop_engine.sync.monitor import eye
from twopop_engine.sync.monitor.delay import Delay
from twopop_engine.sync.monitor.ear import BLOCK, Ear, SoundTower
from twopop_engine.sync.monitor.eye import Eye, LipsTower
from twopop_engine.sync.monitor.memory import LAGS_S, Block, Memory
from twopop_engine.sync.monitor.opinion import Judge, Opinion

State = Literal["listening", "no_face", "no_speech", "measuring", "steady", "lost"]

_LISTEN_S: Final = 2.0
_PRESENT_S: Final = 2.0  # a face or speech that was there so recently is there
_SPOKEN_S: Final = 0.2  # in that time
_PATIENCE_S: Final = 5.0  # by which one side may come later than the other
_MOST_BLOCKS: Final = 120  # that are measured at once


class Embedder(SoundTower, LipsTower, Protocol):
    """Both networks: `lipsync.towers.Towers`."""


@dataclass(frozen=True)
class Start:
    """How a stream begins.

    Attributes:
        sample_rate_hz: Of its sound.
        update_every_s: Seconds of picture between answers.
        applied_delay_s: The delay that is applied to the sound.
        frame_rate: The delay moves by one frame of so many a second at most.
    """

    sample_rate_hz: int
    update_every_s: float = 0.2
    applied_delay_s: float = 0.0
    frame_rate: float = 25.0


@dataclass(frozen=True)
class Update:
    """An answer.

    Attributes:
        time_s: Up to where picture and sound were measured, on the sender's clock.
        offset_s: > 0: the sound leads; None while it cannot be told.
        uncertainty_s: One standard deviation; None while it cannot be told.
        confidence: Calibrated, 0 to 1.
        state: What the monitor is at.
        delay_s: The delay to apply to the sound.
        late_count: Blocks and frames that came too late to be used.
    """

    time_s: float
    offset_s: float | None
    uncertainty_s: float | None
    confidence: float
    state: State
    delay_s: float
    late_count: int


class Monitor:
    """Measures one stream; for one thread at a time."""

    def __init__(self, towers: Embedder, start: Start) -> None:
        """Begins a stream.

        Args:
            towers: The networks.
            start: How it begins.
        """
        self._towers = towers
        self._start = start
        self._delay = Delay(start.applied_delay_s, 1 / start.frame_rate)
        self._late_count = 0
        self._begin()

    def _begin(self) -> None:
        """Begins anew: at first, and when the sender's clock was set back."""
        self._ear = Ear(self._towers, self._start.sample_rate_hz)
        self._eye = Eye(self._towers)
        self._memory = Memory()
        self._judge = Judge(calibration(MODEL_ID))
        self._opinion: Opinion | None = None
        self._next: int | None = None  # block
        self._began_s: float | None = None
        self._was_told = False
        self._answer_at_s: float | None = None

    def hear(self, time_s: float, samples: NDArray[np.float32]) -> None:
        """Takes sound.

        Args:
            time_s: When its first sample is heard, on the sender's clock.
            samples: Mono [samples] at the stream's rate, in [-1, 1].
        """
        self._ear.hear(time_s, samples)
        self._advance()

    def see_points(self, time_s: float, points: Landmarks | None, *, is_same: bool = True) -> None:
        """Takes a frame of picture.

        Args:
            time_s: When it is shown, on the sender's clock.
            points: The speaker's face [468, 3]; None when it is not seen.
            is_same: Whether the face is that of the frame before.
        """
        if self._eye.see(time_s, points, is_same=is_same):
            self._ear.give_up(time_s - _PATIENCE_S)
        self._advance()

    def update(self) -> Update | None:
        """The answer, when one is due; else None."""
        now_s = self._eye.time_s
        if now_s is None:
            return None
        if self._began_s is None:
            self._began_s = now_s
        if self._answer_at_s is None:
            self._answer_at_s = now_s + self._start.update_every_s
        if now_s < self._answer_at_s - 1e-9:
            return None
        every_s = self._start.update_every_s
        self._answer_at_s += every_s * (1 + floor((now_s - self._answer_at_s) / every_s + 1e-9))
        return self._answer(self._began_s, now_s)

    def _advance(self) -> None:
        """Measures the blocks that both sides are known for by now."""
        if self._ear.has_lost_its_way or self._eye.has_lost_its_way:
            self._late_count += self._ear.late_count + self._eye.late_count
            self._begin()
        if self._ear.known is None or self._eye.known is None or self._eye.begin is None:
            return
        until = min(self._ear.known - MOST_LAG, self._eye.known - eye.AHEAD) // BLOCK
        first = self._eye.begin // BLOCK if self._next is None else self._next
        at = max(first, until - _MOST_BLOCKS)
        if at >= until:
            return
        for number in range(at, until):
            self._memory.add(self._block(number))
            self._opinion = self._judge.consider(self._memory)
        self._next = until

    def _block(self, number: int) -> Block:
        first = number * BLOCK
        sums, weight_s = np.zeros(len(LAGS_S)), 0.0
        for at, lips in self._eye.embeddings(first, BLOCK):
            around, usable = self._ear.embeddings(at - MOST_LAG, len(lips) + 2 * MOST_LAG)
            fits, seconds = fit(lips, around, usable)
            sums += fits.sum(axis=0)
            weight_s += float(seconds.sum())
        return Block(number, sums, weight_s, self._ear.speech_s(first, BLOCK), self._eye.motion(first, BLOCK))

    def _answer(self, began_s: float, now_s: float) -> Update:
        said = self._opinion
        told = said if said is not None and said.is_told else None
        offset_s = told.offset_s if told else None
        state = self._state(now_s, told is not None)
        self._was_told |= told is not None
        return Update(
            time_s=began_s if self._next is None else self._next * BLOCK / RATE_HZ,
            offset_s=offset_s,
            uncertainty_s=told.uncertainty_s if told else None,
            confidence=said.confidence if said else 0.0,
            state=state,
            delay_s=self._delay.follow(now_s, offset_s),
            late_count=self._late_count + self._ear.late_count + self._eye.late_count,
        )

    def _state(self, now_s: float, is_told: bool) -> State:
        if is_told:
            return "steady"
        if self._began_s is None or now_s - self._began_s < _LISTEN_S:
            return "listening"
        if self._eye.seen_s is None or now_s - self._eye.seen_s > _PRESENT_S:
            return "no_face"
        present = round(_PRESENT_S * RATE_HZ)
        if self._ear.speech_s(round(now_s * RATE_HZ) - present, present) < _SPOKEN_S:
            return "no_speech"
        return "lost" if self._was_told else "measuring"
