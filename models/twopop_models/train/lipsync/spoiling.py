"""Sound as it comes: rooms, equalisers, noise, music, other voices, levels, clipping and gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve

from twopop_models.train.lipsync.material import RATE_HZ, Floats, Material

_LEVEL = 0.05  # of speech, before the level is drawn


@dataclass(frozen=True)
class Spoiler:
    """Spoils sound at random.

    Attributes:
        material: Rooms, noises and other voices.
    """

    material: Material

    def spoil(self, sound: Floats, rng: np.random.Generator) -> Floats:
        """One of many ways in which this sound could have been recorded [samples]."""
        if rng.random() < 0.35:
            sound = self._in_room(sound, rng)
        if rng.random() < 0.5:
            sound = _equalised(sound, rng)
        if rng.random() < 0.6:
            noise = self._noise(len(sound), rng)
            sound = sound + noise * (sound.std() / (noise.std() + 1e-9) * 10 ** (-rng.uniform(3, 30) / 20))
        sound = sound * (10 ** rng.uniform(-1.2, 0.6) * _LEVEL / (sound.std() + 1e-9))
        if rng.random() < 0.1:
            sound = np.clip(sound, -2 * _LEVEL, 2 * _LEVEL)
        if rng.random() < 0.1:
            sound = _with_gap(sound, rng)
        return np.asarray(sound, np.float32)

    def _in_room(self, sound: Floats, rng: np.random.Generator) -> Floats:
        room = self.material.rooms[rng.integers(len(self.material.rooms))]
        room = room[np.abs(room).argmax() :][: RATE_HZ // 2]
        room = room * np.exp(-np.arange(len(room)) / rng.uniform(1500, 8000))
        heard = fftconvolve(sound, room)[: len(sound)]
        return np.asarray(heard * (sound.std() / (heard.std() + 1e-9)), np.float32)

    def _noise(self, length: int, rng: np.random.Generator) -> Floats:
        kind = rng.random()
        if kind < 0.35:
            noise = self.material.noises[rng.integers(len(self.material.noises))]
            return np.resize(np.roll(noise, -int(rng.integers(len(noise)))), length)
        if kind < 0.6:
            spectrum = np.fft.rfft(rng.standard_normal(length))
            tilt = np.maximum(np.arange(len(spectrum)), 20) ** -rng.uniform(0, 1)
            return np.asarray(np.fft.irfft(spectrum * tilt, length), np.float32)
        if kind < 0.8:
            voices = rng.integers(len(self.material.utterances), size=rng.integers(1, 4))
            others = [np.resize(self.material.utterances[voice].sound, length) for voice in voices]
            return np.asarray(np.sum(others, axis=0), np.float32)
        return _music(length, rng)


def _equalised(sound: Floats, rng: np.random.Generator) -> Floats:
    spectrum = np.fft.rfft(sound)
    place = np.linspace(0, 1, len(spectrum))
    bump = np.exp(-(((place - rng.uniform(0, 0.6)) / rng.uniform(0.05, 0.3)) ** 2))
    gain_db = rng.normal(0, 8) * (place - 0.3) + rng.normal(0, 5) * bump
    if rng.random() < 0.2:
        gain_db = gain_db - 60 * (place > rng.uniform(0.42, 0.9))
    if rng.random() < 0.2:
        gain_db = gain_db - 40 * (place < rng.uniform(0, 0.04))
    return np.asarray(np.fft.irfft(spectrum * 10 ** (gain_db / 20), len(sound)), np.float32)


def _music(length: int, rng: np.random.Generator) -> Floats:
    """A few voices of decaying notes, each at its own beat."""
    time_s = np.arange(length) / RATE_HZ
    music = np.zeros(length)
    for _ in range(rng.integers(2, 5)):
        pitch_hz, beat_s = 55 * 2 ** rng.uniform(0, 4.5), rng.uniform(0.2, 1)
        since = (time_s / beat_s + rng.random()) % 1
        tones = sum(np.sin(2 * np.pi * pitch_hz * part * time_s) / part for part in range(1, 4))
        music += np.exp(-since * rng.uniform(1, 6)) * tones
    return np.asarray(music, np.float32)


def _with_gap(sound: Floats, rng: np.random.Generator) -> Floats:
    """Digital silence at the beginning, at the end or within, as exact remuxes and dropped packets leave it."""
    sound = sound.copy()
    begin = (0, int(rng.integers(len(sound))), len(sound) - RATE_HZ // 2)[rng.integers(3)]
    sound[begin : begin + int(rng.uniform(0.05, 0.5) * RATE_HZ)] = 0
    return sound
