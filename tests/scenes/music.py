"""Music rendered in code: chords, bass, melody and drums, with verses that come again but are played anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Floats = NDArray[np.float32]

RATE_HZ = 48000

_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10))
_PROGRESSIONS = ((0, 4, 5, 3), (0, 3, 4, 4), (5, 3, 0, 4), (0, 5, 1, 4), (0, 2, 3, 3))
# Relative strength of the first harmonics of each instrument.
_TIMBRES = {
    "keys": (1.0, 0.5, 0.35, 0.2, 0.12, 0.08, 0.05),
    "bass": (1.0, 0.7, 0.3, 0.15, 0.05),
    "lead": (0.8, 1.0, 0.6, 0.45, 0.3, 0.22, 0.15, 0.1, 0.07),
}
_DECAY_S = {"keys": 0.9, "bass": 0.6, "lead": 1.5}


@dataclass(frozen=True)
class _Note:
    """One note: when it starts and how long it lasts in seconds, MIDI pitch, gain, place from -1 to 1."""

    start_s: float
    duration_s: float
    pitch: int
    gain: float
    pan: float
    instrument: str


def rendered_music(
    seconds: float, rng: np.random.Generator, channels: int = 1, tempo_bpm: float | None = None
) -> Floats:
    """A song: sections of a chord progression that come again, each time with another melody, fills and timing.

    Args:
        seconds: How long.
        rng: Draws key, tempo, progressions, notes and the players' timing.
        channels: 1 or 2.
        tempo_bpm: Beats in a minute; drawn from 70 to 160 when not given.

    Returns:
        Music [samples] for one channel, else [2, samples], at 48 kHz, level about -20 dB.
    """
    beat_s = 60 / (tempo_bpm or float(rng.uniform(70, 160)))
    notes = _write_song(seconds, beat_s, rng)
    length = round(seconds * RATE_HZ)
    mix = np.zeros((channels, length), np.float32)
    tones: dict[tuple[str, int, int], Floats] = {}
    for note in notes:
        _play(note, mix, tones, rng)
    _drum(mix, beat_s, rng)
    mix *= np.float32(0.1 / (np.sqrt(np.mean(mix**2)) + 1e-9))
    return mix if channels > 1 else mix[0]


def _write_song(seconds: float, beat_s: float, rng: np.random.Generator) -> list[_Note]:
    scale = _SCALES[rng.integers(len(_SCALES))]
    key = int(rng.integers(48, 60))
    sections = [_PROGRESSIONS[i] for i in rng.choice(len(_PROGRESSIONS), 2, replace=False)]
    notes: list[_Note] = []
    bar = 0
    while bar * 4 * beat_s < seconds:
        progression = sections[(bar // 8) % 2]
        notes += _write_bar(bar * 4 * beat_s, beat_s, progression[bar % 4], key, scale, rng)
        bar += 1
    return notes


def _write_bar(
    start_s: float, beat_s: float, degree: int, key: int, scale: tuple[int, ...], rng: np.random.Generator
) -> list[_Note]:
    def pitch(step: int) -> int:
        return key + 12 * (step // 7) + scale[step % 7]

    def timing() -> float:
        return float(rng.normal(0, 0.006))

    notes = [
        _Note(start_s + half * 2 * beat_s + timing(), 2 * beat_s, pitch(degree + third), 0.3, pan, "keys")
        for half in range(2)
        for third, pan in ((0, -0.5), (2, 0.5), (4, -0.3))
    ]
    for eighth in range(8):
        at_s = start_s + eighth * beat_s / 2 + timing()
        if eighth % 2 == 0 or rng.random() < 0.3:
            notes.append(_Note(at_s, beat_s / 2, pitch(degree) - 24, 0.7, 0.0, "bass"))
        if rng.random() < 0.55:
            step = degree + int(rng.integers(-3, 9))
            length_s = beat_s * float(rng.choice([0.5, 0.5, 1.0, 2.0]))
            notes.append(_Note(at_s, length_s, pitch(step) + 12, float(rng.uniform(0.3, 0.7)), 0.2, "lead"))
    return notes


def _play(note: _Note, mix: Floats, tones: dict[tuple[str, int, int], Floats], rng: np.random.Generator) -> None:
    key = (note.instrument, note.pitch, int(rng.integers(4)))
    if key not in tones:
        tones[key] = _tone(note.instrument, note.pitch, rng)
    start = round(note.start_s * RATE_HZ)
    count = min(round(note.duration_s * RATE_HZ), len(tones[key]), mix.shape[1] - start)
    if start < 0 or count < 480:
        return
    sound = tones[key][:count] * np.float32(note.gain)
    sound[-480:] *= np.linspace(1, 0, 480, dtype=np.float32)
    _add(mix, start, sound, note.pan)


def _tone(instrument: str, pitch: int, rng: np.random.Generator) -> Floats:
    seconds = np.arange(2 * RATE_HZ) / RATE_HZ
    base_hz = 440 * 2 ** ((pitch - 69) / 12) * (1 + rng.normal(0, 0.0008))
    # One turn of the first harmonic, fading; harmonic n is its n-th power, so that higher ones fade faster.
    turn_hz = 2j * np.pi * base_hz - 0.4 / _DECAY_S[instrument] * rng.uniform(0.8, 1.2)
    turn = np.exp(turn_hz * seconds).astype(np.complex64)
    harmonic = np.exp(-seconds / _DECAY_S[instrument] * rng.uniform(0.8, 1.2)).astype(np.complex64)
    tone = np.zeros(len(seconds), np.float32)
    for number, strength in enumerate(_TIMBRES[instrument], start=1):
        harmonic = harmonic * turn
        if number * base_hz < 20000:
            tone += (harmonic * np.complex64(strength * np.exp(2j * np.pi * rng.random()))).imag
    return (tone * np.minimum(1, seconds / 0.006)).astype(np.float32)


def _drum(mix: Floats, beat_s: float, rng: np.random.Generator) -> None:
    kick, snare, hat = _drum_sounds(rng)
    eighth = 0
    while round(eighth * beat_s / 2 * RATE_HZ) < mix.shape[1]:
        start = max(0, round((eighth * beat_s / 2 + rng.normal(0, 0.004)) * RATE_HZ))
        gain = np.float32(rng.uniform(0.7, 1.1))
        if eighth % 8 in (0, 4) or rng.random() < 0.1:
            _add(mix, start, kick * gain, 0.0)
        if eighth % 8 in (2, 6) or rng.random() < 0.05:
            _add(mix, start, snare * gain, 0.1)
        # A cymbal never sounds the same twice.
        _add(mix, start, hat * rng.standard_normal(len(hat), np.float32) * gain, -0.4)
        eighth += 1


def _drum_sounds(rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    seconds = np.arange(round(0.3 * RATE_HZ)) / RATE_HZ
    kick = np.sin(2 * np.pi * (50 * seconds + 6 * (1 - np.exp(-seconds / 0.03)))) * np.exp(-seconds / 0.09)
    rattle = signal.lfilter([1, -0.9], [1], rng.standard_normal(len(seconds)))
    snare = 0.35 * rattle * np.exp(-seconds / 0.06) + 0.5 * np.sin(2 * np.pi * 190 * seconds) * np.exp(-seconds / 0.05)
    hat = 0.12 * np.exp(-seconds[: RATE_HZ // 10] / 0.02)
    return kick.astype(np.float32), snare.astype(np.float32), hat.astype(np.float32)


def _add(mix: Floats, start: int, sound: Floats, pan: float) -> None:
    count = min(len(sound), mix.shape[1] - start)
    if count <= 0:
        return
    if len(mix) == 1:
        mix[0, start : start + count] += sound[:count]
        return
    angle = (pan + 1) * np.pi / 4
    mix[0, start : start + count] += np.float32(np.cos(angle)) * sound[:count]
    mix[1, start : start + count] += np.float32(np.sin(angle)) * sound[:count]
