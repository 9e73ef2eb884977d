"""Faces of real people; each test has a twin on drawn faces elsewhere in this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faces.stage import watch, watch_file
from scenes.drawn_face import render
from twopop_engine.faces.nets import FaceNets
from twopop_engine.media.frames import open_video

MEDIA = Path(__file__).resolve().parents[3] / "shared" / "media"
TALKING = sorted((MEDIA / "talking").glob("*.*"))
THINGS = sorted((MEDIA / "picture").glob("*.mp4"))

Picture = NDArray[np.uint8]
Shrink = Callable[[Path, int, int], list[Picture]]

pytestmark = pytest.mark.skipif(not TALKING, reason="shared media is not here")


def pictures(path: Path, count: int) -> Iterator[Picture]:
    with open_video(path) as video:
        for frame, _number in zip(video.frames(), range(count), strict=False):
            yield frame.rgb()


def wide(picture: Picture) -> Picture:
    """The part around the face, 16:9."""
    height, width = picture.shape[:2]
    rows = width * 9 // 16
    top = min(height - rows, 300 if height > width else (height - rows) // 2)
    return np.asarray(cv2.resize(picture[top : top + rows], (640, 360), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("path", TALKING, ids=lambda path: path.stem)
def test_one_person_talks(nets: FaceNets, path: Path) -> None:
    seen = watch_file(nets, path, 40)
    assert [[face.track for face in frame.faces] for frame in seen] == [[1]] * len(seen)
    assert {frame.shot for frame in seen} == {0}
    assert min(frame.faces[0].presence for frame in seen) > 0.9
    assert not any(frame.faces[0].is_profile for frame in seen)
    middles = [frame.faces[0].landmarks[:, :2].mean(axis=0) for frame in seen]
    height = seen[0].faces[0].box[3] - seen[0].faces[0].box[1]
    assert max(float(np.hypot(*(after - before))) for before, after in pairwise(middles)) < 0.1 * height


@pytest.mark.parametrize("path", THINGS, ids=lambda path: path.stem)
def test_things_have_no_face(nets: FaceNets, path: Path) -> None:
    assert not any(frame.faces for frame in watch_file(nets, path, 60))


@pytest.mark.parametrize("path", TALKING, ids=lambda path: path.stem)
def test_a_distant_face_in_a_wide_shot(nets: FaceNets, path: Path) -> None:
    """The face is 20 pixels high."""
    close = list(pictures(path, 8))
    box = watch(nets, close[:1])[0].faces[0].box
    scale = 20 / (box[3] - box[1])
    wide = []
    for picture in close:
        small = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        stage = render((454, 256), [], 7)
        part = stage[40 : 40 + small.shape[0], 180 : 180 + small.shape[1]]
        part[:] = small[: part.shape[0], : part.shape[1]]
        wide.append(stage)
    seen = watch(nets, wide)
    assert sum(len(frame.faces) == 1 for frame in seen) >= 7
    assert {face.track for frame in seen for face in frame.faces} == {1}


@pytest.mark.parametrize(("one", "other"), [(0, 7), (7, 8), (9, 10), (11, 3), (2, 12), (5, 9)])
def test_a_cut_between_people(nets: FaceNets, one: int, other: int) -> None:
    shots = [[wide(picture) for picture in pictures(TALKING[place], 6)] for place in (one, other)]
    seen = watch(nets, shots[0] + shots[1])
    assert [frame.shot for frame in seen] == [0] * 6 + [1] * 6
    assert [[face.track for face in frame.faces] for frame in seen] == [[1]] * 6 + [[2]] * 6


def test_two_people_side_by_side(nets: FaceNets) -> None:
    halves = [
        [np.asarray(cv2.resize(picture, (400, 400)), np.uint8) for picture in pictures(TALKING[place], 12)]
        for place in (0, 3)
    ]
    seen = watch(nets, [np.hstack(pair) for pair in zip(*halves, strict=True)])
    assert [len(frame.faces) for frame in seen] == [2] * 12
    assert {face.track for frame in seen for face in frame.faces} == {1, 2}
