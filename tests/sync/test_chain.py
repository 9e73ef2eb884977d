"""Chaining against the arithmetic of clocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twopop_engine.media.segment import Segment
from twopop_engine.sync.chain import compose


def place(segment: Segment, file_s: float) -> float:
    """The reference's time of a file's time, from the definition in media.proto."""
    return segment.start_s + (file_s - segment.other_start_s) / (1 + segment.drift_ppm / 1e6)


PPM = st.floats(-1000, 1000)
START = st.floats(-3600, 3600)


@given(START, PPM, START, PPM, st.floats(0, 600))
def test_a_chain_is_one_map_after_the_other(a: float, p: float, b: float, q: float, file_s: float) -> None:
    outer, inner = Segment(0.0, 7200.0, a, p), Segment(0.0, 600.0, b, q)
    (chained,) = compose([outer], [inner])
    assert place(chained, file_s) == pytest.approx(place(outer, place(inner, file_s)), abs=1e-9)


def test_a_piece_is_carried_by_the_piece_that_it_begins_in() -> None:
    outer = [Segment(0.0, 10.0, 100.0, 0.0), Segment(10.0, 10.0, 200.0, 0.0)]
    pieces = compose(outer, [Segment(0.0, 5.0, 3.0, 0.0), Segment(5.0, 5.0, 12.0, 0.0)])
    assert [piece.start_s for piece in pieces] == [103.0, 202.0]


def test_a_piece_before_the_carrier_is_extrapolated() -> None:
    (piece,) = compose([Segment(0.0, 10.0, 100.0, 0.0)], [Segment(0.0, 5.0, -4.0, 0.0)])
    assert piece.start_s == 96.0
