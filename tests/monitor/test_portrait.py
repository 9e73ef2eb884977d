"""Whose mouth is watched, on drawn faces."""

from __future__ import annotations

from math import sin, tau

from scenes.drawn_face import DrawnFace, render, with_mouth
from scenes.face_models import face_nets
from twopop_engine.sync.monitor.portrait import Portrait

SIZE = (640, 360)
LEFT, RIGHT = DrawnFace(170, 180, 190, seed=1), DrawnFace(470, 180, 190, seed=2)


def talking(face: DrawnFace, time_s: float) -> DrawnFace:
    return with_mouth(face, 0.5 + 0.5 * sin(tau * 4 * time_s))


def test_the_face_that_talks_is_watched_and_a_change_is_said() -> None:
    portrait = Portrait(face_nets())
    watched: list[tuple[str, bool]] = []
    for number in range(100):
        at_s = number / 25
        left, right = (talking(LEFT, at_s), RIGHT) if number < 50 else (LEFT, talking(RIGHT, at_s))
        points, is_same = portrait.see_picture(at_s, render(SIZE, [left, right]))
        assert points is not None
        watched.append(("left" if points[:, 0].mean() < SIZE[0] / 2 else "right", is_same))
    assert {side for side, _ in watched[15:50]} == {"left"}
    assert {side for side, _ in watched[90:]} == {"right"}
    turns = [place for place in range(1, 100) if watched[place][0] != watched[place - 1][0]]
    assert turns and all(not watched[place][1] for place in turns)
    assert len(turns) <= 3


def test_nobody_is_nobody() -> None:
    portrait = Portrait(face_nets())
    assert portrait.see_picture(0.0, render(SIZE, []))[0] is None
    assert portrait.see_picture(0.04, render((16, 16), []))[0] is None
