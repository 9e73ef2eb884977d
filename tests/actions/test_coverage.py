"""Which recordings are chosen for a stretch."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from shoot import Camera, Recorder, Shoot
from twopop.v1 import sync_pb2
from twopop_actions.sync.coverage import Cover, Span, bridge, choose, subtract, total

CAMERA = Camera("/a.mov", Fraction(0), Fraction(100))
WINDOW = (Fraction(20), Fraction(40))


def cover(recorder: Recorder) -> Cover:
    """What the engine would measure of a recorder."""
    shoot = Shoot.of(CAMERA, recorder)
    request = sync_pb2.MatchRequest(
        reference=sync_pb2.MatchSource(paths=[CAMERA.path]), others=[sync_pb2.MatchSource(paths=recorder.paths)]
    )
    return Cover.of(recorder.message(), shoot.match(request).pairs[0])


def chosen(*recorders: Recorder) -> list[tuple[str, list[tuple[float, float]]]]:
    """Names and spans of the choices."""
    return [
        (choice.cover.recording.name, [(float(a), float(b)) for a, b in choice.parts])
        for choice in choose([cover(recorder) for recorder in recorders], WINDOW)
    ]


def rec(name: str, start: float, end: float, **more: object) -> Recorder:
    """A recorder that ran from start to end of the camera's clock."""
    return Recorder(f"/{name}", Fraction(start), Fraction(end - start), **more)  # type: ignore[arg-type]


def test_one_that_covers_all() -> None:
    assert chosen(rec("a.wav", 0, 100)) == [("a", [(20, 40)])]


def test_none_that_covers() -> None:
    assert chosen(rec("a.wav", 0, 20), rec("b.wav", 40, 60), rec("c.wav", 39.95, 60)) == []


def test_most_cover_first_others_fill() -> None:
    assert chosen(rec("a.wav", 0, 28), rec("b.wav", 25, 100)) == [("b", [(25, 40)]), ("a", [(20, 25)])]


def test_two_recorders_on_one_take_are_both_chosen() -> None:
    second = rec("b.wav", 5, 90, confidence=0.9)
    assert chosen(second, rec("a.wav", 0, 100)) == [("a", [(20, 40)]), ("b", [(20, 40)])]


def test_copies_of_a_file_are_one() -> None:
    copy = Recorder("/backup/a.wav", Fraction(0), Fraction(100))
    assert chosen(rec("a.wav", 0, 100), copy) == [("a", [(20, 40)])]


def test_a_renamed_copy_is_no_second_recorder() -> None:
    assert chosen(rec("a.wav", 0, 100), rec("copy of a.wav", 0, 100)) == [("a", [(20, 40)])]


def test_another_camera_only_fills() -> None:
    assert chosen(rec("b.mov", 0, 100), rec("a.wav", 0, 30)) == [("a", [(20, 30)]), ("b", [(30, 40)])]
    assert chosen(rec("b.mov", 0, 100), rec("a.wav", 0, 100)) == [("a", [(20, 40)])]


def test_pause_is_left_open_and_filled() -> None:
    paused = rec("a.wav", 0, 100, segments=((0.0, 25.0, 0.0), (25.0, 65.0, 35.0)))
    assert chosen(paused) == [("a", [(20, 25), (35, 40)])]
    assert chosen(paused, rec("b.wav", 24, 33)) == [("a", [(20, 25), (35, 40)]), ("b", [(25, 33)])]


def test_short_dropout_is_bridged() -> None:
    dropped = rec("a.wav", 0, 100, segments=((0.0, 25.0, 0.0), (25.0, 74.9, 25.1)))
    assert chosen(dropped) == [("a", [(20, 40)])]


def test_drift_stretches_the_cover() -> None:
    fast = cover(rec("a.wav", 10, 40.03, drift_ppm=1000.0))
    assert fast.stretches[0].end == Fraction("40")
    assert fast.source_at(Fraction(20)) == Fraction("10.01")
    assert fast.source_at(Fraction(50)) == Fraction("40.04")


spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: (Fraction(min(pair)), Fraction(max(pair)))),
    max_size=4,
)


@given(spans, spans)
def test_subtract_leaves_what_lies_outside(first: list[Span], second: list[Span]) -> None:
    joined = bridge(first)
    left = subtract(joined, second)
    for moment in (Fraction(n, 2) for n in range(81)):
        inside = any(a < moment < b for a, b in joined) and not any(a <= moment <= b for a, b in second)
        assert not inside or any(a <= moment <= b for a, b in left)
        outside = any(a < moment < b for a, b in second)
        assert not outside or not any(a < moment < b for a, b in left)
    assert total(left) <= total(joined)
