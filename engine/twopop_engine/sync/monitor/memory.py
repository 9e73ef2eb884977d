"""What the last twenty seconds of a stream say, by block and lag: older blocks count less and less."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twopop_engine.sync.assess.field import Field
from twopop_engine.sync.scores import ScoreMap

KEPT_S: Final = 20.0
"""Older blocks are forgotten."""

STEP_S: Final = 0.2
"""Length of a block."""

LAGS_S: Final[NDArray[np.float64]] = np.arange(-100, 101) / 100
"""The lags that are scored."""

_FORGETTING_S: Final = 12.0  # until a block counts 1/e


@dataclass(frozen=True)
class Block:
    """What was measured in 0.2 s.

    Attributes:
        number: Its begin in blocks since the sender's zero.
        sums: The fit at each lag [lags].
        weight_s: Seconds of usable picture and sound.
        speech_s: Seconds of speech.
        motion: How much the mouth moved.
    """

    number: int
    sums: NDArray[np.float64]
    weight_s: float
    speech_s: float
    motion: float


class Memory:
    """The blocks."""

    def __init__(self) -> None:
        self._blocks: deque[Block] = deque()

    def add(self, block: Block) -> None:
        """Takes the next block; blocks left out count as not measured."""
        self._blocks.append(block)
        self.forget(block.number + 1 - round(KEPT_S / STEP_S))

    def forget(self, before: int) -> None:
        """Drops the blocks before one."""
        while self._blocks and self._blocks[0].number < before:
            self._blocks.popleft()

    @property
    def end(self) -> int:
        """Number of the block after the newest; 0 before the first."""
        return self._blocks[-1].number + 1 if self._blocks else 0

    def field(self, last_s: float = KEPT_S, *, fading: bool = True) -> Field | None:
        """The blocks as a field; None when there are none.

        Args:
            last_s: Seconds before the newest one's end that are wanted.
            fading: Whether older ones count less.
        """
        if not self._blocks:
            return None
        end = self._blocks[-1].number + 1
        begin = max(self._blocks[0].number, end - round(last_s / STEP_S))
        ages_s = (end - 1 - np.arange(begin, end)) * STEP_S
        fade = np.exp(-ages_s / _FORGETTING_S) if fading else np.ones(end - begin)
        sums, weights, speech, motion = (np.zeros((end - begin, *shape)) for shape in ((len(LAGS_S),), (), (), ()))
        for block in self._blocks:
            if block.number >= begin:
                at = block.number - begin
                sums[at], weights[at] = block.sums, block.weight_s
                speech[at], motion[at] = block.speech_s, block.motion
        return Field.of(
            ScoreMap(
                begin * STEP_S,
                STEP_S,
                LAGS_S,
                (sums * fade[:, None]).astype(np.float32),
                (weights * fade).astype(np.float32),
                (speech * fade).astype(np.float32),
                motion.astype(np.float32),
            )
        )
