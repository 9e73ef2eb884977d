"""The generated score maps that the default calibration is fitted to: every strength, length and width of peak."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planted.scoremaps import Planted, constant, score_map
from twopop_engine.sync.scores import ScoreMap

_COUNT = 240
_SEED = 11


def generated_maps(count: int = _COUNT, seed: int = _SEED) -> Iterator[tuple[ScoreMap, float, str]]:
    """Maps with their true offsets, NaN for every third, which fits nowhere, and a name for each."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        related = number % 3 > 0
        offset_s = float(rng.uniform(-0.5, 0.5))
        duration_s = float(np.exp(rng.uniform(np.log(3), np.log(60))))
        pause = float(rng.uniform(0, duration_s))
        planted = Planted(
            offset_s=constant(offset_s),
            duration_s=duration_s,
            signal=float(rng.uniform(0.2, 3.0)) if related else 0.0,
            lag_step_s=float(rng.choice([0.01, 0.02, 0.04])),
            range_s=float(rng.choice([0.6, 1.0])),
            pauses=((pause, pause + 0.2 * duration_s),),
        )
        yield score_map(planted, seed=1000 + number), offset_s if related else float("nan"), f"map {number}"
