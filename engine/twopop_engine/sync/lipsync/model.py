"""The default model of lip sync (`SyncModel`), id "twopop-lipsync.v1"; trained by `twopop_models.train.lipsync`."""

from __future__ import annotations

from math import floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.face import Face
from twopop_engine.media.frames import Frame
from twopop_engine.runtime.models import model_errors
from twopop_engine.sync.lip_motion import LipMotion
from twopop_engine.sync.lipsync.lips import RATE_HZ, Mouth
from twopop_engine.sync.lipsync.listener import embed_sound
from twopop_engine.sync.lipsync.towers import Embeddings, Towers
from twopop_engine.sync.scores import FaceScorer, LseFigures, MonoSound, ScoreMap
from twopop_engine.sync.speech import is_speech, seconds_in
from twopop_models.store import Store

MODEL_ID: Final = "twopop-lipsync.v1"
"""Id of its card."""

LIPS_FILE: Final = "twopop_lipsync_v1_lips.onnx"
"""The lips' tower."""

SOUND_FILE: Final = "twopop_lipsync_v1_sound.onnx"
"""The sound's tower."""

MOST_LAG: Final = 100
"""Frames of 10 ms by which picture and sound are moved against each other, at most."""

_BLOCK: Final = 20  # frames
_CHUNK: Final = 2000  # frames that are held against the sound at once


def load_model(store: Store) -> LipSync:
    """The model from the store.

    Raises:
        ModelMissing: Its files are not here.
        ModelUnreadable: They are not what they must be.
    """
    return LipSync(load_towers(store))


def load_towers(store: Store) -> Towers:
    """Its networks from the store; raises as `load_model` does."""
    with model_errors():
        lips, sound = (store.path(MODEL_ID, name) for name in (LIPS_FILE, SOUND_FILE))
    return Towers(lips, sound)


class LipSync:
    """The model.

    Attributes:
        id: Id of its card.
    """

    id = MODEL_ID

    def __init__(self, towers: Towers) -> None:
        self._towers = towers

    def scorer(self) -> FaceScorer:
        """A scorer for one face."""
        return LipScorer(self._towers)


class LipScorer:
    """Keeps the shapes of a mouth, and holds them against the sound at the end.

    Blocks begin at whole multiples of 0.2 s on the file's clock, so that those of several faces coincide.
    """

    def __init__(self, towers: Towers) -> None:
        self._towers = towers
        self._mouth = Mouth()
        self._motion = LipMotion()
        self._blocks: range | None = None

    def see(self, frame: Frame, face: Face | None) -> None:
        """Takes the next frame in order of presentation; None where the face is not seen."""
        block = floor(frame.time * RATE_HZ / _BLOCK)
        self._blocks = range(self._blocks.start if self._blocks else block, block + 1)
        self._mouth.see(frame.time, face)
        if face is not None:
            self._motion.add(block, face.landmarks)

    def shapes(self) -> list[tuple[NDArray[np.float64], NDArray[np.float32]]]:
        """What was seen: of each run its times [n], in seconds, and shapes [n, 14]."""
        return self._mouth.shapes()

    def score(self, sound: MonoSound) -> tuple[ScoreMap, LseFigures | None]:
        """The fit at every lag within one second, in steps of 10 ms; the other figures are SyncNet's alone."""
        blocks = self._blocks or range(0)
        sums = np.zeros((len(blocks), 2 * MOST_LAG + 1))
        weights = np.zeros(len(blocks))
        for part in self._mouth.embedded(self._towers, _CHUNK):
            around, usable = embed_sound(self._towers, sound, part.first - MOST_LAG, len(part.lips) + 2 * MOST_LAG)
            fits, seconds = fit(part.lips, around, usable)
            at = (part.first + np.arange(len(part.lips))) // _BLOCK - blocks.start
            np.add.at(sums, at, fits)
            np.add.at(weights, at, seconds)
        start_s, step_s = blocks.start * _BLOCK / RATE_HZ, _BLOCK / RATE_HZ
        scores = ScoreMap(
            start_s=start_s,
            step_s=step_s,
            lags_s=np.arange(-MOST_LAG, MOST_LAG + 1) / RATE_HZ,
            sums=sums.astype(np.float32),
            weights_s=weights.astype(np.float32),
            speech_s=seconds_in(is_speech(sound), start_s, step_s, len(blocks)),
            motion=self._motion.spread(blocks.start, len(blocks)),
        )
        return scores, None


def fit(
    lips: Embeddings, around: Embeddings, usable: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Holds lips against the sound around them, at every lag.

    Args:
        lips: Embeddings [frames, width].
        around: Embeddings of the sound [frames + 200, width], from one second before the lips' first frame on.
        usable: Which of them hold sound [frames + 200].

    Returns:
        The fit [frames, 201] by rising lag, and the seconds of each frame that could be measured [frames]. Where there
        is no sound at a lag, the fit is the frame's average: zero would speak for that lag.
    """
    count = len(lips)
    starts = range(2 * MOST_LAG, -1, -1)  # by rising lag: at lag > 0 lips are held against the sound before them
    fits = np.stack([np.einsum("td,td->t", lips, around[start : start + count]) for start in starts], axis=1)
    there = np.stack([usable[start : start + count] for start in starts], axis=1)
    found = there.sum(axis=1, keepdims=True)
    mean = np.where(there, fits, 0).sum(axis=1, keepdims=True, dtype=np.float64) / np.maximum(found, 1)
    seconds = np.where(there[:, MOST_LAG], 1 / RATE_HZ, 0.0)
    return np.where(there, fits, mean).astype(np.float64), seconds
