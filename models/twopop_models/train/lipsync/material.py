"""What is trained on: talking clips as mouth shapes and sound, and recordings of speech.

FOLDER/clips/NAME.npz       `times_s` [n], `shapes` [n, 14], `sound` (16 bits, 16 kHz), by bench/lips_material.py
FOLDER/speech/NAME.flac     utterances at 16 kHz
FOLDER/phones/NAME.json     alignments of both; see `phones.py`
FOLDER/noise/NAME.wav       noises, and FOLDER/rooms/NAME.wav impulse responses, at 16 kHz
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from twopop_models.mel import HOP
from twopop_models.train.lipsync.phones import labels

Floats = NDArray[np.float32]
RATE_HZ = 16000
FRAMES_A_SECOND = 100


@dataclass(frozen=True)
class Clip:
    """A talking face.

    Attributes:
        name: Its file's.
        shapes: Mouth shapes at 100 a second [frames, 14], the first at the sound's zero.
        sound: Samples at 16 kHz.
        phones: Phone of each frame [frames]; None when it was not aligned.
    """

    name: str
    shapes: Floats
    sound: Floats
    phones: NDArray[np.int64] | None


@dataclass(frozen=True)
class Utterance:
    """A recording of speech.

    Attributes:
        sound: Samples at 16 kHz.
        phones: Phone of each frame [frames].
    """

    sound: Floats
    phones: NDArray[np.int64]


@dataclass(frozen=True)
class Material:
    """All of it, by name."""

    clips: tuple[Clip, ...]
    utterances: tuple[Utterance, ...]
    noises: tuple[Floats, ...]
    rooms: tuple[Floats, ...]

    @classmethod
    def load(cls, folder: Path, leave_out: frozenset[str] = frozenset()) -> Material:
        """Reads a folder.

        Args:
            folder: See the module.
            leave_out: Names of clips to leave out, to be measured on later.
        """
        clips = [_clip(path, folder) for path in sorted(folder.glob("clips/*.npz")) if path.stem not in leave_out]
        speech = [path for path in sorted(folder.glob("speech/*.flac")) if _alignment(folder, path.stem).exists()]
        utterances = [_utterance(path, folder) for path in speech]
        noises = [_read(path) for path in sorted(folder.glob("noise/*.wav"))]
        rooms = [_read(path) for path in sorted(folder.glob("rooms/*.wav"))]
        return cls(tuple(clips), tuple(utterances), tuple(noises), tuple(rooms))


def _clip(path: Path, folder: Path) -> Clip:
    with np.load(path) as data:
        times_s, shapes, sound = data["times_s"], data["shapes"], data["sound"].astype(np.float32) / 32768
    even_s = np.arange(int(times_s[-1] * FRAMES_A_SECOND) + 1) / FRAMES_A_SECOND
    even = np.stack([np.interp(even_s, times_s, column) for column in shapes.T], axis=1).astype(np.float32)
    alignment = _alignment(folder, path.stem)
    return Clip(path.stem, even, sound, labels(alignment, len(even)) if alignment.exists() else None)


def _utterance(path: Path, folder: Path) -> Utterance:
    sound = _read(path)
    return Utterance(sound, labels(_alignment(folder, path.stem), len(sound) // HOP + 1))


def _alignment(folder: Path, name: str) -> Path:
    return folder / "phones" / f"{name}.json"


def _read(path: Path) -> Floats:
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    if rate_hz != RATE_HZ:
        raise ValueError(f"{path}: is at {rate_hz} Hz; 16000 Hz was expected")
    return np.ascontiguousarray(samples[:, 0], np.float32)
