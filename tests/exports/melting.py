"""What melt makes of a project file: every frame's brightness and the sound, read with PyAV."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tools import tool


@dataclass(frozen=True)
class Melted:
    """What was played.

    Attributes:
        picture: Brightness of each frame, 0 to 255, away from the corner mark.
        sound: [channels, samples] at 48 kHz.
    """

    picture: list[float]
    sound: NDArray[np.float32]

    def clicks(self, channel: int = 0) -> list[int]:
        """Sample positions of the clicks."""
        return [int(position) for position in np.flatnonzero(np.abs(self.sound[channel]) > 0.3)]

    def shows(self, frame: int, bright: int) -> bool:
        """Whether a frame has a brightness, within what coding adds."""
        return abs(self.picture[frame] - bright) <= 2


def melt(project: Path, folder: Path) -> Melted:
    """Plays a project file to the end."""
    film, sound = folder / "melted.mkv", folder / "melted.wav"
    run(project, f"avformat:{film}", "an=1", "vcodec=ffv1", "pix_fmt=yuv420p", "real_time=0")
    run(project, f"avformat:{sound}", "vn=1", "acodec=pcm_s16le", "ar=48000", "ac=2", "real_time=0")
    return Melted(_picture(film), _sound(sound))


def run(project: Path, *consumer: str) -> None:
    """One run of melt, which 7.12 begins and does not end about once in thirty times: then it is run again."""
    command = [str(tool("melt")), "-silent", str(project), "-consumer", *consumer, "terminate_on_pause=1"]
    for patience_s in (20, 40, 60):
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=patience_s, stdin=subprocess.DEVNULL,
                env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            continue
        assert done.returncode == 0, done.stderr
        return
    raise AssertionError(f"melt did not end in three runs: {project}")


def _picture(path: Path) -> list[float]:
    with av.open(str(path)) as reader:
        frames = [frame.to_ndarray(format="gray") for frame in reader.decode(video=0)]
    return [float(frame[frame.shape[0] // 2 :, frame.shape[1] // 2 :].mean()) for frame in frames]


def _sound(path: Path) -> NDArray[np.float32]:
    with av.open(str(path)) as reader:
        blocks = [frame.to_ndarray().astype(np.float32) for frame in reader.decode(audio=0)]
    joined: NDArray[np.float32] = np.concatenate(blocks, axis=1) / np.float32(32768)
    return joined.reshape(-1, 2).T
