"""Finding drawn faces, whose places are known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.stage import SIZE, search, still
from scenes.drawn_face import DrawnFace, render
from twopop_engine.faces.detector import Detection, merged, overlap, tiles, whole
from twopop_engine.faces.nets import FaceNets


def found_at(box: tuple[float, float, float, float], score: float) -> Detection:
    return Detection(box, np.zeros((6, 2)), score)


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (400, 400), (721, 405)])
@pytest.mark.parametrize("seed", range(5))
def test_a_face_is_found_where_it_is_drawn(nets: FaceNets, size: tuple[int, int], seed: int) -> None:
    face = DrawnFace(size[0] * 0.4, size[1] * 0.45, 150, seed=seed)
    found = whole(still(render(size, [face], seed)), nets)
    assert len(found) == 1
    for place, point in enumerate([(-0.3, -0.06), (0.3, -0.06), (0, 0.26), (0, 0.5)]):
        np.testing.assert_allclose(found[0].points[place], face.point(*point), atol=0.07 * face.size)


def test_nobody_is_found_in_a_room(nets: FaceNets) -> None:
    for seed in range(8):
        assert whole(still(render(SIZE, [], seed)), nets) == ()


@pytest.mark.parametrize(
    ("size", "place", "height", "seed"),
    [
        ((454, 256), (120, 100), 20, 0),
        ((454, 256), (300, 140), 20, 3),
        ((1080, 1920), (300, 500), 60, 2),
        ((1920, 1080), (1500, 300), 40, 1),
    ],
)
def test_small_faces_are_found_by_tiles(
    nets: FaceNets, size: tuple[int, int], place: tuple[int, int], height: int, seed: int
) -> None:
    face = DrawnFace(*place, height, seed=seed)
    best = search(nets, render(size, [face], seed))[0]
    assert abs((best.box[0] + best.box[2]) / 2 - face.x) < height / 3
    assert abs((best.box[1] + best.box[3]) / 2 - face.y) < height / 3


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_tiles_cover_the_frame(width: int, height: int) -> None:
    laid = tiles((width, height))
    for side in {tile[2] for tile in laid}:
        lefts = sorted({tile[0] for tile in laid if tile[2] == side})
        tops = sorted({tile[1] for tile in laid if tile[2] == side})
        for starts, length in ((lefts, width), (tops, height)):
            assert starts[0] <= 0 and starts[-1] + side >= length
            assert all(after - before <= 0.76 * side for before, after in pairwise(starts))
    assert len(laid) <= 80 or max(width, height) > 4 * min(width, height)


def test_detections_of_one_face_are_averaged_by_score() -> None:
    one, other, away = found_at((0, 0, 10, 10), 0.9), found_at((1, 0, 11, 10), 0.6), found_at((40, 0, 50, 10), 0.7)
    first, second = merged([other, away, one])
    assert first.box == pytest.approx((0.4, 0, 10.4, 10))
    assert first.score == 0.9
    assert second.box == away.box


def test_overlap() -> None:
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1
    assert overlap((0, 0, 2, 2), (2, 0, 4, 2)) == 0
