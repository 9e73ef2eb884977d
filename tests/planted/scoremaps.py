"""Score maps with a planted truth: offset, drift, jumps, pauses, a missing face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from twopop_engine.sync.scores import ScoreMap

PEAK_S = 0.06  # how wide lips fit: standard deviation over the lags
NOISE_TIME_S, NOISE_LAG_S = 0.3, 0.05


@dataclass(frozen=True)
class Planted:
    """What a generated map holds; `signal` is the fit of a second of speech, in the noise's deviations."""

    offset_s: Callable[[float], float] = lambda time_s: 0.0
    duration_s: float = 20.0
    signal: float = 2.0
    lag_step_s: float = 0.01
    step_s: float = 0.2
    pauses: tuple[tuple[float, float], ...] = ()
    missing: tuple[tuple[float, float], ...] = ()
    still: bool = False
    range_s: float = 1.0
    start_s: float = 0.0
    noise: float = 1.0
    scale: float = 1.0


def constant(offset_s: float) -> Callable[[float], float]:
    return lambda time_s: offset_s


def score_map(planted: Planted, seed: int = 1) -> ScoreMap:
    """A map whose sums are a peak along the planted course, in noise that lasts 0.3 s and 50 ms of lag."""
    rng = np.random.default_rng(seed)
    count = round(planted.duration_s / planted.step_s)
    steps = round(planted.range_s / planted.lag_step_s)
    lags = np.asarray(np.arange(-steps, steps + 1) * planted.lag_step_s, np.float64)
    times = np.asarray((np.arange(count) + 0.5) * planted.step_s, np.float64)
    noise = gaussian_filter(
        rng.standard_normal((count, len(lags))),
        (NOISE_TIME_S / planted.step_s / 2.0, NOISE_LAG_S / planted.lag_step_s),
        mode="wrap",
    )
    noise *= planted.noise / noise.std() if planted.noise else 0.0
    talks = 1.0 - _covered(times, planted.pauses)
    seen = 1.0 - _covered(times, planted.missing)
    offsets = np.array([planted.offset_s(time) for time in times])
    shape = np.exp(-0.5 * ((lags[None, :] - offsets[:, None]) / PEAK_S) ** 2)
    sums = (noise + planted.signal * talks[:, None] * shape) * seen[:, None] * planted.step_s * planted.scale
    return ScoreMap(
        planted.start_s,
        planted.step_s,
        lags,
        sums.astype(np.float32),
        (seen * planted.step_s).astype(np.float32),
        (talks * planted.step_s).astype(np.float32),
        (np.zeros(count) if planted.still else np.full(count, 0.05) * seen).astype(np.float32),
    )


def _covered(times: NDArray[np.float64], spans: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    inside = np.zeros(len(times))
    for start, stop in spans:
        inside[(times >= start) & (times < stop)] = 1.0
    return inside
