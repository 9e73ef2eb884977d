"""Frames of drawn faces, and trackers that watch them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from scenes.drawn_face import DrawnFace, render
from twopop_engine.faces.detector import Detection, merged, tiled, tiles, whole
from twopop_engine.faces.face import Face, FrameFaces
from twopop_engine.faces.mesh import Sighting, look, region_of_detection
from twopop_engine.faces.nets import FaceNets
from twopop_engine.faces.tracker import MOST_FACES, FaceTracker
from twopop_engine.media.frames import Frame, open_video

Picture = NDArray[np.uint8]

SIZE = (640, 360)


def still(picture: Picture, time: Fraction = Fraction(0)) -> Frame:
    """A picture as a frame."""
    return Frame(time, True, VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24"))


def watch(
    nets: FaceNets, pictures: Iterable[Picture], rate: int = 25, most_faces: int = MOST_FACES
) -> list[FrameFaces]:
    """What a new tracker sees in pictures."""
    tracker = FaceTracker(nets, most_faces)
    return [tracker.see(still(picture, Fraction(number, rate))) for number, picture in enumerate(pictures)]


def watch_file(nets: FaceNets, path: Path, frames: int = 10_000) -> list[FrameFaces]:
    """What a new tracker sees in the first frames of a file."""
    tracker = FaceTracker(nets)
    with open_video(path) as video:
        return [tracker.see(frame) for frame, _number in zip(video.frames(), range(frames), strict=False)]


def search(nets: FaceNets, picture: Picture) -> tuple[Detection, ...]:
    """All faces of a picture: the whole and all tiles."""
    frame = still(picture)
    near = [found for tile in tiles(frame.size) for found in tiled(frame, nets, tile)]
    return merged([*whole(frame, nets), *near])


def meet(nets: FaceNets, face: DrawnFace, size: tuple[int, int] = SIZE, seed: int = 0) -> Sighting:
    """One drawn face as the mesh sees it, after a second look."""
    frame = still(render(size, [face], seed))
    found = whole(frame, nets)
    assert len(found) == 1, f"{face} was found {len(found)} times"
    return look(frame, nets, look(frame, nets, region_of_detection(found[0])).region)


def nearest(face: DrawnFace, seen: Sequence[Face]) -> Face | None:
    """The face that is seen where one was drawn; None when none is."""
    near = [one for one in seen if np.hypot(*(np.array(middle(one)) - (face.x, face.y))) < face.size * 0.45]
    return min(near, key=lambda one: abs(middle(one)[0] - face.x)) if near else None


def middle(face: Face) -> tuple[float, float]:
    """Of its box."""
    left, top, right, bottom = face.box
    return (left + right) / 2, (top + bottom) / 2
