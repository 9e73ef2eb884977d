import dataclasses
from pathlib import Path

import pytest
from cases import Case
from findings import calibration_error, page, summary
from tables import Outcome, report
from trial import Trial, errors_s
from warm_engine import Answer

from scenes.pairs import Piece, Truth
from twopop.v1 import media_pb2, sync_pb2

RIGHT = Trial(
    key="test/1/true/0",
    kind="speech",
    unrelated=None,
    overlap_s=30,
    snr_db=5,
    drr_db=0,
    drift_ppm=20,
    matched=True,
    reason="",
    confidence=1.0,
    error_s=1e-5,
    start_error_s=1e-5,
    uncertainty_s=1e-5,
    drift_error_ppm=0.1,
    polarity_right=True,
    pieces=1,
    segments=1,
    wall_s=0.5,
    spec={},
)
STRANGER = dataclasses.replace(
    RIGHT,
    key="test/1/unrelated/0",
    unrelated="same noise",
    matched=False,
    reason="unrelated",
    confidence=0.0,
    error_s=None,
    start_error_s=None,
    drift_error_ppm=None,
    polarity_right=None,
)


def test_honest_confidence_has_no_calibration_error() -> None:
    assert calibration_error([RIGHT, STRANGER]) == pytest.approx(0)


def test_calibration_error_is_the_gap_between_confidence_and_share_right() -> None:
    wrong = dataclasses.replace(RIGHT, error_s=0.2)
    boastful = [RIGHT, wrong, wrong, wrong]
    assert calibration_error(boastful) == pytest.approx(0.75)
    assert calibration_error([*boastful, STRANGER]) == pytest.approx(0.375)


def test_refused_true_pairs_do_not_count_for_calibration() -> None:
    refused = dataclasses.replace(RIGHT, matched=False, confidence=0.4, error_s=None)
    assert calibration_error([RIGHT, refused]) == pytest.approx(0)


def test_the_sum_names_what_missed_its_goal() -> None:
    invented = dataclasses.replace(STRANGER, key="test/1/unrelated/1", matched=True, confidence=0.99)
    far = dataclasses.replace(RIGHT, key="test/1/true/1", error_s=0.02, start_error_s=0.02)
    figures = summary([RIGHT, far, STRANGER, invented])
    assert figures["matches off by more than 5 ms (goal: 0)"] == 1
    assert figures["unrelated pairs refused, share (goal: 0.995)"] == 0.5
    assert figures["matched, 5 s or more at 0 dB or more (goal: 0.98)"] == 1
    text = page([RIGHT, far, STRANGER, invented])
    assert "| test/1/unrelated/1 | speech, same noise |" in text
    assert "| 20 to 60 s |  | 2/2 |" in text


def test_errors_follow_the_segments_of_the_answer() -> None:
    drift_ppm = 100.0
    truth = Truth(5.0, drift_ppm, False, (Piece(0.0, 20.002, 5.0), Piece(20.002, 30.003, 28.0)))
    answer = sync_pb2.MatchPair(
        segments=[
            media_pb2.Segment(other_start_s=0, duration_s=20.002, start_s=5.0, drift_ppm=drift_ppm),
            media_pb2.Segment(
                other_start_s=20, duration_s=30, start_s=28.0 - 0.002 / 1.0001 + 0.25, drift_ppm=drift_ppm
            ),
        ]
    )
    assert list(errors_s(truth, answer)) == pytest.approx([0, 0, 0.25, 0.25], abs=1e-9)


def test_errors_of_a_whole_recording_are_taken_at_its_ends() -> None:
    truth = Truth(5.0, 0.0, False, (Piece(0.0, 100.0, 5.0),))
    answer = sync_pb2.MatchPair(
        segments=[media_pb2.Segment(other_start_s=0, duration_s=100, start_s=5.0, drift_ppm=10)]
    )
    assert list(errors_s(truth, answer)) == pytest.approx([0, -0.001], rel=1e-4)


def outcome(start_s: float | None, drift_ppm: float | None) -> Outcome:
    case = Case("c", Path("a"), Path("b"), 10.0, 50.0, 100.0, 200.0)
    return Outcome(case, {"twopop": Answer(start_s, 1.0, drift_ppm), "decoding alone": Answer(None, 0.1)})


def test_a_tool_is_judged_where_it_fits_worst() -> None:
    assert outcome(10.0, 50.0).error_s("twopop") == pytest.approx(0)
    assert outcome(10.0, 40.0).error_s("twopop") == pytest.approx(0.001)
    assert outcome(None, None).error_s("twopop") is None


def test_one_offset_is_at_best_half_the_slide_off() -> None:
    # Over 100 s a clock that is 50 ppm fast slides the offset from 10 s to 9.995 s.
    assert outcome(9.9975, None).error_s("twopop") == pytest.approx(0.0025)
    assert outcome(9.995, None).error_s("twopop") == pytest.approx(0.005)


def test_the_comparison_gives_ratios() -> None:
    ours = outcome(10.0, 40.0)
    both = Outcome(ours.case, {**ours.answers, "peer": Answer(9.996, 3.0)})
    text = report([both], "a machine", 1)
    assert "| c | 1.000 | 4.000 (4.0x) |" in text
    assert "| c | 1.000 | 3.000 (3.0x) |" in text
    assert "| peer | 1 | 0 | 0 | 1 of 1 |" in text
