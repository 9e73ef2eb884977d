"""Noise of several kinds, mixed at an exact signal-to-noise ratio over the active signal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy import fft, signal

from scenes import speech

Floats = NDArray[np.float32]
NoiseKind = Literal["white", "pink", "babble", "hum", "recorded"]

RATE_HZ = 48000
KINDS: tuple[NoiseKind, ...] = get_args(NoiseKind)

_FRAME = RATE_HZ // 50
_RECORDINGS = ("noise1.wav", "noise2.wav", "noise3.wav", "doing_the_dishes.wav", "exercise_bike.wav")


def noise(
    kind: NoiseKind, seconds: float, rng: np.random.Generator, files: Sequence[Path] | None = None, mains_hz: int = 50
) -> Floats:
    """Noise of a kind, never repeating.

    Args:
        kind: "white", "pink" (-3 dB per octave), "babble" (eight voices), "hum" (mains and its harmonics over a floor
            40 dB below) or "recorded" (real noises in grains of 1 to 3 s).
        seconds: How long.
        rng: Draws everything.
        files: Utterances for the babble; synthetic voices when None.
        mains_hz: The hum's fundamental, 50 or 60.

    Returns:
        Noise [samples] at 48 kHz, mean power 1.

    Raises:
        FileNotFoundError: "recorded" where the shared media is absent.
    """
    length = round(seconds * RATE_HZ)
    if kind == "white":
        made = rng.standard_normal(length, np.float32)
    elif kind == "pink":
        made = _pink(length, rng)
    elif kind == "babble":
        made = _babble(length, rng, files)
    elif kind == "hum":
        made = _hum(length, rng, mains_hz)
    else:
        made = _recorded(length, rng)
    return made / np.float32(np.sqrt(mean_power(made)))


def mean_power(sound: Floats) -> float:
    """Mean square of all samples."""
    return float(np.mean(np.square(sound, dtype=np.float64)))


def active_power(sound: Floats) -> float:
    """Mean square of the 20 ms frames that are less than 40 dB below the 95th percentile: pauses don't count."""
    whole = len(sound) // _FRAME * _FRAME
    frames = np.mean(np.square(sound[:whole], dtype=np.float64).reshape(-1, _FRAME), axis=1)
    if not len(frames):
        return mean_power(sound)
    return float(np.mean(frames[frames >= np.percentile(frames, 95) * 1e-4]))


def active_share(sound: Floats) -> float:
    """Share of the 20 ms frames that are less than 40 dB below the 95th percentile, 0 to 1."""
    whole = len(sound) // _FRAME * _FRAME
    frames = np.mean(np.square(sound[:whole], dtype=np.float64).reshape(-1, _FRAME), axis=1)
    level = np.percentile(frames, 95)
    return float(np.mean(frames >= level * 1e-4)) if level > 0 else 0.0


def noise_gain(sound: Floats, unwanted: Floats, snr_db: float) -> float:
    """The factor on `unwanted` that puts the sound's active power `snr_db` above it."""
    return float(np.sqrt(active_power(sound) / mean_power(unwanted) / 10 ** (snr_db / 10)))


def _pink(length: int, rng: np.random.Generator) -> Floats:
    size = fft.next_fast_len(length, real=True)
    spectrum = fft.rfft(rng.standard_normal(size, np.float32))
    frequency = np.maximum(np.arange(len(spectrum), dtype=np.float32), 20 * size / RATE_HZ)
    return cast(Floats, fft.irfft(spectrum / np.sqrt(frequency), size)[:length])


def _babble(length: int, rng: np.random.Generator, files: Sequence[Path] | None) -> Floats:
    babble = np.zeros(length, np.float32)
    for _ in range(8):
        if files is None:
            babble += speech.synthetic_speech(length / RATE_HZ, rng)
        else:
            babble += _voice(length, rng, files)
    return babble


def _voice(length: int, rng: np.random.Generator, files: Sequence[Path]) -> Floats:
    """Utterances without pauses, each at a speed of its own, so that nothing in it equals any other sound."""
    voice = np.zeros(length, np.float32)
    position = 0
    while position < length:
        words = speech.utterance_at(files[int(rng.integers(len(files)))], speech.changed_speed(rng))
        stop = min(length, position + len(words))
        voice[position:stop] = words[: stop - position]
        position = stop
    return np.roll(voice, int(rng.integers(length)))


def _hum(length: int, rng: np.random.Generator, mains_hz: int) -> Floats:
    period = RATE_HZ // mains_hz
    turns = np.arange(period) / period
    hum = np.zeros(period)
    for harmonic in range(1, 20):
        strength = rng.uniform(0.3, 1) / harmonic * (1.0 if harmonic % 2 else 0.4)
        hum += strength * np.sin(2 * np.pi * (harmonic * turns + rng.random()))
    floor = np.float32(0.01) * rng.standard_normal(length, np.float32)
    return floor + np.resize(hum.astype(np.float32), length)


def _recorded(length: int, rng: np.random.Generator) -> Floats:
    recording, rate_hz = soundfile.read(
        speech.MEDIA / "effects" / _RECORDINGS[rng.integers(len(_RECORDINGS))], dtype="float32"
    )
    noise_ = np.zeros(length + 4 * RATE_HZ, np.float32)
    position = 0
    while position < length:
        count = round(float(rng.uniform(1, 3)) * rate_hz)
        start = int(rng.integers(len(recording) - count))
        grain = soxr.resample(recording[start : start + count], rate_hz, RATE_HZ / speech.changed_speed(rng), "HQ")
        grain = grain[: RATE_HZ * 4] * signal.windows.tukey(len(grain), 0.2).astype(np.float32)[: RATE_HZ * 4]
        noise_[position : position + len(grain)] += grain
        position += round(len(grain) * 0.9)
    return noise_[:length]
