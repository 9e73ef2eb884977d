"""The delay to apply to a stream's sound: it follows the offset in small steps, and rests where it is good enough."""

from __future__ import annotations

from typing import Final

_STEP_EVERY_S: Final = 0.5
_ARRIVED_S: Final = 0.005
_DEAD_FRAMES: Final = 0.5


class Delay:
    """The delay. The offset is that of the sound as it is sent, before the delay; so the delay is to become the offset.

    Attributes:
        applied_s: Seconds by which the sound is to be delayed; < 0: it would have to be played earlier.
    """

    def __init__(self, applied_s: float, frame_s: float) -> None:
        """Begins with what is applied already.

        Args:
            applied_s: The delay that is applied.
            frame_s: By which it may move at once.
        """
        self.applied_s = applied_s
        self._frame_s = frame_s
        self._is_moving = False
        self._moved_at_s = float("-inf")

    def follow(self, time_s: float, offset_s: float | None) -> float:
        """Moves towards an offset, by a frame at most, twice a second at most.

        Args:
            time_s: Now, on the sender's clock.
            offset_s: The offset; None while it cannot be told, and then nothing moves.

        Returns:
            The delay.
        """
        if offset_s is None:
            self._is_moving = False
            return self.applied_s
        away_s = offset_s - self.applied_s
        dead_s = _ARRIVED_S if self._is_moving else _DEAD_FRAMES * self._frame_s
        self._is_moving = abs(away_s) > dead_s
        if self._is_moving and time_s - self._moved_at_s >= _STEP_EVERY_S:
            self.applied_s += min(max(away_s, -self._frame_s), self._frame_s)
            self._moved_at_s = time_s
        return self.applied_s
