"""A file as a stream: its sound in blocks and its pictures, in the order in which they are heard and seen."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twopop_engine.media.ahead import ahead
from twopop_engine.media.frames import Frame, open_video
from twopop_engine.media.pcm import AudioReader, open_audio

BLOCK_S: Final = 0.04
"""Length of a block of sound."""

_FAR_BEHIND_S: Final = 0.2


@dataclass(frozen=True)
class Played:
    """A part of the file.

    Attributes:
        due_s: When it is known to whoever is there: a block when its last sample is heard.
        time_s: When it begins.
        content: Sound [samples], or a frame.
    """

    due_s: float
    time_s: float
    content: NDArray[np.float32] | Frame


class Player:
    """Plays one file.

    Attributes:
        rate_hz: Of its sound.
        skipped_count: Frames that were left out, to keep up with the clock.
    """

    def __init__(self, path: Path, speed: float) -> None:
        """Opens the file.

        Args:
            path: The file.
            speed: How many times faster than it would be heard; 0: as fast as it is taken.

        Raises:
            MediaNotFound: No such file.
            MediaUnreadable: A folder, empty, cut short, or no media at all.
            StreamMissing: No picture or no sound in it.
        """
        self.skipped_count = 0
        self._speed = speed
        self._video = open_video(path)
        try:
            self._audio = open_audio(path)
        except Exception:
            self._video.close()
            raise
        self.rate_hz = self._audio.rate_hz

    def parts(self) -> Iterator[Played]:
        """All of the file, each part no sooner than it is due; frames that are far behind are left out."""
        began_s: float | None = None
        with ahead(self._video.frames()) as frames:
            shown = (Played(float(frame.time), float(frame.time), frame) for frame in frames)
            for part in heapq.merge(_blocks(self._audio), shown, key=lambda part: part.due_s):
                if self._speed > 0:
                    now_s = time.monotonic()
                    began_s = now_s - part.due_s / self._speed if began_s is None else began_s
                    wait_s = began_s + part.due_s / self._speed - now_s
                    time.sleep(max(0.0, wait_s))
                    if wait_s < -_FAR_BEHIND_S and isinstance(part.content, Frame):
                        self.skipped_count += 1
                        continue
                yield part

    def close(self) -> None:
        """Closes the file."""
        self._video.close()
        self._audio.close()


def _blocks(reader: AudioReader) -> Iterator[Played]:
    size = round(BLOCK_S * reader.rate_hz)
    for start in range(0, reader.length, size):
        count = min(size, reader.length - start)
        sound = np.ascontiguousarray(reader.read(start, count).mean(axis=0), np.float32)
        yield Played((start + count) / reader.rate_hz, start / reader.rate_hz, sound)
