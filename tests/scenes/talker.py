"""A drawn person who talks nonsense in code: speech whose vowels and consonants are known, and lips that form them.

The voice is a source through formants as in `speech.py`, but each sound has its own mouth: `m` and `p` shut it, `a`
opens it, `i` spreads it, `u` and `w` round it; lips are smooth and a little ahead. The default model was trained
on nothing like it, and is sure of about half of the seeds: of 1, 3 and 5 of the first six, at 10 s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from scipy.ndimage import gaussian_filter1d

from scenes.drawn_face import DrawnFace, render

Doubles = NDArray[np.float64]

RATE_HZ = 16000
LIPS_HZ = 200

_AHEAD_S = 0.02  # of lips before their sound
_REST = (0.03, 1.0, 0.0)
_WIDTHS_HZ = (70.0, 100.0, 150.0, 220.0)
_FRAME = 80  # samples through which formants stand


@dataclass(frozen=True)
class Phone:
    """A sound of speech.

    Attributes:
        mouth: Aperture, width and rounding, as a `DrawnFace` has them.
        formants_hz: Of its voice; none when it has none.
        voice: Loudness of its voice.
        noise_hz: Band of its noise; none when it has none.
        noise: Loudness of its noise.
        shut: Share of it that passes in silence, before a burst.
    """

    mouth: tuple[float, float, float]
    formants_hz: tuple[float, float, float, float] | None = None
    voice: float = 0.0
    noise_hz: tuple[float, float] | None = None
    noise: float = 0.0
    shut: float = 0.0


VOWELS = (
    Phone((0.95, 0.95, 0.0), (730, 1090, 2440, 3400), 1.0),
    Phone((0.2, 1.2, 0.0), (270, 2290, 3010, 3600), 1.0),
    Phone((0.15, 0.9, 0.9), (300, 870, 2240, 3300), 1.0),
    Phone((0.5, 0.9, 0.6), (570, 840, 2410, 3300), 1.0),
    Phone((0.5, 1.08, 0.0), (530, 1840, 2480, 3500), 1.0),
    Phone((0.75, 1.05, 0.0), (660, 1720, 2410, 3500), 1.0),
)
CONSONANTS = (
    Phone((0.0, 1.0, 0.0), (250, 1000, 2200, 3300), 0.25),
    Phone((0.0, 1.0, 0.0), noise_hz=(500, 2500), noise=0.12, shut=0.7),
    Phone((0.12, 1.1, 0.0), noise_hz=(4500, 7500), noise=0.15),
    Phone((0.04, 1.0, 0.0), noise_hz=(1500, 7000), noise=0.04),
    Phone((0.08, 0.8, 1.0), (300, 650, 2200, 3300), 0.5),
    Phone((0.15, 1.05, 0.0), noise_hz=(2500, 7000), noise=0.12, shut=0.7),
)


@dataclass(frozen=True)
class Said:
    """A phone at its time."""

    phone: Phone
    start_s: float
    stop_s: float


@dataclass(frozen=True)
class Talker:
    """What is said.

    Attributes:
        sound: At 16 kHz [samples].
        lips: Aperture, width and rounding at 200 Hz [steps, 3].
    """

    sound: NDArray[np.float32]
    lips: Doubles

    def face(self, time_s: float, face: DrawnFace) -> DrawnFace:
        """A face as it is at a time."""
        aperture, width, rounding = self.lips[min(int(time_s * LIPS_HZ), len(self.lips) - 1)]
        return replace(face, aperture=float(aperture), width=float(width), rounding=float(rounding))

    def picture(self, time_s: float, size: tuple[int, int] = (320, 240)) -> NDArray[np.uint8]:
        """The person at a time, in the middle of a picture."""
        person = DrawnFace(size[0] / 2, size[1] * 0.46, min(size) * 0.7, seed=1)
        return render(size, [self.face(time_s, person)])


def talker(seconds: float, seed: int = 1) -> Talker:
    """Somebody who talks for so long."""
    rng = np.random.default_rng(seed)
    said = list(_said(seconds, rng))
    return Talker(_sound(said, seconds, rng), _lips(said, seconds))


def _said(seconds: float, rng: np.random.Generator) -> Iterator[Said]:
    """Phrases of three to eight syllables."""
    at_s = 0.3
    while at_s < seconds - 0.5:
        for _ in range(int(rng.integers(3, 9))):
            for phones, least_s, most_s in ((CONSONANTS, 0.06, 0.12), (VOWELS, 0.1, 0.26)):
                stop_s = at_s + float(rng.uniform(least_s, most_s))
                if stop_s < seconds - 0.1:
                    yield Said(phones[rng.integers(len(phones))], at_s, stop_s)
                at_s = stop_s
        at_s += float(rng.uniform(0.25, 0.6))


def _lips(said: list[Said], seconds: float) -> Doubles:
    lips = np.tile(np.array(_REST), (round(seconds * LIPS_HZ), 1))
    for one in said:
        lips[int((one.start_s - _AHEAD_S) * LIPS_HZ) : int((one.stop_s - _AHEAD_S) * LIPS_HZ)] = one.phone.mouth
    return np.asarray(gaussian_filter1d(lips, 0.025 * LIPS_HZ, axis=0), np.float64)


def _sound(said: list[Said], seconds: float, rng: np.random.Generator) -> NDArray[np.float32]:
    count = round(seconds * RATE_HZ)
    loud, noise = np.zeros(count), 0.0005 * rng.standard_normal(count)
    formants_hz = np.full((count, 4), np.nan)
    for one in said:
        span = slice(int(one.start_s * RATE_HZ), int(one.stop_s * RATE_HZ))
        loud[span] = one.phone.voice
        if one.phone.formants_hz:
            formants_hz[span] = one.phone.formants_hz
        if one.phone.noise_hz:
            count = span.stop - span.start
            noise[span] += one.phone.noise * _hiss(one.phone.noise_hz, count, int(one.phone.shut * count), rng)
    voice = _voice(formants_hz, rng) * gaussian_filter1d(loud, 0.008 * RATE_HZ)
    return np.asarray(0.1 * voice / np.sqrt(np.mean(voice[loud > 0.5] ** 2)) + noise, np.float32)


def _hiss(band_hz: tuple[float, float], count: int, silent: int, rng: np.random.Generator) -> Doubles:
    """Noise in a band, after some silence [count]."""
    air = rng.standard_normal(count)
    air[:silent] = 0
    return signal.sosfilt(signal.butter(2, band_hz, "bandpass", fs=RATE_HZ, output="sos"), air)


def _voice(formants_hz: Doubles, rng: np.random.Generator) -> Doubles:
    """A buzz of wandering pitch through formants that glide [samples]."""
    count = len(formants_hz)
    wander = gaussian_filter1d(rng.standard_normal(count), 0.1 * RATE_HZ) * np.sqrt(0.1 * RATE_HZ)
    pitch_hz = 120 * (1 + 0.12 * np.sin(2 * np.pi * 0.7 * np.arange(count) / RATE_HZ) + 0.05 * wander)
    pulses = np.diff(np.floor(np.cumsum(pitch_hz / RATE_HZ)), prepend=0.0)
    sound = signal.lfilter([1.0], [1.0, -0.96], pulses) + 0.01 * rng.standard_normal(count)
    voiced = np.flatnonzero(~np.isnan(formants_hz[:, 0]))
    for centre_hz, width_hz in zip(formants_hz.T, _WIDTHS_HZ, strict=True):
        glide_hz = gaussian_filter1d(np.interp(np.arange(count), voiced, centre_hz[voiced]), 0.015 * RATE_HZ)
        sound = _resonate(sound, glide_hz, width_hz)
    return sound


def _resonate(sound: Doubles, centres_hz: Doubles, width_hz: float) -> Doubles:
    out, state = np.zeros_like(sound), np.zeros(2)
    radius = np.exp(-np.pi * width_hz / RATE_HZ)
    for start in range(0, len(sound), _FRAME):
        poles = [1.0, -2 * radius * np.cos(2 * np.pi * centres_hz[start] / RATE_HZ), radius**2]
        part = slice(start, start + _FRAME)
        out[part], state = signal.lfilter([sum(poles)], poles, sound[part], zi=state)
    return out
