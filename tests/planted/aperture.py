"""A small model of lips that needs no training: how far they open against how loud it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter1d

from twopop_engine.faces.face import Face
from twopop_engine.media.frames import Frame
from twopop_engine.sync.scores import FaceScorer, LseFigures, MonoSound, ScoreMap

_UPPER, _LOWER = (13, 82, 312), (14, 87, 317)
_BROW, _CHIN = 10, 152
_HOP = 160
_STEP_S, _LAG_STEP_S, _RANGE_S = 0.2, 0.01, 1.0
_SPEECH_DB = -45.0


class ApertureModel:
    """A `SyncModel`."""

    id = "test.aperture"

    def scorer(self) -> FaceScorer:
        return ApertureScorer()


@dataclass
class ApertureScorer:
    """A `FaceScorer`: the product of opening and loudness, each less its mean."""

    times: list[float] = field(default_factory=list)
    opens: list[float] = field(default_factory=list)

    def see(self, frame: Frame, face: Face | None) -> None:
        opening = np.nan
        if face is not None:
            points = face.landmarks[:, :2]
            gap = np.linalg.norm(points[list(_UPPER)] - points[list(_LOWER)], axis=1).mean()
            opening = float(gap / np.linalg.norm(points[_BROW] - points[_CHIN]))
        self.times.append(float(frame.time))
        self.opens.append(opening)

    def score(self, sound: MonoSound) -> tuple[ScoreMap, LseFigures | None]:
        times, opens = np.array(self.times), np.array(self.opens)
        seen = np.isfinite(opens)
        opens = np.where(seen, opens - np.nanmean(opens), 0.0)
        first, last = int(times[0] * 100) - 120, int(times[-1] * 100) + 121
        samples = sound.read(first * _HOP, (last - first) * _HOP).reshape(-1, _HOP)
        power = np.mean(samples.astype(np.float64) ** 2, axis=1)
        level = gaussian_filter1d(np.sqrt(power), 2.0)
        level_db = 20 * np.log10(level + 1e-6)
        steps = round(_RANGE_S / _LAG_STEP_S)
        lags = np.asarray(np.arange(-steps, steps + 1) * _LAG_STEP_S, np.float64)
        places = (times[:, None] - lags[None, :]) * 100 - first
        around = np.interp(places, np.arange(len(level)) + 0.5, level - level.mean())
        fits = opens[:, None] * around * seen[:, None]
        start = float(times[0])
        blocks = ((times - start) / _STEP_S).astype(int)
        count = int(blocks[-1]) + 1
        frame_s = float(np.median(np.diff(times)))
        speech = np.interp(times * 100 - first, np.arange(len(level)) + 0.5, (level_db > _SPEECH_DB).astype(float))
        moves = np.abs(np.gradient(opens)) * seen
        total = np.maximum(np.bincount(blocks, minlength=count), 1)
        sums = np.zeros((count, len(lags)))
        np.add.at(sums, blocks, fits)
        scores = ScoreMap(
            start,
            _STEP_S,
            lags,
            sums.astype(np.float32),
            (np.bincount(blocks, seen, count) * frame_s).astype(np.float32),
            (np.bincount(blocks, speech, count) * frame_s).astype(np.float32),
            (np.bincount(blocks, moves, count) / total).astype(np.float32),
        )
        return scores, None
