"""Moving pictures without faces whose sounding moments are known exactly, drawn as they are at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from twopop_engine.sync.assess.impacts import impact_scores
from twopop_engine.sync.assess.motion import MotionMeter
from twopop_engine.sync.scores import ScoreMap

Gray = NDArray[np.uint8]
Samples = NDArray[np.float32]
Kind = Literal["claps", "slate", "clicks", "slides", "hits", "waving", "still", "traffic", "montage"]
SOUNDING: tuple[Kind, ...] = ("claps", "slate", "clicks", "slides", "hits")
SILENT: tuple[Kind, ...] = ("waving", "still", "traffic", "montage")

RATE_HZ = 16000
SIZE = (128, 72)
_SUBPIXELS = 4


@dataclass(frozen=True)
class Scene:
    """A scene and when something in it strikes, stops or jumps."""

    kind: Kind
    moments_s: tuple[float, ...]
    duration_s: float
    seed: int

    def draw(self, time_s: float, size: tuple[int, int] = SIZE, noise: float = 1.5) -> Gray:
        """The picture at a time [height, width], with a camera's noise."""
        rng = np.random.default_rng([self.seed, round(time_s * 1e6) + 1])
        canvas = np.full((size[1], size[0]), 90.0, np.float32)
        canvas += _texture(self.seed, size)
        _DRAWN[self.kind](self, time_s, canvas)
        canvas += noise * rng.standard_normal(canvas.shape).astype(np.float32)
        return np.clip(canvas, 0, 255).astype(np.uint8)

    def since(self, time_s: float) -> tuple[int, float, float]:
        """How many moments have passed, seconds since the last one, and seconds to the next one."""
        passed = int(np.searchsorted(self.moments_s, time_s, side="right"))
        before = time_s - self.moments_s[passed - 1] if passed else 99.0
        after = self.moments_s[passed] - time_s if passed < len(self.moments_s) else 99.0
        return passed, before, after


def scene(kind: Kind, duration_s: float = 12.0, seed: int = 1) -> Scene:
    """A scene with moments at irregular times, one to four seconds apart for slides, else 0.6 to 1.8 s."""
    rng = np.random.default_rng([seed, 77])
    least, most = (1.2, 3.5) if kind in ("slides", "montage", "slate") else (0.6, 1.8)
    moments = np.cumsum(rng.uniform(least, most, size=round(duration_s / least) + 2)) - least / 2
    return Scene(kind, tuple(float(one) for one in moments if one < duration_s - 0.3), duration_s, seed)


def frame_times(rate: Fraction | None, duration_s: float, seed: int = 1) -> list[Fraction]:
    """Presentation times at a rate; None: intervals that vary between 1/60 and 1/12 s, in milliseconds."""
    if rate is not None:
        return [Fraction(number) / rate for number in range(int(duration_s * rate))]
    steps = np.random.default_rng([seed, 5]).integers(17, 83, size=int(duration_s * 60))
    return [Fraction(int(one), 1000) for one in np.cumsum(steps) if one < duration_s * 1000]


@dataclass(frozen=True)
class Heard:
    """Sound in memory; a `MonoSound`."""

    samples: Samples
    length: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", len(self.samples))

    def read(self, start: int, count: int) -> Samples:
        out = np.zeros(count, np.float32)
        begin, end = max(start, 0), min(start + count, self.length)
        if begin < end:
            out[begin - start : end - start] = self.samples[begin:end]
        return out


def sound(
    moments_s: tuple[float, ...], duration_s: float, *, lead_s: float = 0.0, seed: int = 1, rate_hz: int = RATE_HZ
) -> Samples:
    """A strike at each moment, early by `lead_s`, in a room's noise, with strikes in between that are not seen."""
    rng = np.random.default_rng([seed, 9])
    samples = 0.002 * rng.standard_normal(round(duration_s * rate_hz))
    unseen = rng.uniform(0, duration_s, size=rng.integers(0, 3))
    strikes = [(moment - lead_s, rng.uniform(0.3, 0.9)) for moment in moments_s]
    for moment, loud in [*strikes, *((one, rng.uniform(0.05, 0.3)) for one in unseen)]:
        decay_s = rng.uniform(0.015, 0.08)
        length = round(6 * decay_s * rate_hz)
        burst = rng.standard_normal(length) * np.exp(-np.arange(length) / (decay_s * rate_hz))
        low = rng.uniform(200, 900)
        burst = sosfilt(butter(2, [low, min(low * rng.uniform(4, 10), 7500)], "band", fs=rate_hz, output="sos"), burst)
        begin = round(moment * rate_hz)
        if 0 <= begin < len(samples):
            piece = burst[: len(samples) - begin]
            samples[begin : begin + len(piece)] += loud * piece
    return np.clip(samples, -1, 1).astype(np.float32)


def music(duration_s: float, seed: int = 1, rate_hz: int = RATE_HZ) -> Samples:
    """Notes and a drum on a steady beat."""
    rng = np.random.default_rng([seed, 3])
    times = np.arange(round(duration_s * rate_hz)) / rate_hz
    beat_s = 60 / rng.uniform(80, 140)
    samples = 0.002 * rng.standard_normal(len(times))
    for number in range(int(duration_s / beat_s)):
        since = times - number * beat_s
        there = (since >= 0) & (since < 1)
        tone = 220 * 2 ** (rng.integers(0, 12) / 12)
        samples[there] += 0.2 * np.sin(2 * np.pi * tone * since[there]) * np.exp(-3 * since[there])
        drum = rng.standard_normal(int(there.sum())) * np.exp(-since[there] / 0.03)
        samples[there] += 0.2 * drum * (number % 2 == 0)
    return np.clip(samples, -1, 1).astype(np.float32)


def measured(drawn: Scene, times: list[Fraction], samples: Samples) -> ScoreMap:
    """The scores of a scene against sound at 16 kHz."""
    meter = MotionMeter()
    for time in times:
        meter.see_small(time, drawn.draw(float(time)))
    return impact_scores(meter.events(), Heard(samples))


def impact_maps(count: int = 280, seed: int = 3) -> Iterator[tuple[ScoreMap, float, str]]:
    """Maps for the calibration, with their true offsets, NaN where the sound is of something else, and a name."""
    rng = np.random.default_rng(seed)
    rates = (Fraction(15), Fraction(25), Fraction(30000, 1001), Fraction(50), None)
    for number in range(count):
        related = number % 2 > 0
        kind = SOUNDING[number // 2 % 5] if related else (*SOUNDING, *SILENT)[number // 2 % 9]
        duration_s = float(np.exp(rng.uniform(np.log(4), np.log(40))))
        drawn = scene(kind, duration_s, seed=1000 + number)
        lead_s = float(rng.uniform(-0.5, 0.5))
        others = scene("hits", duration_s, seed=5000 + number)
        if related:
            samples = sound(drawn.moments_s, duration_s, lead_s=lead_s, seed=number)
        elif kind == "montage" or number % 3 == 0:
            samples = music(duration_s, seed=number)
        else:
            samples = sound(others.moments_s, duration_s, seed=number)
        times = frame_times(rates[int(rng.integers(len(rates)))], duration_s, seed=number)
        yield measured(drawn, times, samples), lead_s if related else float("nan"), f"{kind} {number}"


def _texture(seed: int, size: tuple[int, int]) -> NDArray[np.float32]:
    rough = np.random.default_rng([seed, 2]).standard_normal((9, 16)).astype(np.float32)
    return np.asarray(cv2.resize(25 * rough, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _disc(canvas: NDArray[np.float32], x: float, y: float, radius: float, level: float) -> None:
    width = canvas.shape[1]
    scale = width * (1 << _SUBPIXELS)
    centre = (round(x * scale), round(y * scale))
    cv2.circle(canvas, centre, round(radius * scale), level, -1, cv2.LINE_AA, _SUBPIXELS)


def _bar(canvas: NDArray[np.float32], pivot: tuple[float, float], angle: float, length: float, level: float) -> None:
    scale = canvas.shape[1] * (1 << _SUBPIXELS)
    tip = (pivot[0] + length * np.cos(angle), pivot[1] - length * np.sin(angle))
    ends = [(round(x * scale), round(y * scale)) for x, y in (pivot, tip)]
    cv2.line(canvas, ends[0], ends[1], level, max(2, canvas.shape[1] // 25), cv2.LINE_AA, _SUBPIXELS)


def _claps(self: Scene, time_s: float, canvas: NDArray[np.float32]) -> None:
    """Hands that close fast, stay for a tenth of a second, and open slowly."""
    _, before, after = self.since(time_s)
    apart = min(after / 0.25, 1.0) * (2 - min(after / 0.25, 1.0)) if before > 0.1 else 0.0
    opened = min(max(before - 0.1, 0.0) / 0.35, 1.0)
    gap = 0.16 * min(apart, opened)
    _disc(canvas, 0.45 - gap, 0.3, 0.05, 200)
    _disc(canvas, 0.55 + gap, 0.3, 0.05, 215)


def _slate(self: Scene, time_s: float, canvas: NDArray[np.float32]) -> None:
    """A slate's stick that opens slowly and falls shut."""
    _, before, after = self.since(time_s)
    angle = 0.7 * min(max(before - 0.4, 0.0) / 0.6, 1.0)
    if after < 0.12:
        angle *= 1 - (1 - after / 0.12) ** 2
    width, height = canvas.shape[1], canvas.shape[0]
    cv2.rectangle(canvas, (round(0.3 * width), round(0.55 * height)), (round(0.7 * width), height - 4), 30, -1)
    _bar(canvas, (0.3, 0.29), angle, 0.4, 230)


def _clicks(self: Scene, time_s: float, canvas: NDArray[np.float32]) -> None:
    """A pointer that glides from button to button, and buttons that light up when they are pressed."""
    passed, _, after = self.since(time_s)
    rng = np.random.default_rng([self.seed, 8])
    places = rng.uniform((0.1, 0.06), (0.9, 0.5), size=(len(self.moments_s) + 2, 2))
    for number, (x, y) in enumerate(places[: len(self.moments_s)]):
        _disc(canvas, x, y, 0.035, 240 if number < passed else 150)
    share = 1.0 if after > 90 else float(np.clip(1 - (after - 0.2) / 0.5, 0, 1))
    start, stop = places[max(passed - 1, 0)], places[min(passed, len(places) - 1)]
    x, y = start + (stop - start) * (3 * share**2 - 2 * share**3)
    _disc(canvas, x, y, 0.012, 10)


def _slides(self: Scene, time_s: float, canvas: NDArray[np.float32]) -> None:
    """Pages of lines that change at once."""
    passed, _, _ = self.since(time_s)
    rng = np.random.default_rng([self.seed, passed, 4])
    canvas[:] = 235
    for row in range(8):
        top = round(canvas.shape[0] * (0.1 + 0.1 * row))
        end = round(canvas.shape[1] * rng.uniform(0.2, 0.95))
        canvas[top : top + max(2, canvas.shape[0] // 24), canvas.shape[1] // 12 : end] = rng.uniform(20, 120)


def _hits(self: Scene, time_s: float, canvas: NDArray[np.float32]) -> None:
    """A hammer that swings down, bounces back, and shakes what it hits."""
    _, before, after = self.since(time_s)
    lift = 1 - (1 - after / 0.25) ** 2 if after < 0.25 else 1.0
    lift = min(lift, (min(before / 0.35, 1.0)) ** 0.8)
    shake = 0.02 * np.exp(-before / 0.12) * np.cos(2 * np.pi * 9 * before)
    _disc(canvas, 0.62, 0.42 + shake, 0.07, 40)
    _bar(canvas, (0.2, 0.4), 0.03 + 0.9 * lift, 0.4, 220)


def _waving(self: Scene, time_s: float, canvas: NDArray[np.float32]) -> None:
    swing = np.sin(2 * np.pi * 0.9 * time_s) + 0.3 * np.sin(2 * np.pi * 1.7 * time_s)
    _bar(canvas, (0.5, 0.5), np.pi / 2 + 0.7 * swing, 0.35, 220)


def _still(self: Scene, time_s: float, canvas: NDArray[np.float32]) -> None:
    _disc(canvas, 0.5, 0.3, 0.1, 200)


def _traffic(self: Scene, time_s: float, canvas: NDArray[np.float32]) -> None:
    rng = np.random.default_rng([self.seed, 6])
    for lane in range(6):
        speed, phase = rng.uniform(0.15, 0.6) * rng.choice([-1, 1]), rng.uniform(0, 2)
        _disc(canvas, (phase + speed * time_s) % 1.4 - 0.2, 0.1 + 0.07 * lane, 0.04, float(rng.uniform(150, 250)))


def _montage(self: Scene, time_s: float, canvas: NDArray[np.float32]) -> None:
    passed, _, _ = self.since(time_s)
    canvas += 1.5 * _texture(self.seed * 100 + passed, (canvas.shape[1], canvas.shape[0]))
    _disc(canvas, 0.3 + 0.05 * time_s % 0.5, 0.3, 0.08, 40.0 + 50 * (passed % 4))


_DRAWN: dict[Kind, Callable[[Scene, float, NDArray[np.float32]], None]] = {
    "claps": _claps,
    "slate": _slate,
    "clicks": _clicks,
    "slides": _slides,
    "hits": _hits,
    "waving": _waving,
    "still": _still,
    "traffic": _traffic,
    "montage": _montage,
}
