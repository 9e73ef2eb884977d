"""Voices: made-up speech by formant synthesis.

A glottal pulse train runs through a cascade of formant resonators (D. H. Klatt, "Software for a cascade/parallel
formant synthesizer", JASA 67, 1980). The vowels' formants are the means of G. E. Peterson and H. L. Barney,
"Control methods used in a study of the vowels", JASA 24, 1952, table II. It says nothing, but it has what sync works
on: onsets, pauses, pitch that moves, and no two words alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

Array = NDArray[np.float64]

MALE_VOWELS_HZ = (
    (270, 2290, 3010), (390, 1990, 2550), (530, 1840, 2480), (660, 1720, 2410), (730, 1090, 2440),
    (570, 840, 2410), (440, 1020, 2240), (300, 870, 2240), (640, 1190, 2390),
)  # fmt: skip
FEMALE_VOWELS_HZ = (
    (310, 2790, 3310), (430, 2480, 3070), (610, 2330, 2990), (860, 2050, 2850), (850, 1220, 2810),
    (590, 920, 2710), (470, 1160, 2680), (370, 950, 2670), (760, 1400, 2780),
)  # fmt: skip
BANDWIDTHS_HZ = (70.0, 100.0, 150.0, 250.0)
FRICATIVE_BANDS_HZ = ((4500.0, 9000.0), (2200.0, 5000.0), (1200.0, 8000.0))
STEP_S = 0.005
GLOTTIS_RISE = 0.40  # share of a period
GLOTTIS_FALL = 0.16


@dataclass(frozen=True)
class Voice:
    """A speaker.

    Attributes:
        pitch_hz: Middle of the pitch range.
        vowels_hz: First three formants of each vowel.
        fourth_hz: The fourth formant, the same in all vowels.
    """

    pitch_hz: float
    vowels_hz: tuple[tuple[int, int, int], ...]
    fourth_hz: float


ANNA = Voice(205.0, FEMALE_VOWELS_HZ, 4200.0)
BEN = Voice(112.0, MALE_VOWELS_HZ, 3500.0)


def speak(voice: Voice, rng: np.random.Generator, duration_s: float, rate_hz: int) -> Array:
    """A phrase of made-up words that fills a time.

    Args:
        voice: Who speaks.
        rng: Decides on the words.
        duration_s: Length in seconds.
        rate_hz: Samples per second.

    Returns:
        Waveform [round(duration_s * rate_hz)], peak 1.
    """
    count = round(duration_s * rate_hz)
    spoken = np.zeros(count)
    at = 0
    while at < count - rate_hz // 8:
        word = _word(voice, rng, 1 - 0.25 * at / count, rate_hz)[: count - at]
        word[-_fade_length(rate_hz, word.size) :] *= np.linspace(1, 0, _fade_length(rate_hz, word.size))
        spoken[at : at + word.size] += word
        at += word.size + round(rng.uniform(0.02, 0.14) * rate_hz)
    peak = np.abs(spoken).max()
    return spoken / peak if peak else spoken


def _fade_length(rate_hz: int, most: int) -> int:
    return min(rate_hz // 100, most)


def _word(voice: Voice, rng: np.random.Generator, pitch: float, rate_hz: int) -> Array:
    syllables = [_syllable(voice, rng, pitch, rate_hz) for _ in range(rng.integers(1, 4))]
    stress = rng.integers(len(syllables))
    return np.concatenate([part * (1.0 if i == stress else 0.55) for i, part in enumerate(syllables)])


def _syllable(voice: Voice, rng: np.random.Generator, pitch: float, rate_hz: int) -> Array:
    kind = rng.choice(["none", "stop", "fricative", "nasal"])
    onset = _consonant(str(kind), rng, rate_hz)
    nucleus = _vowel(voice, rng, pitch, rng.uniform(0.09, 0.22), rate_hz)
    if kind == "nasal":
        closed = round(0.06 * rate_hz)
        nucleus[:closed] *= np.linspace(0.25, 0.5, closed)
    return np.concatenate([onset, nucleus])


def _consonant(kind: str, rng: np.random.Generator, rate_hz: int) -> Array:
    if kind == "stop":
        burst = rng.standard_normal(round(0.012 * rate_hz)) * np.exp(-np.linspace(0, 5, round(0.012 * rate_hz)))
        return np.concatenate([np.zeros(round(0.035 * rate_hz)), 0.35 * burst])
    if kind == "fricative":
        low_hz, high_hz = FRICATIVE_BANDS_HZ[rng.integers(len(FRICATIVE_BANDS_HZ))]
        count = round(rng.uniform(0.06, 0.12) * rate_hz)
        band = butter(2, [low_hz, min(high_hz, 0.45 * rate_hz)], "bandpass", fs=rate_hz, output="sos")
        hiss: Array = sosfilt(band, rng.standard_normal(count)) * np.hanning(count)
        return 0.3 * hiss
    return np.zeros(0)


def _vowel(voice: Voice, rng: np.random.Generator, pitch: float, duration_s: float, rate_hz: int) -> Array:
    """A glide from one vowel to another, [round(duration_s * rate_hz)]."""
    count = round(duration_s * rate_hz)
    glide = np.linspace(0, 1, count)
    contour_hz = voice.pitch_hz * pitch * (1 + rng.uniform(-0.12, 0.12) * glide + 0.1 * np.sin(np.pi * glide))
    contour_hz *= 1 + 0.01 * np.repeat(rng.standard_normal(count // 200 + 1), 200)[:count]
    source = _glottis(contour_hz, rate_hz) + 0.02 * rng.standard_normal(count)
    first, last = (np.array([*voice.vowels_hz[i], voice.fourth_hz]) for i in rng.integers(len(voice.vowels_hz), size=2))
    step = round(STEP_S * rate_hz)
    state = np.zeros((len(BANDWIDTHS_HZ), 2))
    spoken = np.empty(count)
    for at in range(0, count, step):
        formants_hz = first + (last - first) * glide[at]
        spoken[at : at + step], state = sosfilt(_resonators(formants_hz, rate_hz), source[at : at + step], zi=state)
    rise = min(round(0.015 * rate_hz), count // 3)
    spoken[:rise] *= np.linspace(0, 1, rise)
    spoken[-2 * rise :] *= np.linspace(1, 0, 2 * rise)
    return spoken / (np.abs(spoken).max() or 1)


def _glottis(pitch_hz: Array, rate_hz: int) -> Array:
    """The derivative of the flow through the glottis: a slow rise and a fall that ends in a snap (Rosenberg's pulse C).

    A. E. Rosenberg, "Effect of glottal pulse shape on the quality of natural vowels", JASA 49, 1971.
    """
    phase = np.cumsum(pitch_hz / rate_hz) % 1
    rise = 0.5 * (1 - np.cos(np.pi * phase / GLOTTIS_RISE))
    fall = np.cos(0.5 * np.pi * (phase - GLOTTIS_RISE) / GLOTTIS_FALL)
    flow = np.where(phase < GLOTTIS_RISE, rise, np.where(phase < GLOTTIS_RISE + GLOTTIS_FALL, fall, 0.0))
    return np.diff(flow, prepend=0.0) * rate_hz / pitch_hz


def _resonators(formants_hz: Array, rate_hz: int) -> Array:
    """Second-order sections [formants, 6], each with gain 1 at 0 Hz."""
    radius = np.exp(-np.pi * np.array(BANDWIDTHS_HZ) / rate_hz)
    feedback = 2 * radius * np.cos(2 * np.pi * formants_hz / rate_hz)
    sections = np.zeros((formants_hz.size, 6))
    sections[:, 0] = 1 - feedback + radius**2
    sections[:, 3] = 1
    sections[:, 4] = -feedback
    sections[:, 5] = radius**2
    return sections
