"""Exact time, against tables that were worked out by hand from SMPTE ST 12-1 and against a label-by-label count."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twopop.timing import (
    Frames,
    Timecode,
    range_from_wire,
    range_to_wire,
    rational_from_wire,
    rational_to_wire,
    round_half_up,
    snap_rate,
)
from twopop.v1 import time_pb2

F = Fraction
NTSC = [F(24000, 1001), F(30000, 1001), F(48000, 1001), F(60000, 1001), F(120000, 1001)]
RATES = [*NTSC, F(24), F(25), F(30), F(48), F(50), F(60), F(96), F(100), F(120)]
DROP_RATES = [F(30000, 1001), F(60000, 1001)]
modes = st.sampled_from([(rate, False) for rate in RATES] + [(rate, True) for rate in DROP_RATES])


def count_labels(rate: Fraction, minutes: int) -> list[str]:
    """All drop-frame labels of the first minutes, by the rule itself: two (or four) are left out at the start of
    each minute that is not a multiple of ten."""
    nominal, dropped = round(rate), round(rate) // 15
    return [
        f"00:{minute:02}:{second:02};{frame:02}"
        for minute in range(minutes)
        for second in range(60)
        for frame in range(nominal)
        if not (minute % 10 and second == 0 and frame < dropped)
    ]


@pytest.mark.parametrize("rate", DROP_RATES)
def test_drop_frame_counts_as_the_rule_says(rate: Fraction) -> None:
    for frame, label in enumerate(count_labels(rate, 12)):
        timecode = Timecode(Frames(frame), rate, drop_frame=True)
        assert str(timecode) == label
        assert Timecode.parse(label, rate) == timecode


@pytest.mark.parametrize(
    ("label", "rate", "frame"),
    [
        ("00:00:59;29", F(30000, 1001), 1799),
        ("00:01:00;02", F(30000, 1001), 1800),
        ("00:10:00;00", F(30000, 1001), 17982),
        ("01:00:00;00", F(30000, 1001), 107892),
        ("23:59:59;29", F(30000, 1001), 2589407),
        ("00:01:00;04", F(60000, 1001), 3600),
        ("01:00:00;00", F(60000, 1001), 215784),
        ("01:00:00:00", F(30000, 1001), 108000),
        ("01:00:00:00", F(24000, 1001), 86400),
        ("01:00:00:00", F(25), 90000),
        ("10:20:30:24", F(25), 930774),
        ("00:00:01:59", F(60), 119),
        ("00:00:01:119", F(120), 239),
    ],
)
def test_labels_that_are_known(label: str, rate: Fraction, frame: int) -> None:
    timecode = Timecode.parse(label, rate)
    assert timecode.frame == frame
    assert timecode.drop_frame is (";" in label)
    assert str(timecode) == label


@given(modes, st.data())
def test_every_label_of_a_day_reads_back(mode: tuple[Fraction, bool], data: st.DataObject) -> None:
    rate, drop = mode
    day = 86400 * round(rate) - (round(rate) // 15 * (1440 - 144) if drop else 0)
    frame = data.draw(st.integers(0, day - 1))
    timecode = Timecode(Frames(frame), rate, drop)
    assert Timecode.parse(str(timecode), rate) == timecode
    assert str(Timecode(Frames(frame + day), rate, drop)) == str(timecode)  # the next day has the same labels


@given(st.sampled_from(DROP_RATES), st.integers(0, 86399))
def test_drop_frame_keeps_up_with_the_clock(rate: Fraction, second: int) -> None:
    """Within ten minutes it strays by two frames of 29.97 at most; what is left over grows to 86.4 ms in a day."""
    label = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    dropped = round(rate) // 15 if second % 60 == 0 and second // 60 % 10 else 0
    timecode = Timecode.parse(f"{label};{dropped:02}", rate)
    strays_s = 2 * F(1001, 30000) + F(864, 10000) * second / 86400
    assert abs(timecode.since_midnight - second) <= strays_s + dropped / rate
    plain = Timecode.parse(f"{label}:00", rate)
    assert plain.since_midnight == second * F(1001, 1000)


@given(modes, st.integers(0, 10**7))
def test_labels_grow_with_frames(mode: tuple[Fraction, bool], frame: int) -> None:
    rate, drop = mode
    now, following = (str(Timecode(Frames(frame + step), rate, drop)) for step in (0, 1))
    assert now != following
    assert now < following or following.startswith("00:00:00") or round(rate) > 100


@pytest.mark.parametrize(
    ("text", "rate", "problem"),
    [
        ("", F(25), "not a timecode of the form"),
        ("1:00:00:00", F(25), "not a timecode of the form"),
        ("01:00:00", F(25), "not a timecode of the form"),
        ("-1:00:00:00", F(25), "not a timecode of the form"),
        ("01:60:00:00", F(25), "not a timecode at 25 frames per second"),
        ("01:00:60:00", F(25), "not a timecode at 25 frames per second"),
        ("01:00:00:25", F(25), "not a timecode at 25 frames per second"),
        ("01:00:00:24", F(24000, 1001), "not a timecode at 24 frames per second"),
        ("00:01:00;01", F(30000, 1001), "a label that drop-frame timecode skips"),
        ("00:11:00;03", F(60000, 1001), "a label that drop-frame timecode skips"),
        ("01:00:00;00", F(25), "exists at 29.97 and 59.94 only, not at 25.000"),
        ("01:00:00;00", F(30), "exists at 29.97 and 59.94 only, not at 30.000"),
        ("01:00:00;00", F(24000, 1001), "exists at 29.97 and 59.94 only, not at 23.976"),
    ],
)
def test_what_is_no_timecode_is_refused(text: str, rate: Fraction, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Timecode.parse(text, rate)


@pytest.mark.parametrize(
    ("spellings", "rate"),
    [
        ([23.976, 23.98, 23.976024627685547, 23.976023976, 24000 / 1001, F(24000, 1001), F(2997, 125)], F(24000, 1001)),
        ([29.97, 29.970030, 29.97002983093262, F(2997, 100), 30000 / 1001], F(30000, 1001)),
        ([59.94, 59.9400599, 59.94005966186523], F(60000, 1001)),
        ([47.952, 47.95], F(48000, 1001)),
        ([119.88], F(120000, 1001)),
        ([24, 24.0, 24.0001, F(24)], F(24)),
        ([25.0, 24.999999], F(25)),
        ([30.0], F(30)),
        ([50], F(50)),
        ([60, 59.9999], F(60)),
        ([48000, 48000.0, 48000.0001], F(48000)),
        ([44100], F(44100)),
        ([48048], F(48048)),
        ([47952], F(47952)),
        ([12.5], F(25, 2)),
        ([15, 14.9999999], F(15)),
        ([1000 / 33], F(1000, 33)),
    ],
)
def test_known_spellings_snap_to_the_exact_rate(spellings: list[float | Fraction], rate: Fraction) -> None:
    assert [snap_rate(spelling) for spelling in spellings] == [rate] * len(spellings)


@given(st.sampled_from(RATES), st.floats(-1e-6, 1e-6))
def test_snapping_forgives_what_floats_do_and_is_stable(rate: Fraction, error: float) -> None:
    snapped = snap_rate(float(rate) * (1 + error))
    assert snapped == rate
    assert snap_rate(snapped) == snapped


@pytest.mark.parametrize("rate", [0, -25, 0.0, F(-1, 2)])
def test_a_rate_is_greater_than_zero(rate: float | Fraction) -> None:
    with pytest.raises(ValueError, match="must be greater than zero"):
        snap_rate(rate)


@given(st.fractions(), st.integers(-1000, 1000))
def test_rounding_moves_with_whole_steps(value: Fraction, step: int) -> None:
    assert round_half_up(value + step) == round_half_up(value) + step
    assert abs(round_half_up(value) - value) <= F(1, 2)


@pytest.mark.parametrize(("value", "rounded"), [(F(1, 2), 1), (F(-1, 2), 0), (F(-3, 2), -1), (F(5, 2), 3), (F(0), 0)])
def test_halves_round_up_on_both_sides_of_zero(value: Fraction, rounded: int) -> None:
    assert round_half_up(value) == rounded


int64 = st.integers(-(2**63), 2**63 - 1)
wire = st.builds(Fraction, int64, st.integers(1, 2**63 - 1))


@given(wire, wire)
def test_exact_time_survives_the_wire(start: Fraction, duration: Fraction) -> None:
    message = range_to_wire(start, duration)
    assert range_from_wire(time_pb2.TimeRange.FromString(message.SerializeToString())) == (start, duration)
    assert rational_from_wire(rational_to_wire(start)) == start


def test_an_unset_time_is_zero_and_a_negative_denominator_an_error() -> None:
    assert rational_from_wire(time_pb2.Rational()) == 0
    with pytest.raises(ValueError, match="greater than zero"):
        rational_from_wire(time_pb2.Rational(numerator=1, denominator=-2))
