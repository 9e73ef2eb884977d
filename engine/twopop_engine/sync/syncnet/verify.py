"""Whether SyncNet's weights give the published answer on the published example.

As the published `demo_syncnet.py` (github.com/joonson/syncnet_python) does it: every frame is a face already, none is
looked for, and frames and sound are counted, not timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import av.error
import cv2
import numpy as np
import soxr
from av import VideoFrame
from numpy.typing import NDArray

from twopop.errors import MediaUnreadable, StreamMissing
from twopop_engine.media.container import open_container, pictures, unreadable
from twopop_engine.media.pcm import open_audio
from twopop_engine.sync.syncnet.crop import RATE, SIDE
from twopop_engine.sync.syncnet.distance import (
    SyncFigures,
    figures,
    pair_distances,
    with_zero_padding,
)
from twopop_engine.sync.syncnet.jpegs import through_jpeg
from twopop_engine.sync.syncnet.listener import Listener
from twopop_engine.sync.syncnet.mfcc import RATE_HZ
from twopop_engine.sync.syncnet.model import MODEL_ID, load_towers
from twopop_engine.sync.syncnet.towers import BATCH, WIDTH, WINDOW_FRAMES, Towers
from twopop_models.store import Store


class Check(NamedTuple):
    """A figure that was held against what it must be.

    Attributes:
        name: Its name.
        expected: The published figure.
        found: Ours.
        passed: Whether they differ by no more than the card allows.
    """

    name: str
    expected: float
    found: float
    passed: bool


def known_answer(store: Store, media: Path) -> list[Check]:
    """Runs the published example.

    Args:
        store: Where the weights are.
        media: The example: a face that fills the frame, at 25 frames per second.

    Returns:
        One check for each figure of the card.

    Raises:
        ModelMissing: The weights are not here; the message says how to get them.
        ModelUnreadable: They are not what they must be.
        LicenseNotAccepted: Their licence was not accepted.
        InputError: The example cannot be read, or is too short.
    """
    answer = store.card(MODEL_ID).known_answer
    if answer is None:
        return []
    found = measure_face_video(load_towers(store), media)
    values = {
        "AV offset": float(found.offset_frames),
        "min dist": found.min_distance,
        "confidence": found.confidence,
    }
    return [
        Check(name, expected, values[name], abs(values[name] - expected) <= answer.tolerance)
        for name, expected in answer.values.items()
    ]


def measure_face_video(towers: Towers, media: Path) -> SyncFigures:
    """The published figures of a file whose frames each show one face.

    Args:
        towers: SyncNet.
        media: The file.

    Returns:
        The figures.

    Raises:
        InputError: It cannot be read, has no picture or no sound, or is shorter than six frames.
    """
    video = _embed_frames(towers, media)
    sound = _WholeSound(_read_sound(media))
    count = min(len(video) + WINDOW_FRAMES - 1, sound.length * int(RATE) // RATE_HZ) - WINDOW_FRAMES
    if count < 1:
        raise MediaUnreadable.at(str(media), "is too short for SyncNet: 6 frames with sound are the least")
    audio = Listener(towers, sound).embed(0, count)
    distances = with_zero_padding(pair_distances(video[:count], audio), video[:count])
    return figures(distances.mean(axis=0, dtype=np.float64))


def _embed_frames(towers: Towers, media: Path) -> NDArray[np.float32]:
    """Embeddings of all windows of frames, decoded a batch at a time."""
    embedded: list[NDArray[np.float32]] = []
    frames: list[NDArray[np.uint8]] = []
    for frame in through_jpeg(_images(media)):
        frames.append(np.asarray(cv2.resize(frame, (SIDE, SIDE)), np.uint8))
        if len(frames) == BATCH + WINDOW_FRAMES - 1:
            embedded.append(towers.video(np.stack(frames)))
            del frames[:BATCH]
    if len(frames) >= WINDOW_FRAMES:
        embedded.append(towers.video(np.stack(frames)))
    return np.concatenate(embedded) if embedded else np.zeros((0, WIDTH), np.float32)


def _images(media: Path) -> Iterator[VideoFrame]:
    with open_container(media) as container:
        streams = pictures(container)
        if not streams:
            raise StreamMissing.at(str(media), "video")
        try:
            yield from container.decode(streams[0])
        except av.error.FFmpegError as error:
            raise unreadable(media, error) from error


def _read_sound(media: Path) -> NDArray[np.float32]:
    """All of a file's sound, one channel at 16 kHz."""
    with open_audio(media) as reader:
        mono = reader.read(0, reader.length).mean(axis=0)
        return np.asarray(soxr.resample(mono, reader.rate_hz, RATE_HZ), np.float32)


@dataclass(frozen=True)
class _WholeSound:
    """Sound in memory."""

    samples: NDArray[np.float32]

    @property
    def length(self) -> int:
        """Samples."""
        return len(self.samples)

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Samples [count] from one on; zeros outside."""
        wanted = np.zeros(count, np.float32)
        begin, end = max(start, 0), min(start + count, self.length)
        if begin < end:
            wanted[begin - start : end - start] = self.samples[begin:end]
        return wanted
