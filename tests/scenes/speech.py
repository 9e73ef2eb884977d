"""Speech: real utterances joined with pauses, and a formant synthesizer for checkouts without shared media.

The synthesizer follows D. Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67 (1980): a glottal
source through a cascade of resonators, with noise bursts for the consonants.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy import signal

Floats = NDArray[np.float32]
Split = Literal["train", "test"]

RATE_HZ = 48000
MEDIA = Path(__file__).resolve().parents[3] / "shared" / "media"

# Formants F1 to F4 in Hz of ten American vowels (Peterson and Barney 1952, rounded; F4 is nominal).
_VOWELS_HZ = np.array(
    [
        (270, 2290, 3010, 3600),
        (390, 1990, 2550, 3500),
        (530, 1840, 2480, 3500),
        (660, 1720, 2410, 3500),
        (730, 1090, 2440, 3400),
        (570, 840, 2410, 3300),
        (440, 1020, 2240, 3300),
        (300, 870, 2240, 3300),
        (640, 1190, 2390, 3400),
        (490, 1350, 1690, 3300),
    ]
)
_BANDWIDTHS_HZ = (70.0, 100.0, 150.0, 220.0)


def utterances(split: Split) -> list[Path] | None:
    """The real utterances of a split, sorted by name, or None where the shared media is absent."""
    files = sorted((MEDIA / "speech" / f"librispeech_{split}").glob("*.flac"))
    return files or None


def speaker(utterance: Path) -> str:
    """The speaker's number, the first part of the file's name."""
    return utterance.name.split("-")[0]


def joined_speech(
    seconds: float, rng: np.random.Generator, split: Split = "test", files: Sequence[Path] | None = None
) -> Floats:
    """Utterances one after the other, in random order, with pauses of 0.15 to 1 s.

    An utterance that comes again is spoken 6 to 14 % faster or slower, so that no stretch of sound occurs twice. (A
    change of 4 % would look like a PAL speed-up.)

    Args:
        seconds: How long.
        rng: Draws order, pauses and levels.
        split: Which utterances, when `files` does not say.
        files: The utterances to use.

    Returns:
        Speech [samples] at 48 kHz with its own band of 8 kHz, active level about -23 dB.

    Raises:
        FileNotFoundError: The shared media is absent.
    """
    pool = list(files) if files is not None else utterances(split)
    if not pool:
        raise FileNotFoundError(f"no utterances below {MEDIA}")
    length = round(seconds * RATE_HZ)
    speech = np.zeros(length, np.float32)
    position = round(float(rng.uniform(0, 0.3)) * RATE_HZ)
    used = 0
    while position < length:
        if used % len(pool) == 0:
            order = rng.permutation(len(pool))
        speed = 1.0 if used < len(pool) else changed_speed(rng)
        words = utterance_at(pool[order[used % len(pool)]], speed) * np.float32(10 ** (rng.uniform(-3, 3) / 20))
        stop = min(length, position + len(words))
        speech[position:stop] += words[: stop - position]
        position = stop + round(float(rng.uniform(0.15, 1.0)) * RATE_HZ)
        used += 1
    return speech


def changed_speed(rng: np.random.Generator) -> float:
    """A random speed 6 to 14 % away from 1, on either side."""
    change = float(rng.uniform(0.06, 0.14))
    return 1 + change if rng.random() < 0.5 else 1 - change


def utterance_at(path: Path, speed: float = 1.0) -> Floats:
    """One utterance [samples] at 48 kHz and a level of -23 dB, spoken `speed` times as fast (pitch moves too)."""
    words, rate_hz = _read(path)
    return cast(Floats, soxr.resample(words, rate_hz, RATE_HZ / speed, "VHQ"))


@lru_cache(maxsize=400)
def _read(path: Path) -> tuple[Floats, int]:
    words, rate_hz = soundfile.read(path, dtype="float32")
    return words * np.float32(10 ** (-23 / 20) / np.sqrt(np.mean(words**2))), rate_hz


def synthetic_speech(seconds: float, rng: np.random.Generator) -> Floats:
    """Syllables of random vowels and consonants in phrases, by several voices; no stretch occurs twice.

    Args:
        seconds: How long.
        rng: Draws everything.

    Returns:
        Speech-like sound [samples] at 48 kHz, active level about -23 dB.
    """
    length = round(seconds * RATE_HZ)
    speech = np.zeros(length, np.float32)
    position = round(float(rng.uniform(0, 0.2)) * RATE_HZ)
    while position < length:
        pitch_hz, tract = float(rng.uniform(85, 230)), float(rng.uniform(0.9, 1.2))
        for _ in range(int(rng.integers(4, 14))):
            syllable = _syllable(rng, pitch_hz * float(rng.uniform(0.85, 1.2)), tract)
            stop = min(length, position + len(syllable))
            speech[position:stop] += syllable[: stop - position]
            position = stop
        position += round(float(rng.uniform(0.2, 0.8)) * RATE_HZ)
    return speech * np.float32(10 ** (-23 / 20) / 0.12)


def _syllable(rng: np.random.Generator, pitch_hz: float, tract: float) -> Floats:
    consonant = _consonant(rng)
    count = round(float(rng.uniform(0.09, 0.28)) * RATE_HZ)
    glide = pitch_hz * (1 + rng.uniform(-0.15, 0.15) * np.linspace(0, 1, count))
    phase = np.cumsum(glide / RATE_HZ * (1 + 0.01 * signal.lfilter([0.02], [1, -0.98], rng.standard_normal(count))))
    pulses = np.diff(np.floor(phase), prepend=0.0)
    source = signal.lfilter([1.0], [1.0, -0.96], pulses) + 0.01 * rng.standard_normal(count)
    vowel_hz = _VOWELS_HZ[rng.integers(len(_VOWELS_HZ))] * tract * rng.uniform(0.95, 1.05, 4)
    for centre_hz, width_hz in zip(vowel_hz, _BANDWIDTHS_HZ, strict=True):
        source = _resonate(source, float(centre_hz), width_hz)
    envelope = signal.windows.tukey(count, 0.5)
    voiced = source * envelope / (np.sqrt(np.mean((source * envelope) ** 2)) + 1e-9)
    voiced *= 0.12 * 10 ** (rng.uniform(-6, 3) / 20)
    return np.concatenate([consonant, voiced]).astype(np.float32)


def _consonant(rng: np.random.Generator) -> NDArray[np.float64]:
    count = round(float(rng.uniform(0.02, 0.09)) * RATE_HZ)
    centre_hz = float(rng.uniform(1500, 7500))
    burst = _resonate(rng.standard_normal(count), centre_hz, centre_hz / 3) * signal.windows.hann(count)
    return cast(NDArray[np.float64], burst / (np.sqrt(np.mean(burst**2)) + 1e-9) * rng.uniform(0.01, 0.06))


def _resonate(source: NDArray[np.float64], centre_hz: float, width_hz: float) -> NDArray[np.float64]:
    radius = np.exp(-np.pi * width_hz / RATE_HZ)
    poles = [1.0, -2 * radius * np.cos(2 * np.pi * centre_hz / RATE_HZ), radius**2]
    return cast(NDArray[np.float64], signal.lfilter([sum(poles)], poles, source))
