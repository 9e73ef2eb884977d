"""Sound in memory, as models of lip sync ask for it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ArraySound:
    """A `MonoSound` of samples at 16 kHz."""

    samples: NDArray[np.float32]

    @property
    def length(self) -> int:
        return len(self.samples)

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        indices = np.arange(start, start + count)
        inside = (indices >= 0) & (indices < self.length)
        return np.where(
            inside, self.samples[np.clip(indices, 0, max(0, self.length - 1))] if self.length else 0, 0
        ).astype(np.float32)


def voice(seconds: float, seed: int = 3) -> NDArray[np.float32]:
    """Noise whose loudness and colour change like syllables', at 16 kHz."""
    rng = np.random.default_rng(seed)
    count = round(seconds * 16000)
    time_s = np.arange(count) / 16000
    loudness = np.maximum(0, np.sin(2 * np.pi * (3.1 * time_s + np.cumsum(rng.standard_normal(count)) * 2e-4)))
    tone = np.sin(2 * np.pi * np.cumsum(300 + 900 * loudness) / 16000)
    return (loudness * (0.2 * tone + 0.05 * rng.standard_normal(count))).astype(np.float32)
