"""How the offset runs through a file: constant, drifting, or in jumps.

Each course is a path through the scores, and scores along a path add up. The straight line of the highest sum is
found by trying slopes (a Hough transform), the best path of level stretches by dynamic programming with a price for
each jump (Viterbi). Sums are brought to the scale of log likelihoods by the ratio of the scatter of their slope to
their bend (the Godambe information of composite likelihoods, Varin et al. 2011), and the course is chosen by a
criterion like Schwarz's (1978): a richer course must gain more than its parameters could by chance.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.optimize import minimize

from twopop_engine.sync.assess.answer import Course, Window
from twopop_engine.sync.assess.confidence import Calibration
from twopop_engine.sync.assess.estimate import Estimate, estimate
from twopop_engine.sync.assess.field import Doubles, Field

_MOST_GROUPS = 240
_STEEPEST = 0.05  # PAL speed-up is 0.042
_SHORTEST_DRIFT_S = 6.0
_SHORTEST_STRETCH_S = 3.0
_LEAST_JUMP_S = 0.035
_LEAST_CHANGE_S = 0.02  # over the whole file; less is constant
_APRIORI = 6.0  # most files neither drift nor jump: twice the log odds
_PEAK_S = 0.1  # width of a peak: lags nearer than this are no separate trials
_BEND_S = 0.02
_PIECE = 1000  # blocks


@dataclass(frozen=True)
class Run:
    """A course and how sure it is.

    Attributes:
        course: Its kind.
        offset_s: In the middle of a drift, of the longest stretch of jumps.
        confidence: Calibrated, 0 to 1.
        found: The estimate along the course.
        slope: Seconds of offset each second of picture.
        middle_s: When a drift has `offset_s`.
        stretches: Of jumps.
    """

    course: Course
    offset_s: float
    confidence: float
    found: Estimate
    slope: float = 0.0
    middle_s: float = 0.0
    stretches: tuple[Window, ...] = ()

    @property
    def drift_ppm(self) -> float | None:
        """The slope in parts per million, when drifting."""
        return self.slope * 1e6 if self.course == "drifting" else None

    def lags_at(self, times_s: Doubles) -> Doubles:
        """The offset at times of picture [times]."""
        lags = self.offset_s + self.slope * (times_s - self.middle_s)
        for stretch in self.stretches:
            if stretch.offset_s is not None:
                lags = np.where(times_s >= stretch.start_s, stretch.offset_s, lags)
        return lags


def best_run(field: Field, calibration: Calibration, profile_share: float = 0.0) -> Run | None:
    """The course that explains a field best; None when nothing in it could be measured.

    Args:
        field: The scores.
        calibration: Tells the confidence.
        profile_share: Share of the frames in which the face is in profile.
    """
    found = estimate(field)
    if found is None:
        return None
    level = Run("constant", found.peak.lag_s, calibration.confidence(found, profile_share), found)
    groups = field.grouped(field.count * field.step_s / _MOST_GROUPS)
    runs = [level]
    if (drift := _drift(field, groups, level, calibration, profile_share)) is not None:
        runs.append(drift)
    if (jumps := _jumps(field, groups, level, calibration, profile_share)) is not None:
        runs.append(jumps)
    return max(runs, key=lambda run: _merit(groups, run, level))


def _merit(groups: Field, run: Run, level: Run) -> float:
    """Twice the gain in log likelihood over a constant offset, less what the course's parameters are worth."""
    if run is level:
        return 0.0
    path = run.lags_at(groups.middles_s)
    gain = groups.along(path).sum() - groups.along(level.lags_at(groups.middles_s)).sum()
    count = max(2.0, float(groups.weights_s.sum()))
    price = math.log(count) + 2 * math.log(_trials(groups)) + _APRIORI
    if run.course == "jumps":
        price = (len(run.stretches) - 1) * _jump_price(groups, count)
    return float(2 * gain / _scale(groups, path) - price)


def _jump_price(groups: Field, count: float) -> float:
    """Price of a jump: when, and to which of the lags that differ."""
    return 2 * math.log(count) + 2 * math.log(np.ptp(groups.lags_s) / _PEAK_S) + _APRIORI


def _scale(field: Field, path: Doubles) -> float:
    """What divides sums of scores to make log likelihoods of them: the greater of what holds near and far."""
    return max(_near_scale(field, path), _far_scale(field, path))


def _near_scale(field: Field, path: Doubles) -> float:
    """By the scatter of the scores' slopes along the path, and their bend."""
    reach = max(_BEND_S, field.lag_step_s)
    above, at, below = (field.along(path + shift) for shift in (reach, 0.0, -reach))
    slopes = (above - below) / (2 * reach)
    bend = -float(np.sum(above - 2 * at + below)) / reach**2
    sums = _by_seconds(field, slopes[:, None])
    scatter = float(np.sum((sums - sums.mean()) ** 2)) * len(sums) / max(1, len(sums) - 1)
    return scatter / bend if bend > 0 and scatter > 0 else math.inf


def _far_scale(field: Field, path: Doubles) -> float:
    """By how scores scatter away from the path: a log likelihood's gain over any lag scatters by twice its mean."""
    far = field.scores[:, np.abs(field.lags_s - float(np.median(path))) > 2 * _PEAK_S]
    gain = float(field.along(path).sum() - far.sum(axis=0).mean())
    apart = _by_seconds(field, far - far.mean(axis=1, keepdims=True))
    return float(np.sum(apart**2, axis=0).mean()) / gain if gain > 0 else math.inf


def _by_seconds(field: Field, values: Doubles) -> Doubles:
    """Values [blocks, any] added up over about a second [seconds, any]."""
    size = max(1, round(1.0 / field.step_s))
    return np.asarray(np.add.reduceat(values, np.arange(0, len(values), size), axis=0), np.float64)


def _drift(field: Field, groups: Field, level: Run, calibration: Calibration, profile_share: float) -> Run | None:
    """The best straight line that is not level."""
    length = groups.count * groups.step_s
    if float(groups.weights_s.sum()) < _SHORTEST_DRIFT_S:
        return None
    middle = groups.start_s + length / 2
    change, lag = _steepest(groups, middle, length)
    times = groups.middles_s - middle

    def loss(line: Doubles) -> float:
        return -float(groups.along(line[1] + line[0] * times / length).sum())

    step = groups.lag_step_s
    start = np.array([[change, lag], [change + step, lag], [change, lag + step]])
    change, lag = minimize(loss, start[0], method="Nelder-Mead", options={"initial_simplex": start}).x
    if abs(change) < _LEAST_CHANGE_S:
        return None
    found = estimate(_levelled(field, field.middles_s, change / length, middle))
    if found is None:
        return None
    confidence = _after_trials(calibration.confidence(found, profile_share), _trials(groups))
    return Run("drifting", found.peak.lag_s, confidence, found, change / length, middle)


def _most_change(groups: Field) -> float:
    """How much a drift may change the offset over the whole length."""
    return min(float(np.ptp(groups.lags_s)) / 2, _STEEPEST * groups.count * groups.step_s)


def _trials(groups: Field) -> float:
    """How many lines differ."""
    return 1.0 + 2 * _most_change(groups) / _PEAK_S


def _steepest(groups: Field, middle: float, length: float) -> tuple[float, float]:
    """Change over the whole length, and lag in its middle, of the line with the highest sum."""
    most = _most_change(groups)
    step = groups.lag_step_s / 2
    changes = np.arange(-math.floor(most / step), math.floor(most / step) + 1) * step
    lags = np.arange(len(groups.lags_s))
    best = (-math.inf, 0.0, 0.0)
    for change in changes:
        shifts = np.rint(change * (groups.middles_s - middle) / length / groups.lag_step_s).astype(int)
        places = np.clip(lags[None, :] + shifts[:, None], 0, len(lags) - 1)
        curve = np.take_along_axis(groups.scores, places, axis=1).sum(axis=0)
        top = int(np.argmax(curve))
        best = max(best, (float(curve[top]), float(change), float(groups.lags_s[top])))
    return best[1], best[2]


def _levelled(field: Field, times_s: Doubles, slope: float, middle_s: float) -> Field:
    """A field whose drift is taken out; in pieces, for coordinates take several times the room of the scores."""
    shifts = slope * (times_s - middle_s) / field.lag_step_s
    scores = np.empty_like(field.scores)
    for start in range(0, field.count, _PIECE):
        part = field.scores[start : start + _PIECE]
        rows = np.broadcast_to(np.arange(len(part))[:, None], part.shape)
        places = np.arange(len(field.lags_s))[None, :] + shifts[start : start + _PIECE, None]
        scores[start : start + _PIECE] = map_coordinates(part, [rows, places], order=3, mode="nearest")
    return replace(field, scores=scores)


def _after_trials(confidence: float, trials: float) -> float:
    """A confidence that is the best of several trials: chance had more than one to look good in.

    Neighbouring lines share most of their scores, so the odds are divided by the root of the number only; on generated
    maps of unrelated sound less than 1 % are then told.
    """
    return confidence / (confidence + (1 - confidence) * math.sqrt(trials))


def _jumps(field: Field, groups: Field, level: Run, calibration: Calibration, profile_share: float) -> Run | None:
    """The best path of level stretches, each of which can be told on its own."""
    count = max(2.0, float(groups.weights_s.sum()))
    scale = _scale(groups, level.lags_at(groups.middles_s))
    if not math.isfinite(scale) or count < 2 * _SHORTEST_STRETCH_S:
        return None
    states = _viterbi(groups.scores, scale * _jump_price(groups, count) / 2)
    edges = [0, *(np.flatnonzero(np.diff(states)) + 1), groups.count]
    stretches: list[Window] = []
    estimates: list[Estimate] = []
    for begin, end in itertools.pairwise(edges):
        start_s, stop_s = (groups.start_s + int(edge) * groups.step_s for edge in (begin, end))
        part = field.part(start_s, stop_s)
        found = estimate(part)
        if found is None or found.usable_s < _SHORTEST_STRETCH_S:
            return None
        sure = calibration.confidence(found, profile_share)
        if sure < calibration.threshold:
            return None
        stretches.append(Window(start_s, stop_s - start_s, found.peak.lag_s, sure))
        estimates.append(found)
    if len(stretches) < 2 or not _jump_enough(estimates):
        return None
    longest = int(np.argmax([stretch.duration_s for stretch in stretches]))
    sure = min(stretch.confidence for stretch in stretches)
    return Run("jumps", estimates[longest].peak.lag_s, sure, estimates[longest], stretches=tuple(stretches))


def _jump_enough(estimates: list[Estimate]) -> bool:
    places = [found.peak.lag_s for found in estimates]
    return all(abs(after - before) >= _LEAST_JUMP_S for before, after in itertools.pairwise(places))


def _viterbi(scores: Doubles, price: float) -> list[int]:
    """The path of lags [blocks], as indices, with the highest sum less a price for each change of lag."""
    best = scores[0].copy()
    came_from = np.zeros(scores.shape, np.int64)
    stay = np.arange(scores.shape[1])
    for row in range(1, len(scores)):
        top = int(np.argmax(best))
        jumps = best[top] - price > best
        came_from[row] = np.where(jumps, top, stay)
        best = np.where(jumps, best[top] - price, best) + scores[row]
    path = [int(np.argmax(best))]
    for row in range(len(scores) - 1, 0, -1):
        path.append(int(came_from[row, path[-1]]))
    return path[::-1]
