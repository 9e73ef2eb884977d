"""Alignment: from a candidate good to milliseconds to a line exact to microseconds.

Short windows of the other are correlated with the reference around the places where a candidate expects them. The
line (start and clock error) that gives the largest sum of these correlations is the maximum-likelihood estimate for
white noise; its uncertainty is the sandwich estimate over windows (White, "Maximum likelihood estimation of
misspecified models", Econometrica 50(1), 1982), which needs no model of the noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import fft

from twopop_engine.sync.sound import RATE_HZ, Sound, take

REACH: Final = 384
"""Lags looked at on each side, in samples: 24 ms."""

_WINDOW_S: Final = 2.0
_MOST_WINDOWS: Final = 400
_FEWEST_WINDOWS: Final = 4
_TAPS: Final = 16  # of the interpolating sinc, on each side
_STEP: Final = 0.05  # samples; of the numerical derivatives
_NEWTON_STEPS: Final = 12
_CLOSE_ENOUGH: Final = 1e-4  # samples: 6 ns


@dataclass(frozen=True)
class Windows:
    """Correlations of windows of the other with the reference, around a line.

    Attributes:
        times_s: Middle of each window [windows], in seconds on the other's clock.
        curves: Correlation [windows, 2 * REACH + 1] by lag in samples; lag 0 is the line.
        noise: Standard deviation [windows] that unrelated sound would give; 0 where one side is silent or missing.
        start_s: The line: place of the other's first sample, in seconds on the reference's clock.
        slope: The line: the reference's seconds for each second of the other.
        window_s: Length of a window in seconds.
    """

    times_s: npt.NDArray[np.float64]
    curves: npt.NDArray[np.float32]
    noise: npt.NDArray[np.float32]
    start_s: float
    slope: float
    window_s: float

    def part(self, keep: npt.NDArray[np.bool_]) -> Windows:
        """Some of the windows."""
        return Windows(self.times_s[keep], self.curves[keep], self.noise[keep], self.start_s, self.slope, self.window_s)


@dataclass(frozen=True)
class Line:
    """Where the other lies.

    Attributes:
        start_s: Place of the other's first sample, in seconds on the reference's clock.
        slope: The reference's seconds for each second of the other: below 1 when the other's clock is fast.
        middle_s: Middle of what was measured, in seconds on the other's clock.
        start_sd_s: Standard deviation of the place at `middle_s`, in seconds.
        slope_sd: Standard deviation of `slope`.
        score: Height of the summed correlation in standard deviations of unrelated sound.
        inverted: Whether the polarity is turned.
    """

    start_s: float
    slope: float
    middle_s: float
    start_sd_s: float
    slope_sd: float
    score: float
    inverted: bool


def correlate(
    reference: Sound, other: Sound, start_s: float, slope: float, first_s: float = 0.0, last_s: float | None = None
) -> Windows:
    """Correlates windows of the other with the reference around a line.

    Args:
        reference: Where the line leads.
        other: What it places; its clock error should be small (`Sound.at_ratio`), or long windows blur.
        start_s: Place of the other's first sample, in seconds on the reference's clock.
        slope: The reference's seconds for each second of the other.
        first_s: Leave out what comes before, in seconds on the other's clock.
        last_s: Leave out what comes after; None for the end.

    Returns:
        Windows side by side over the range, at most 400 evenly chosen; ranges below 8 s have shorter ones, so that
        there are always four.
    """
    stop_s = other.duration_s if last_s is None else min(last_s, other.duration_s)
    count = max(int((stop_s - first_s) / _WINDOW_S), _FEWEST_WINDOWS)
    window_s = min(_WINDOW_S, max(stop_s - first_s, 0.1) / count)
    length = int(window_s * RATE_HZ)
    begins = np.round((first_s + np.arange(count) * window_s) * RATE_HZ).astype(np.int64)
    if count > _MOST_WINDOWS:
        begins = begins[np.linspace(0, count - 1, _MOST_WINDOWS).astype(np.int64)]
    size = fft.next_fast_len(length + 2 * REACH, real=True)
    frequency = np.arange(size // 2 + 1) * (2.0j * np.pi / size)
    curves = np.empty((len(begins), 2 * REACH + 1), np.float32)
    noise = np.empty(len(begins), np.float32)
    for k, begin in enumerate(begins):
        place = start_s * RATE_HZ + float(begin) * slope
        place += 0.5 * length * (slope - 1.0)  # the line is met in the window's middle
        whole = int(np.floor(place))
        mine = take(other.full, int(begin), length)
        theirs = take(reference.full, whole - REACH, length + 2 * REACH)
        spectrum = fft.rfft(theirs, size) * np.conj(fft.rfft(mine, size)) * np.exp(frequency * (place - whole))
        curves[k] = fft.irfft(spectrum, size)[: 2 * REACH + 1]
        energy = np.sum(np.square(mine)) * np.sum(np.square(theirs)) / len(theirs)
        noise[k] = np.sqrt(energy)
    times_s = (begins + 0.5 * length) / RATE_HZ
    return Windows(times_s, curves, noise, start_s, slope, length / RATE_HZ)


def fit(windows: Windows, lean_limit: float) -> Line:
    """The line with the largest summed correlation.

    Args:
        windows: Correlations around a first guess.
        lean_limit: How far the slope may be from the guess's.

    Returns:
        The best line within REACH and the limit.
    """
    times, _ = _centred(windows)
    lag, lean, inverted = _coarse(windows.curves.astype(np.float64), times, lean_limit)
    return _settle(windows, lag, lean, lean_limit, inverted)


def moved(windows: Windows, line: Line, lag: float) -> Line:
    """The line on another peak of the same windows.

    Args:
        windows: Correlations around the line.
        line: Where it lies now.
        lag: Distance of the other peak, in samples.

    Returns:
        The line, settled there.
    """
    _, middle = _centred(windows)
    offset = (line.start_s - windows.start_s) + middle / RATE_HZ * (line.slope - windows.slope)
    lean = line.slope - windows.slope
    return _settle(windows, offset * RATE_HZ + lag, lean, abs(lean) + 1e-6, line.inverted)


def _centred(windows: Windows) -> tuple[npt.NDArray[np.float64], float]:
    """Times of the windows from their middle, and that middle, in samples."""
    times = windows.times_s * RATE_HZ
    middle = float(np.average(times, weights=windows.noise + 1e-9))
    return times - middle, middle


def _settle(windows: Windows, lag: float, lean: float, lean_limit: float, inverted: bool) -> Line:
    """The line at the top next to a lag and a lean, with its uncertainty."""
    times, middle = _centred(windows)
    curves = windows.curves.astype(np.float64) * (-1.0 if inverted else 1.0)
    lag, lean = _refine(curves, times, lag, lean, lean_limit)
    value, slope, bend = _derivatives(curves, lag + lean * times)
    basis = np.stack([np.ones_like(times), times], axis=1)
    inverse = np.linalg.pinv(np.einsum("k,ki,kj->ij", -bend, basis, basis), hermitian=True)
    covariance = inverse @ np.einsum("k,ki,kj->ij", slope**2, basis, basis) @ inverse
    noise = float(np.sqrt(np.sum(np.square(windows.noise, dtype=np.float64))))
    new_slope = windows.slope + lean
    middle_s = middle / RATE_HZ
    place_s = windows.start_s + middle_s * windows.slope + lag / RATE_HZ
    return Line(
        start_s=place_s - middle_s * new_slope,
        slope=new_slope,
        middle_s=middle_s,
        start_sd_s=float(np.sqrt(max(covariance[0, 0], 0.0))) / RATE_HZ,
        slope_sd=float(np.sqrt(max(covariance[1, 1], 0.0))),
        score=float(np.sum(value)) / noise if noise else 0.0,
        inverted=inverted,
    )


def heights(windows: Windows, line: Line) -> npt.NDArray[np.float64]:
    """Correlation of each window [windows] on a line, in standard deviations of unrelated sound; 0 where silent."""
    offset = (line.start_s - windows.start_s) + windows.times_s * (line.slope - windows.slope)
    value = _values(windows.curves.astype(np.float64), offset * RATE_HZ)
    sign = -1.0 if line.inverted else 1.0
    return np.divide(sign * value, windows.noise, out=np.zeros_like(value), where=windows.noise > 0)


def _coarse(
    curves: npt.NDArray[np.float64], times: npt.NDArray[np.float64], lean_limit: float
) -> tuple[float, float, bool]:
    """Lag, lean and polarity of the highest sum on a grid as fine as a sample at the ends."""
    reach = float(np.abs(times).max(initial=1.0)) or 1.0
    steps = min(int(np.ceil(lean_limit * reach)), 400)
    index = np.arange(curves.shape[1])
    best = (0.0, 0.0, False)
    height = -1.0
    for step in range(-steps, steps + 1):
        lean = step / reach
        columns = index[None, :] + np.rint(lean * times).astype(np.int64)[:, None]
        total = np.take_along_axis(curves, np.clip(columns, 0, curves.shape[1] - 1), axis=1).sum(axis=0)
        top = int(np.argmax(np.abs(total)))
        if abs(total[top]) > height:
            height = abs(float(total[top]))
            best = (float(top - REACH), lean, bool(total[top] < 0))
    return best


def _refine(
    curves: npt.NDArray[np.float64], times: npt.NDArray[np.float64], lag: float, lean: float, lean_limit: float
) -> tuple[float, float]:
    """Lag and lean at the top of the interpolated sum: a grid of half samples, then Newton's method."""
    reach = float(np.abs(times).max(initial=1.0)) or 1.0
    steps = [(a, b) for a in (-0.5, 0.0, 0.5) for b in (-0.5, 0.0, 0.5)]
    heights = [float(np.sum(_values(curves, lag + a + (lean + b / reach) * times))) for a, b in steps]
    a, b = steps[int(np.argmax(heights))]
    point = np.array([lag + a, lean * reach + b])
    basis = np.stack([np.ones_like(times), times / reach], axis=1)
    for _ in range(_NEWTON_STEPS):
        _, slope, bend = _derivatives(curves, basis @ point)
        hessian = np.einsum("k,ki,kj->ij", bend, basis, basis)
        # Kept negative definite: far from the top the curvature says nothing.
        strength, axes = np.linalg.eigh(hessian)
        strength = np.minimum(strength, -1e-3 * float(np.abs(strength).max()) - 1e-12)
        step = -axes @ ((axes.T @ (basis.T @ slope)) / strength)
        point = point + np.clip(step, -0.5, 0.5)
        if float(np.abs(step).max()) < _CLOSE_ENOUGH:
            break
    limit = lean_limit * reach + 1.0
    return float(point[0]), float(np.clip(point[1], -limit, limit)) / reach


def _derivatives(
    curves: npt.NDArray[np.float64], lags: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Each curve's value, slope and curvature at its own lag."""
    low, mid, high = (_values(curves, lags + d) for d in (-_STEP, 0.0, _STEP))
    return mid, (high - low) / (2 * _STEP), (high - 2 * mid + low) / _STEP**2


def _values(curves: npt.NDArray[np.float64], lags: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Each curve's value at its own lag in samples, by windowed-sinc interpolation."""
    position = np.clip(lags + REACH, _TAPS + 1.0, curves.shape[1] - _TAPS - 2.0)
    whole = np.floor(position).astype(np.int64)
    samples = np.take_along_axis(curves, whole[:, None] + np.arange(-_TAPS, _TAPS + 2), axis=1)
    return np.asarray(np.einsum("kt,kt->k", samples, _sinc(position - whole)), np.float64)


def _sinc(fraction: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Interpolation weights [positions, taps] of a Hann-windowed sinc."""
    distance = fraction[:, None] - np.arange(-_TAPS, _TAPS + 2)
    window = np.cos(np.clip(distance / (_TAPS + 2), -1, 1) * np.pi / 2) ** 2
    return np.asarray(np.sinc(distance) * window, np.float64)
