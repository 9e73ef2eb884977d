"""The standards' bounds, exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest

from twopop.errors import OptionInvalid
from twopop_engine.sync.assess.standards import DEFAULT, STANDARDS, microseconds, passes, tolerance

RATE = Fraction(25)


@pytest.mark.parametrize(
    ("name", "lead_ms", "lag_ms"),
    [
        ("itu-r-bt1359-detect", 45, 125),
        ("itu-r-bt1359-accept", 90, 185),
        ("ebu-r37", 40, 60),
        ("atsc-is191", 15, 45),
        ("noticeable-100ms", 100, 100),
        ("one-frame", 40, 40),
    ],
)
def test_bounds_are_within_and_a_microsecond_more_is_not(name: str, lead_ms: int, lag_ms: int) -> None:
    beyond = Fraction(1, 10**6)
    for bound in (Fraction(lead_ms, 1000), -Fraction(lag_ms, 1000)):
        away = beyond if bound > 0 else -beyond
        assert passes(bound, RATE)[name]
        assert not passes(bound + away, RATE)[name]


def test_a_measured_bound_is_met_in_spite_of_binary_floats() -> None:
    assert microseconds(0.1 + 0.2 - 0.26) == Fraction(4, 100)
    assert tolerance("ebu-r37", RATE).holds(microseconds(0.04 + 1e-17))


def test_one_frame_is_one_of_the_video() -> None:
    rate = Fraction(30000, 1001)
    assert tolerance("one-frame", rate).holds(1 / rate)
    assert not tolerance("one-frame", rate).holds(1 / rate + Fraction(1, 10**6))
    assert not tolerance("one-frame", Fraction(120)).holds(Fraction(1, 100))


def test_every_standard_is_answered_and_the_default_is_one() -> None:
    assert set(passes(Fraction(0), RATE)) == set(STANDARDS)
    assert tolerance("", RATE) == tolerance(DEFAULT, RATE)


def test_an_unknown_standard_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(OptionInvalid, match=r"no 'r38'.*ebu-r37.*one-frame"):
        tolerance("r38", RATE)
