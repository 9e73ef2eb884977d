"""The two networks, on onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from twopop_engine.runtime.onnx import open_network
from twopop_engine.sync.lipsync.shape import SIZE
from twopop_models.mel import BANDS

Embeddings = NDArray[np.float32]
"""One row for each 10 ms [frames, width]; the product of a row of lips with one of sound is the log odds that they
belong together."""

MARGIN: Final = 24
"""Frames on either side of one that have a say in its embedding."""

_THREADS: Final = 1
_ADVICE: Final = "install twopop again"
_QUIETEST: Final = -8.0  # of centred log-mel: 35 dB below the average nothing more is heard


class Towers:
    """Both networks, loaded."""

    def __init__(self, lips: Path, sound: Path) -> None:
        """Loads the networks.

        Args:
            lips: ONNX file of the lips' tower.
            sound: ONNX file of the sound's tower.

        Raises:
            ModelUnreadable: A file is no such tower.
        """
        self._lips = open_network(lips, "a tower of our own", [SIZE], _THREADS, _ADVICE)
        self._sound = open_network(sound, "a tower of our own", [BANDS], _THREADS, _ADVICE)

    def lips(self, shapes: NDArray[np.float32]) -> Embeddings:
        """Embeds centred shapes of a mouth [frames, 14] at 100 frames a second."""
        return _run(self._lips, shapes)

    def sound(self, mel: NDArray[np.float32]) -> Embeddings:
        """Embeds centred log-mel spectra [frames, 40] at 100 frames a second."""
        return _run(self._sound, np.maximum(mel, np.float32(_QUIETEST)))


def _run(session: onnxruntime.InferenceSession, frames: NDArray[np.float32]) -> Embeddings:
    (embedded,) = session.run(None, {session.get_inputs()[0].name: frames[None]})
    return np.asarray(embedded[0], np.float32)
