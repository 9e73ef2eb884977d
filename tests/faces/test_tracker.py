"""Who is who, from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faces.stage import SIZE, middle, nearest, still, watch
from scenes.drawn_face import DrawnFace, render, with_mouth
from twopop_engine.faces.face import FrameFaces
from twopop_engine.faces.nets import FaceNets
from twopop_engine.faces.tracker import FaceTracker

Picture = NDArray[np.uint8]
Path = NDArray[np.float64]

STILL = np.full(100, 400.0)
BOUNCE = np.concatenate([np.linspace(150, 400, 30), np.full(8, 400.0), np.linspace(400, 150, 30), np.full(32, 150.0)])
THROUGH = np.concatenate([np.linspace(120, 620, 60), np.full(40, 620.0)])
LEFT_TO_RIGHT, RIGHT_TO_LEFT = np.linspace(120, 520, 50), np.linspace(520, 120, 50)


def talking(face: DrawnFace, frame: int) -> DrawnFace:
    return with_mouth(face, 0.35 + 0.35 * np.sin(frame * 0.8 + face.seed))


def numbers(seen: Sequence[FrameFaces]) -> list[list[int]]:
    return [[face.track for face in frame.faces] for frame in seen]


def test_a_face_keeps_its_number(nets: FaceNets) -> None:
    faces = [DrawnFace(200 + 5 * frame, 170, 170, seed=1) for frame in range(40)]
    seen = watch(nets, [render(SIZE, [talking(face, frame)]) for frame, face in enumerate(faces)])
    assert numbers(seen) == [[1]] * 40
    for frame, face in zip(seen, faces, strict=True):
        assert nearest(face, frame.faces) is frame.faces[0]
        assert frame.faces[0].presence > 0.9


def test_times_and_shots_are_told(nets: FaceNets) -> None:
    pictures = [render(SIZE, [DrawnFace(250, 170, 170, seed=seed)], seed) for seed in (1, 1, 2, 2)]
    seen = watch(nets, pictures, rate=30)
    assert [float(frame.time) for frame in seen] == pytest.approx([0, 1 / 30, 2 / 30, 3 / 30])
    assert [frame.shot for frame in seen] == [0, 0, 1, 1]
    assert numbers(seen) == [[1], [1], [2], [2]]


@pytest.mark.parametrize(
    ("ways", "sizes", "seeds"),
    [
        ((LEFT_TO_RIGHT, RIGHT_TO_LEFT), (150, 150), (0, 1)),
        ((LEFT_TO_RIGHT, RIGHT_TO_LEFT), (150, 150), (3, 3)),
        ((LEFT_TO_RIGHT[::2], RIGHT_TO_LEFT[::2]), (150, 140), (2, 4)),
        ((LEFT_TO_RIGHT[::2], RIGHT_TO_LEFT[::2]), (150, 150), (1, 6)),
        ((THROUGH, STILL), (150, 150), (0, 1)),
        ((THROUGH, STILL), (150, 150), (3, 3)),
        ((BOUNCE, STILL), (150, 150), (1, 6)),
        ((BOUNCE, STILL), (210, 130), (2, 4)),
    ],
)
def test_people_who_cross_are_not_mixed_up(
    nets: FaceNets, ways: tuple[Path, Path], sizes: tuple[int, int], seeds: tuple[int, int]
) -> None:
    """The first walks in front of the second; (1, 6) look alike, (3, 3) are twins."""
    drawn = [
        [
            talking(DrawnFace(float(x), 165, size, seed=seed), frame)
            for x, size, seed in zip(at, sizes, seeds, strict=True)
        ]
        for frame, at in enumerate(zip(*ways, strict=True))
    ]
    seen = watch(nets, [render(SIZE, [behind, front], 5) for front, behind in drawn])
    owners: dict[int, int] = {}
    for frame, faces in zip(seen, drawn, strict=True):
        if abs(faces[0].x - faces[1].x) < 70:
            continue
        for owner, face in enumerate(faces):
            found = nearest(face, frame.faces)
            if found is not None:
                assert owners.setdefault(found.track, owner) == owner
    assert set(owners.values()) == {0, 1}
    assert len([frame for frame in seen if len(frame.faces) == 2]) > len(seen) * 0.4


@pytest.mark.parametrize(("hidden_frames", "same"), [(5, True), (20, True), (40, False)])
def test_a_gap_of_up_to_a_second_is_bridged(nets: FaceNets, hidden_frames: int, same: bool) -> None:
    """Hidden behind a board; what is not seen is not reported."""
    pictures = []
    for frame in range(20 + hidden_frames + 15):
        picture = render(SIZE, [DrawnFace(300, 170, 170, seed=1)])
        if 20 <= frame < 20 + hidden_frames:
            cv2.rectangle(picture, (200, 60), (400, 290), (90, 80, 60), -1)
        pictures.append(picture)
    seen = watch(nets, pictures)
    assert all(not frame.faces for frame in seen[21 : 20 + hidden_frames])
    assert [frame.shot for frame in seen] == [0] * len(seen)
    assert numbers(seen)[0] == [1]
    assert numbers(seen)[-1] == [1 if same else 2]


def test_forty_faces(nets: FaceNets) -> None:
    """The largest are followed; all are when asked for."""
    faces = [
        DrawnFace(80 + (one % 8) * 160, 90 + (one // 8) * 140, 80 + one, seed=one, has_shoulders=False)
        for one in range(40)
    ]
    pictures = [render((1280, 720), faces, 3)] * 3
    eight = watch(nets, pictures)
    assert [len(frame.faces) for frame in eight] == [8] * 3
    assert min(face.box[3] - face.box[1] for face in eight[0].faces) > 60
    all_of_them = watch(nets, pictures, most_faces=40)
    assert [len(frame.faces) for frame in all_of_them] >= [38] * 3
    assert numbers(all_of_them)[0] == numbers(all_of_them)[-1]


def test_somebody_who_comes_later_is_found(nets: FaceNets) -> None:
    first = DrawnFace(160, 170, 150, seed=1)
    pictures = [
        render(SIZE, [first] if frame < 10 else [first, DrawnFace(470, 170, 150, seed=2)]) for frame in range(20)
    ]
    seen = numbers(watch(nets, pictures))
    assert seen[:10] == [[1]] * 10
    assert seen[18:] == [[1, 2]] * 2


def test_a_small_face_is_followed(nets: FaceNets) -> None:
    faces = [DrawnFace(150 + frame, 120, 22, seed=1) for frame in range(30)]
    seen = watch(nets, [render((454, 256), [face], 2) for face in faces])
    assert numbers(seen).count([1]) >= 28
    assert {track for frame in numbers(seen) for track in frame} == {1}
    last = seen[-1].faces[0]
    assert middle(last) == pytest.approx((faces[-1].x, faces[-1].y + 2), abs=6)


@pytest.mark.parametrize("rate", [8, 120])
def test_other_frame_rates(nets: FaceNets, rate: int) -> None:
    """The same walk, seen less or more often."""
    faces = [DrawnFace(200 + 60 * frame / rate, 170, 170, seed=1) for frame in range(rate // 2 + 1)]
    assert numbers(watch(nets, [render(SIZE, [face]) for face in faces], rate)) == [[1]] * len(faces)


def test_a_head_that_turns_away_and_back(nets: FaceNets) -> None:
    turns = [*range(0, 100, 5), *range(100, -5, -5)]
    face = DrawnFace(320, 170, 190, seed=2)
    seen = watch(nets, [render(SIZE, [replace(face, yaw_deg=turn)], 1) for turn in turns])
    assert {face.track for frame in seen for face in frame.faces} == {1}
    assert numbers(seen)[-1] == [1]
    told = {turn: frame.faces[0].is_profile for turn, frame in zip(turns, seen, strict=True) if frame.faces}
    assert not told[0] and not told[30]
    assert told[65]


def test_nobody(nets: FaceNets) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (4, 360, 640, 3), np.uint8)
    flat = [np.full((360, 640, 3), value, np.uint8) for value in (0, 128, 255)]
    assert numbers(watch(nets, [*noise, *flat, *[render(SIZE, [], 3)] * 3])) == [[]] * 10


def test_a_face_at_the_edge(nets: FaceNets) -> None:
    """Its box may reach beyond the frame."""
    seen = watch(nets, [render(SIZE, [DrawnFace(45, 170, 190, seed=1)])] * 3)
    assert numbers(seen) == [[1]] * 3
    assert seen[-1].faces[0].box[0] < 0


def test_nothing_is_left_of_a_long_film(nets: FaceNets) -> None:
    """Shots come and go; no more is kept than of the last one."""
    tracker = FaceTracker(nets)
    for shot in range(12):
        picture = render(SIZE, [DrawnFace(200 + 20 * shot, 170, 170, seed=shot)], shot)
        for frame in range(3):
            seen = tracker.see(still(picture, Fraction(shot * 3 + frame, 25)))
    assert seen.shot == 11
    assert seen.faces[0].track == 12
    assert len(tracker._tracks) == 1
