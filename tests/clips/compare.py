"""Finding one sound in another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import correlate


def lag(reference: NDArray[np.float32], other: NDArray[np.float32]) -> int:
    """By how many samples `other` [samples] lies later than `reference` [samples], at the peak of the correlation."""
    score = correlate(other.astype(float), reference.astype(float), method="fft")
    return int(np.argmax(np.abs(score))) - (len(reference) - 1)
