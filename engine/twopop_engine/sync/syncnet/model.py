"""SyncNet as a model of lip sync (`SyncModel`), id "syncnet.v2".

It sees 25 frames per second, so its lags are 31 steps of 40 ms, from -0.6 to 0.6 s as published.
"""

from __future__ import annotations

from math import floor
from typing import Final

import numpy as np

from twopop_engine.faces.face import Face
from twopop_engine.media.frames import Frame
from twopop_engine.runtime.models import model_errors
from twopop_engine.sync.lip_motion import LipMotion
from twopop_engine.sync.scores import FaceScorer, LseFigures, MonoSound, ScoreMap
from twopop_engine.sync.speech import is_speech, seconds_in
from twopop_engine.sync.syncnet.crop import RATE, Crop, Cropper
from twopop_engine.sync.syncnet.distance import MAX_LAG, Embeddings, pair_distances
from twopop_engine.sync.syncnet.listener import Listener
from twopop_engine.sync.syncnet.spool import Run, Spool
from twopop_engine.sync.syncnet.tally import BLOCK_TICKS, Tally
from twopop_engine.sync.syncnet.towers import BATCH, WINDOW_FRAMES, Towers
from twopop_models.store import Store

MODEL_ID: Final = "syncnet.v2"
"""Id of its card."""

_BLOCK_S: Final = float(BLOCK_TICKS / RATE)
_LAGS_S: Final = np.arange(-MAX_LAG, MAX_LAG + 1) / float(RATE)
_READ_WINDOWS: Final = 500  # of picture, held against the sound at once


def load_towers(store: Store) -> Towers:
    """SyncNet's towers from the store.

    Raises:
        ModelMissing: They are not here; the message says how to get them.
        ModelUnreadable: They are not what they must be.
        LicenseNotAccepted: The weights' licence was not accepted.
    """
    with model_errors():
        video, audio = (store.path(MODEL_ID, f"syncnet_v2.{tower}.onnx") for tower in ("video", "audio"))
    return Towers(video, audio)


class SyncNet:
    """The model.

    Attributes:
        id: Id of its card.
    """

    id = MODEL_ID

    def __init__(self, towers: Towers) -> None:
        self._towers = towers

    def scorer(self) -> FaceScorer:
        """A scorer for one face."""
        return SyncNetScorer(self._towers)


class SyncNetScorer:
    """Embeds the windows of a face as they come, and holds them against the sound at the end.

    Blocks begin at whole multiples of 0.2 s on the file's clock, so that those of several faces coincide.
    """

    def __init__(self, towers: Towers) -> None:
        self._towers = towers
        self._cropper = Cropper()
        self._crops: list[Crop] = []
        self._spool = Spool()
        self._motion = LipMotion()
        self._blocks: range | None = None

    def see(self, frame: Frame, face: Face | None) -> None:
        """Takes the next frame in order of presentation; None where the face is not seen."""
        block = floor(frame.time * RATE / BLOCK_TICKS)
        self._blocks = range(self._blocks.start if self._blocks else block, block + 1)
        if face is not None:
            self._motion.add(block, face.landmarks)
        for crop in self._cropper.see(frame, face):
            self._take(crop)

    def score(self, sound: MonoSound) -> tuple[ScoreMap, LseFigures | None]:
        """The fit at every lag within 0.6 s, and SyncNet's figures; None for these when no window has its sound.

        Call it once, after the last frame.
        """
        for crop in self._cropper.finish():
            self._take(crop)
        self._flush()
        blocks = self._blocks or range(0)
        tally = Tally(blocks.start, len(blocks))
        listener = Listener(self._towers, sound)
        for run, tick, video in self._spool.read(_READ_WINDOWS):
            _compare(tally, run, tick, video, listener)
        heard = is_speech(sound)
        scores = ScoreMap(
            start_s=blocks.start * _BLOCK_S,
            step_s=_BLOCK_S,
            lags_s=_LAGS_S.copy(),
            sums=tally.sums.astype(np.float32),
            weights_s=tally.weights_s.astype(np.float32),
            speech_s=seconds_in(heard, blocks.start * _BLOCK_S, _BLOCK_S, len(blocks)),
            motion=self._motion.spread(blocks.start, len(blocks)),
        )
        return scores, tally.figures()

    def _take(self, crop: Crop) -> None:
        if self._crops and crop.tick != self._crops[-1].tick + 1:
            self._flush()
            self._crops.clear()
        if not self._crops:
            self._spool.begin(crop.tick)
        self._crops.append(crop)
        if len(self._crops) == BATCH + WINDOW_FRAMES:
            self._flush()

    def _flush(self) -> None:
        """Embeds all windows but the last one, which may turn out to be the last of its run.

        The published code makes one window less of a track than fits into it.
        """
        ready = len(self._crops) - WINDOW_FRAMES
        if ready > 0:
            self._spool.append(self._towers.video(np.stack([crop.picture for crop in self._crops[:-1]])))
            del self._crops[:ready]


def _compare(tally: Tally, run: Run, tick: int, video: Embeddings, listener: Listener) -> None:
    """Holds windows of a run against the sound around them."""
    audio = listener.embed(tick - MAX_LAG, tick + len(video) + MAX_LAG)
    distances = pair_distances(video, audio, MAX_LAG)
    ticks = tick + np.arange(len(video))
    tally.add(ticks, distances)
    has_sound = ~np.isnan(distances[:, MAX_LAG])
    heard = ticks[:, None] - np.arange(-MAX_LAG, MAX_LAG + 1)
    own = np.where((heard >= run.first) & (heard < run.stop), distances, np.float32(np.nan))
    tally.add_published(own[has_sound], video[has_sound])
