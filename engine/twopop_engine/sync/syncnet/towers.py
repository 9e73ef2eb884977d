"""SyncNet's two towers on onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from twopop.errors import ModelUnreadable
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
        self._video = _session(video, [3, WINDOW_FRAMES, SIDE, SIDE])
        self._audio = _session(audio, [1, COEFFICIENTS, WINDOW_COLUMNS])

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


def _session(path: Path, shape: list[int]) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # costs time where others work, too
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base but this
        problem = "is not an ONNX file that onnxruntime reads; convert again: twopop models convert syncnet.v2"
        raise ModelUnreadable.at(str(path), problem) from error
    found = session.get_inputs()[0].shape[1:]
    if found != shape:
        raise ModelUnreadable.at(str(path), f"expected a tower of SyncNet that takes {shape}, found one for {found}")
    return session


def _embed(session: onnxruntime.InferenceSession, windows: NDArray[np.float32]) -> Embeddings:
    name = session.get_inputs()[0].name
    batches = (np.ascontiguousarray(windows[start : start + BATCH]) for start in range(0, len(windows), BATCH))
    return np.concatenate([session.run(None, {name: batch})[0] for batch in batches])
