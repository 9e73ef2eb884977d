"""SyncNet's two towers on onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from twopop_engine.runtime.onnx import open_network
from twopop_engine.sync.syncnet.crop import SIDE
from twopop_engine.sync.syncnet.distance import Embeddings
from twopop_engine.sync.syncnet.mfcc import COEFFICIENTS

WINDOW_FRAMES: Final = 5
"""Frames of picture that the video tower looks at."""

WINDOW_COLUMNS: Final = 20
"""Columns of cepstra that the audio tower listens to."""

COLUMNS_PER_FRAME: Final = 4
"""Columns of cepstra, 10 ms each, in a frame of 40 ms."""

WIDTH: Final = 1024
"""Numbers in an embedding."""

BATCH: Final = 20
"""Windows that a tower takes at once."""

_THREADS: Final = 2
_ADVICE: Final = "convert again: twopop models convert syncnet.v2"


class Towers:
    """Both towers, loaded."""

    def __init__(self, video: Path, audio: Path) -> None:
        """Loads the towers.

        Args:
            video: ONNX file of the video tower.
            audio: ONNX file of the audio tower.

        Raises:
            ModelUnreadable: A file is no such tower.
        """
        self._video = open_network(video, "a tower of SyncNet", [3, WINDOW_FRAMES, SIDE, SIDE], _THREADS, _ADVICE)
        self._audio = open_network(audio, "a tower of SyncNet", [1, COEFFICIENTS, WINDOW_COLUMNS], _THREADS, _ADVICE)

    def video(self, frames: NDArray[np.uint8]) -> Embeddings:
        """Embeddings of all windows of consecutive frames.

        Args:
            frames: Faces [frames, 224, 224, 3] in BGR at 25 per second; at least five.

        Returns:
            Embeddings [frames - 4, 1024].
        """
        planes = frames.transpose(3, 0, 1, 2).astype(np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(planes, WINDOW_FRAMES, axis=1).transpose(1, 0, 4, 2, 3)
        return _embed(self._video, windows)

    def audio(self, cepstra: NDArray[np.float32]) -> Embeddings:
        """Embeddings of all windows of a stretch of sound, one for each frame of picture.

        Args:
            cepstra: Coefficients [13, columns] at 100 per second; at least 20 columns.

        Returns:
            Embeddings [(columns - 20) // 4 + 1, 1024].
        """
        windows = np.lib.stride_tricks.sliding_window_view(cepstra, WINDOW_COLUMNS, axis=1)[:, ::COLUMNS_PER_FRAME]
        return _embed(self._audio, windows.transpose(1, 0, 2)[:, None])


def _embed(session: onnxruntime.InferenceSession, windows: NDArray[np.float32]) -> Embeddings:
    name = session.get_inputs()[0].name
    batches = (np.ascontiguousarray(windows[start : start + BATCH]) for start in range(0, len(windows), BATCH))
    return np.concatenate([session.run(None, {name: batch})[0] for batch in batches])
