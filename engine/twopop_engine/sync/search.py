"""Search: where in the reference could stretches of the other lie?

Stretches of a few seconds are correlated with the whole reference by overlap-save at 8 kHz, under a few hypotheses of
clock error: over 6 s, 100 ppm smears a peak by five samples, so hypotheses stand 60 ppm apart. Peaks of several
stretches that lie on one straight line are one candidate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import fft

from twopop_engine.sync.sound import HALF_RATE_HZ, LEVEL_STEP, Sound, take

STRETCH_S: Final = 6.0
"""Longest stretch that is correlated in one piece."""

_BLOCK: Final = 1 << 18  # samples of an overlap-save transform: 33 s at 8 kHz; larger ones fall out of the cache
_PEAKS: Final = 12  # kept of each stretch and hypothesis
_BIN: Final = HALF_RATE_HZ // 50  # peaks closer than 20 ms are one peak
_QUIET: Final = 0.25  # share of the median energy below which a place of the reference counts as quiet
_DRIFT_LIMIT: Final = 160e-6  # clocks of two recorders hardly differ by more
_TOGETHER_S: Final = 0.004  # peaks of one event stay within this besides drift: smear and rounding


@dataclass(frozen=True)
class Stretch:
    """A piece of the other that is looked for.

    Attributes:
        start: First sample at HALF_RATE_HZ.
        count: Samples at HALF_RATE_HZ.
    """

    start: int
    count: int

    @property
    def middle_s(self) -> float:
        """Its middle, in seconds on the other's clock."""
        return (self.start + self.count / 2) / HALF_RATE_HZ


@dataclass(frozen=True)
class Peak:
    """A place where a stretch could lie.

    Attributes:
        middle_s: Middle of the stretch, in seconds on the other's clock.
        at_s: Where that middle would lie, in seconds on the reference's clock.
        score: Correlation in standard deviations of unrelated sound; its sign is the polarity.
        drift: Hypothesis of the clock error under which it was found, a ratio minus 1.
        stretch_s: Middle of the stretch on the clock of the recording that it was taken from: names the stretch.
    """

    middle_s: float
    at_s: float
    score: float
    drift: float
    stretch_s: float

    @property
    def start_s(self) -> float:
        """Where the other's first sample would lie if its clock had no error."""
        return self.at_s - self.middle_s


@dataclass(frozen=True)
class Candidate:
    """Peaks of one or more stretches on one line, the best first.

    Attributes:
        peaks: At most one a stretch.
    """

    peaks: tuple[Peak, ...]

    def turned(self) -> Candidate:
        """The same with reference and other changing places."""
        return Candidate(
            tuple(Peak(p.at_s, p.middle_s, p.score, 1.0 / (1.0 + p.drift) - 1.0, p.stretch_s) for p in self.peaks)
        )

    @property
    def score(self) -> float:
        """Combined score: the root of the sum of squares."""
        return float(np.sqrt(sum(peak.score**2 for peak in self.peaks)))

    @property
    def line(self) -> tuple[float, float]:
        """Start in seconds on the reference's clock, and the reference's seconds for each second of the other."""
        first = self.peaks[0]
        span = max(self.peaks, key=lambda p: p.middle_s).middle_s - min(self.peaks, key=lambda p: p.middle_s).middle_s
        if span < 2.0 * STRETCH_S:
            slope = 1.0 / (1.0 + first.drift)
        else:
            weight = np.array([peak.score**2 for peak in self.peaks])
            times = np.array([peak.middle_s for peak in self.peaks])
            places = np.array([peak.start_s for peak in self.peaks])
            centre = float(np.average(times, weights=weight))
            lean = np.sum(weight * (times - centre) * places) / np.sum(weight * (times - centre) ** 2)
            slope = 1.0 + float(lean)
        return first.at_s - first.middle_s * slope, slope


def choose_stretches(sound: Sound, count: int, start_s: float = 0.0, stop_s: float | None = None) -> list[Stretch]:
    """The stretches that promise most: loud against the file's own floor, and apart from each other.

    Args:
        sound: The recording.
        count: How many at most.
        start_s: Where to begin, in seconds.
        stop_s: Where to end, in seconds; None for the end.

    Returns:
        Stretches of STRETCH_S or, of a shorter recording, all of it; in order of promise.
    """
    first = int(start_s * HALF_RATE_HZ)
    last = len(sound.half) if stop_s is None else min(len(sound.half), int(stop_s * HALF_RATE_HZ))
    length = int(STRETCH_S * HALF_RATE_HZ)
    if last - first < 2 * length:
        return [Stretch(first, last - first)] if last > first else []
    hop = length // 2
    starts = np.arange(first, last - length + 1, hop)
    step = LEVEL_STEP // 2  # level values are 0.1 s
    above = np.maximum(sound.level_db - np.quantile(sound.level_db, 0.1), 0.0)
    promise = np.array([np.minimum(above[s // step : (s + length) // step], 30.0).sum() for s in starts])
    promise *= np.array(
        [float(sound.level_db[s // step : (s + length) // step].max(initial=-120.0) > -90) for s in starts]
    )
    chosen: list[Stretch] = []
    zone = (last - first) / count
    for place in np.argsort(-promise, kind="stable"):
        start = int(starts[place])
        if all(abs(start - other.start) >= max(length, 0.5 * zone) for other in chosen):
            chosen.append(Stretch(start, length))
        if len(chosen) == count:
            break
    return chosen


def find_peaks(
    reference: Sound,
    other: Sound,
    stretches: Sequence[Stretch],
    drifts: Sequence[float],
    within_s: tuple[float, float] | None = None,
) -> list[Peak]:
    """Correlates stretches with the reference and keeps the highest peaks.

    Args:
        reference: Where to look.
        other: What the stretches are of.
        stretches: What to look for.
        drifts: Hypotheses of the other's clock error, ratios minus 1.
        within_s: Look only where the other's first sample would lie in this range of the reference's clock.

    Returns:
        At most _PEAKS a stretch, the highest first, under whichever hypothesis was best there.
    """
    templates = [_template(other, stretch, drift) for stretch in stretches for drift in drifts]
    if not templates:
        return []
    longest = max(template.count for template in templates)
    found: list[Peak] = []
    spectra: list[npt.NDArray[np.complex64]] = []
    for first, size in _blocks(len(reference.half), longest, _range(within_s, stretches)):
        spectra = spectra or [np.conj(fft.rfft(template.audio, size)) for template in templates]
        block = _Block.of(take(reference.half, first, size), first, longest)
        for template, spectrum in zip(templates, spectra, strict=True):
            found += block.peaks(template, spectrum)
    return merge(found)


@dataclass(frozen=True)
class _Template:
    """A stretch on the reference's clock under a hypothesis, of unit energy."""

    audio: npt.NDArray[np.float32]
    stretch: Stretch
    drift: float

    @property
    def count(self) -> int:
        return len(self.audio)


def _template(other: Sound, stretch: Stretch, drift: float) -> _Template:
    audio = take(other.half, stretch.start, stretch.count)
    if drift:
        places = np.arange(round(stretch.count / (1.0 + drift)), dtype=np.float64) * (1.0 + drift)
        audio = _interpolate(audio, places)
    energy = float(np.sqrt(np.sum(np.square(audio))))
    return _Template(audio / np.float32(energy or 1.0), stretch, drift)


def _interpolate(audio: npt.NDArray[np.float32], places: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Cubic (Catmull-Rom) interpolation: the loss near the band's edge only weakens a hypothesis."""
    padded = np.pad(audio, (1, 3))
    index = places.astype(np.int64)
    x = (places - index).astype(np.float32)
    a, b, c, d = (padded[index + k] for k in range(4))
    return np.asarray(b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a))), np.float32)


def _range(within_s: tuple[float, float] | None, stretches: Sequence[Stretch]) -> tuple[int, int] | None:
    """Samples of the reference in which the stretches could begin."""
    if within_s is None:
        return None
    starts = [stretch.start for stretch in stretches]
    low = int(within_s[0] * HALF_RATE_HZ) + min(starts)
    return low, int(within_s[1] * HALF_RATE_HZ) + max(starts) + 1


def _blocks(length: int, longest: int, limits: tuple[int, int] | None) -> Iterable[tuple[int, int]]:
    """First sample and size of overlap-save blocks; stretches may hang over both ends by half."""
    low, high = -(longest // 2), length - longest // 2
    if limits:
        low, high = max(low, limits[0]), min(high, limits[1])
    size = min(_BLOCK, 2 * fft.next_fast_len((max(high - low, 1) + longest + 1) // 2, real=True))
    return ((first, size) for first in range(low, max(high, low + 1), size - longest))


@dataclass(frozen=True)
class _Block:
    """An overlap-save block of the reference.

    Attributes:
        spectrum: Its transform.
        scale: What turns a correlation [places] into standard deviations of unrelated sound.
        first: Its first sample at HALF_RATE_HZ.
    """

    spectrum: npt.NDArray[np.complex64]
    scale: npt.NDArray[np.float32]
    first: int

    @classmethod
    def of(cls, audio: npt.NDArray[np.float32], first: int, longest: int) -> _Block:
        energy = np.concatenate([[0.0], np.cumsum(np.square(audio, dtype=np.float64))])
        local = energy[longest:] - energy[:-longest]
        floor = _QUIET * float(np.median(local[:: _BIN // 4])) + 1.0
        scale = np.sqrt(longest / np.maximum(local[: len(local) // _BIN * _BIN], floor))
        return cls(fft.rfft(audio), scale.astype(np.float32), first)

    def peaks(self, template: _Template, spectrum: npt.NDArray[np.complex64]) -> list[Peak]:
        """The highest peaks of a template, whose conjugate spectrum is given."""
        size = 2 * (len(self.spectrum) - 1)
        correlation = fft.irfft(self.spectrum * spectrum, size)[: len(self.scale)]
        score = (correlation * self.scale).reshape(-1, _BIN)
        best = np.argmax(np.abs(score), axis=1)
        height = score[np.arange(len(score)), best]
        top = np.argsort(-np.abs(height), kind="stable")[:_PEAKS]
        places = (self.first + top * _BIN + best[top] + template.count / 2) / HALF_RATE_HZ
        middle_s = template.stretch.middle_s
        return [
            Peak(middle_s, float(at_s), float(height[k]), template.drift, middle_s)
            for k, at_s in zip(top, places, strict=True)
        ]


def merge(peaks: Sequence[Peak]) -> list[Peak]:
    """Of each stretch, the highest of the peaks that lie within 20 ms of each other, at most _PEAKS."""
    kept: dict[float, list[Peak]] = {}
    for peak in sorted(peaks, key=lambda p: -abs(p.score)):
        mine = kept.setdefault(peak.middle_s, [])
        if len(mine) < _PEAKS and all(abs(peak.at_s - other.at_s) > _BIN / HALF_RATE_HZ for other in mine):
            mine.append(peak)
    return [peak for mine in kept.values() for peak in mine]


def group(peaks: Sequence[Peak]) -> list[Candidate]:
    """Gathers peaks of different stretches that one straight line explains.

    Args:
        peaks: Of any number of stretches.

    Returns:
        Candidates, the best first; each peak stands in at most one.
    """
    left = sorted(peaks, key=lambda p: -abs(p.score))
    candidates: list[Candidate] = []
    while left:
        seed = left[0]
        members = {seed.middle_s: seed}
        for peak in left[1:]:
            apart_s = peak.middle_s - seed.middle_s
            expected_s = seed.at_s + apart_s / (1.0 + seed.drift)
            room = _TOGETHER_S + abs(apart_s) * _DRIFT_LIMIT
            if peak.middle_s not in members and abs(peak.at_s - expected_s) <= room:
                members[peak.middle_s] = peak
        candidates.append(Candidate(tuple(members.values())))
        left = [peak for peak in left if all(peak is not member for member in members.values())]
    return sorted(candidates, key=lambda c: -c.score)
