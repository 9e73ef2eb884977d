"""How well picture and sound fit at each lag: what every lip-sync model answers, and all that the assessment reads.

The sign is that of SyncNet and ITU-R BT.1359: at lag > 0 the picture at time t is held against the sound at t - lag,
so the best lag of a file whose sound leads is positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twopop_engine.faces.face import Face
from twopop_engine.media.frames import Frame


@dataclass(frozen=True)
class ScoreMap:
    """The fit of one face's picture to the sound, in short blocks of time.

    Attributes:
        start_s: Begin of the first block, in seconds of picture.
        step_s: Length of a block, in seconds.
        lags_s: The lags [lags], rising and evenly spaced, in seconds.
        sums: The fit summed over each block [blocks, lags]; higher fits better. Sums of blocks can be added.
        weights_s: Seconds of usable picture and sound in each block [blocks]; 0 where nothing could be measured.
        speech_s: Seconds of speech in each block at lag 0 [blocks].
        motion: How much the mouth moves in each block, 0 for a still one; of one unit for all faces [blocks].
    """

    start_s: float
    step_s: float
    lags_s: NDArray[np.float64]
    sums: NDArray[np.float32]
    weights_s: NDArray[np.float32]
    speech_s: NDArray[np.float32]
    motion: NDArray[np.float32]


@dataclass(frozen=True)
class LseFigures:
    """SyncNet's figures over all windows of a face (Chung and Zisserman, "Out of time", 2016; Prajwal et al., 2020).

    Attributes:
        lse_d: Least mean distance, with the published zero padding; lower is better.
        lse_c: Median of the mean distances less the least one; higher is better.
        lse_d_corrected: As `lse_d`, over pairs that exist.
        lse_c_corrected: As `lse_c`, over pairs that exist.
    """

    lse_d: float
    lse_c: float
    lse_d_corrected: float
    lse_c_corrected: float


class MonoSound(Protocol):
    """Sound at 16 kHz, mixed to one channel, that need not fit into memory."""

    @property
    def length(self) -> int:
        """Samples from the file's zero to the end."""

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Samples [count] from one on; zeros outside the file."""


class FaceScorer(Protocol):
    """Takes in one face of a video, frame by frame, and scores it against the sound at the end."""

    def see(self, frame: Frame, face: Face | None) -> None:
        """Takes the next frame in order of presentation; None where the face is not seen."""

    def score(self, sound: MonoSound) -> tuple[ScoreMap, LseFigures | None]:
        """The fit at every lag within one second, and SyncNet's figures where the model is SyncNet."""


class SyncModel(Protocol):
    """A model that tells whether lips fit speech."""

    @property
    def id(self) -> str:
        """Id of its card."""

    def scorer(self) -> FaceScorer:
        """A scorer for one face."""
