"""Measures how fast faces are followed: one talking face in 1280x720 h264, decoding included.

    PYTHONPATH=tests python bench/face_speed.py [--seconds 20] [--threads 1]

Draws and encodes the film itself, then reads it twice: decoding only, and with the face tracker behind a thread that
reads ahead. Real clips follow where `../shared/media` is there. Prints frames per second, the processor time of a
frame over all threads (which other load on the machine changes less), their ratio to decoding alone, and how much
the memory grew between the first third and the end.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from scenes.drawn_face import DrawnFace, render, with_mouth
from scenes.drawn_film import Film, write_film
from scenes.face_models import face_files
from twopop_engine.faces.nets import FaceNets
from twopop_engine.faces.tracker import FaceTracker
from twopop_engine.media.ahead import ahead
from twopop_engine.media.frames import open_video

_MEDIA = Path(__file__).resolve().parents[2] / "shared" / "media" / "talking"
_RATE = Fraction(25)
_SIZE = (1280, 720)


@dataclass(frozen=True)
class Run:
    """One reading of a film.

    Attributes:
        frames: How many.
        faces: How many faces in all of them.
        wall_s: Time that passed.
        cpu_s: Processor time of all threads.
        growth_mib: Peak memory at the end, less that after a third.
    """

    frames: int
    faces: int
    wall_s: float
    cpu_s: float
    growth_mib: float


def draw(path: Path, seconds: float) -> Path:
    """Encodes somebody who talks and sways."""
    around = [
        DrawnFace(640 + round(50 * np.sin(step / 8)), 330, 300, round(10 * np.sin(step / 8)), seed=1)
        for step in range(50)
    ]
    pictures = (
        render(_SIZE, [with_mouth(around[frame % len(around)], 0.4 + 0.4 * np.sin(frame * 0.9))], 3)
        for frame in range(round(seconds * _RATE))
    )
    return write_film(path, pictures, _RATE, film=Film(options={"preset": "medium", "crf": "20"}))


def read(path: Path, nets: FaceNets | None) -> Run:
    """Reads a film, with faces where networks are given."""
    tracker = FaceTracker(nets) if nets else None
    frames = faces = 0
    peaks = []
    wall, cpu = time.perf_counter(), time.process_time()
    with open_video(path) as video, ahead(video.frames()) as shown:
        for frame in shown:
            faces += len(tracker.see(frame).faces) if tracker else 0
            frames += 1
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    took = time.perf_counter() - wall, time.process_time() - cpu
    return Run(frames, faces, *took, peaks[-1] - peaks[len(peaks) // 3])


def report(name: str, path: Path, nets: FaceNets) -> None:
    """Prints a line about a film."""
    read(path, None)
    alone, followed = read(path, None), read(path, nets)
    print(
        f"{name:16} {followed.frames:5} frames {followed.faces:5} faces  {_speed(followed)}  "
        f"decoding alone {_speed(alone)}  ratio {alone.wall_s / followed.wall_s:4.2f}  "
        f"memory +{followed.growth_mib:.1f} MiB"
    )


def _speed(run: Run) -> str:
    return f"{run.frames / run.wall_s:6.0f} frames/s {1000 * run.cpu_s / run.frames:5.1f} ms CPU/frame"


def main() -> None:
    """Draws, reads, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    nets = FaceNets.load(*face_files(), threads=arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        report("drawn 720p", draw(Path(folder) / "drawn.mp4", arguments.seconds), nets)
    for path in sorted(_MEDIA.glob("*.*")) if _MEDIA.is_dir() else []:
        report(path.stem, path, nets)


if __name__ == "__main__":
    main()
