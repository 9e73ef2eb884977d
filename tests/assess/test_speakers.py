"""Answers for one and several faces, and the right reason where none can be given."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from planted.scoremaps import Planted, constant, score_map
from twopop_engine.sync.assess.answer import Reason, Span, Window
from twopop_engine.sync.assess.confidence import calibration
from twopop_engine.sync.assess.field import Field
from twopop_engine.sync.assess.reasons import SENTENCES, FaceFacts
from twopop_engine.sync.assess.speakers import Heard, Judge, speaker_answers
from twopop_engine.sync.assess.summary import summed_up
from twopop_engine.sync.scores import LseFigures

JUDGE = Judge(calibration("default"), "a.model", "ebu-r37", Fraction(25), with_evidence=True)
NOBODY = Planted(signal=0.0)
"""A face whose lips fit the sound nowhere."""


def _heard(
    planted: Planted, seed: int = 1, track: int = 1, *, profile_share: float = 0.0, width_px: float = 120.0
) -> Heard:
    span = Span(planted.start_s, planted.start_s + planted.duration_s)
    about = FaceFacts(track, span, planted.duration_s, profile_share, width_px)
    return Heard(about, Field.of(score_map(planted, seed)), None)


def _reason(one: Heard) -> Reason:
    (answer,) = speaker_answers([one], JUDGE)
    assert answer.verdict == "cannot_tell"
    assert answer.offset_s is None
    assert answer.uncertainty_s is None
    assert answer.course == ""
    assert not answer.standards
    assert answer.explanation == SENTENCES[answer.reason]
    return answer.reason


def test_a_told_offset_comes_with_everything() -> None:
    (answer,) = speaker_answers([_heard(Planted(constant(0.12), pauses=((8, 12),)))], JUDGE)
    assert answer.offset_s == pytest.approx(0.12, abs=0.02)
    assert answer.uncertainty_s is not None and 0 < answer.uncertainty_s < 0.02
    assert (answer.verdict, answer.reason, answer.course) == ("out_of_sync", "", "constant")
    assert answer.standards == {
        "itu-r-bt1359-detect": False,
        "itu-r-bt1359-accept": False,
        "ebu-r37": False,
        "atsc-is191": False,
        "noticeable-100ms": False,
        "one-frame": False,
    }
    assert "leads by 1" in answer.explanation and "outside ebu-r37" in answer.explanation
    assert answer.curve is not None
    best = answer.curve.first_lag_s + answer.curve.step_s * int(np.argmax(answer.curve.values))
    assert best == pytest.approx(answer.offset_s, abs=0.01)
    assert len(answer.speaking) >= 2
    assert sum(span.stop_s - span.start_s for span in answer.speaking) == pytest.approx(16, abs=3)


def test_the_verdict_is_that_of_the_standard_asked_for() -> None:
    one = _heard(Planted(constant(-0.1), signal=3))
    for standard, verdict in (("ebu-r37", "out_of_sync"), ("itu-r-bt1359-detect", "in_sync")):
        (answer,) = speaker_answers([one], replace(JUDGE, standard=standard))
        assert answer.verdict == verdict


def test_a_drift_is_in_sync_only_when_it_is_all_through() -> None:
    drifting = _heard(Planted(lambda time_s: -0.2 + 0.4 * time_s / 60, duration_s=60))
    (answer,) = speaker_answers([drifting], JUDGE)
    assert answer.course == "drifting"
    assert abs(answer.offset_s or 0.0) < 0.02
    assert answer.verdict == "out_of_sync"
    assert not answer.standards["itu-r-bt1359-accept"]


def test_figures_of_syncnet_are_passed_on() -> None:
    figures = LseFigures(5.353, 10.021, 5.3, 10.0)
    (answer,) = speaker_answers([replace(_heard(Planted()), lse=figures)], JUDGE)
    assert answer.lse == figures


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (_heard(Planted(signal=0.0, duration_s=1.2)), "too_short"),
        (_heard(replace(NOBODY, pauses=((0, 99),))), "no_speech"),
        (_heard(replace(NOBODY, still=True)), "still_face"),
        (_heard(NOBODY, profile_share=0.8), "turned_away"),
        (_heard(NOBODY, width_px=12.0), "small_face"),
        (_heard(replace(NOBODY, missing=((0.5, 99),))), "too_short"),
        (_heard(NOBODY), "no_match"),
        (_heard(Planted(constant(1.05), noise=0.2)), "no_match"),
    ],
)
def test_each_reason_has_its_cause(one: Heard, reason: Reason) -> None:
    assert _reason(one) == reason


def test_equal_peaks_are_ambiguous() -> None:
    first, second = (score_map(Planted(constant(place)), seed) for place, seed in ((-0.3, 1), (0.3, 2)))
    both = Field.of(replace(first, sums=first.sums + second.sums))
    one = Heard(FaceFacts(1, Span(0, 20), 20.0, 0.0, 120.0), both, None)
    assert _reason(one) == "ambiguous"


def test_the_first_reason_that_holds_is_told() -> None:
    everything = replace(NOBODY, duration_s=1.2, pauses=((0, 99),), still=True)
    assert _reason(_heard(everything, profile_share=1.0, width_px=5.0)) == "too_short"
    assert _reason(_heard(replace(everything, duration_s=8), profile_share=1.0, width_px=5.0)) == "no_speech"
    assert _reason(_heard(replace(NOBODY, still=True), profile_share=1.0, width_px=5.0)) == "still_face"
    assert _reason(_heard(NOBODY, profile_share=1.0, width_px=5.0)) == "turned_away"


def test_who_listens_is_not_speaking() -> None:
    speaker, listener = _heard(Planted(constant(0.1))), _heard(NOBODY, 5, 2)
    told, refused = speaker_answers([speaker, listener], JUDGE)
    assert told.verdict == "out_of_sync"
    assert (refused.verdict, refused.reason) == ("cannot_tell", "not_speaking")
    assert summed_up(Path("a.mov"), [told, refused], 25.0, 20.0).verdict == "out_of_sync"


def test_shots_too_short_to_be_told_alone_are_told_together() -> None:
    shots = [_heard(Planted(constant(0.1), duration_s=2.4, signal=1.2, start_s=3.0 * k), k, k + 1) for k in range(12)]
    alone = [answer for shot in shots for answer in speaker_answers([shot], JUDGE)]
    together = speaker_answers(shots, JUDGE)
    assert sum(answer.offset_s is not None for answer in alone) <= 4
    told = [answer.offset_s for answer in together if answer.offset_s is not None]
    assert len(told) >= 8
    assert told == pytest.approx([0.1] * len(told), abs=0.05)


def test_speakers_that_disagree_leave_the_file_untold() -> None:
    answers = speaker_answers([_heard(Planted(constant(0.1)), 1, 1), _heard(Planted(constant(-0.1)), 2, 2)], JUDGE)
    assert [answer.offset_s for answer in answers] == pytest.approx([0.1, -0.1], abs=0.02)
    whole = summed_up(Path("a.mov"), answers, 25.0, 20.0)
    assert (whole.verdict, whole.reason) == ("cannot_tell", "speakers_disagree")
    assert whole.explanation == SENTENCES["speakers_disagree"]


def test_a_file_that_cannot_be_told_gives_the_most_telling_reason() -> None:
    answers = [
        *speaker_answers([_heard(NOBODY)], JUDGE),
        *speaker_answers([_heard(Planted(signal=0.0, duration_s=1.2), 3, 2)], JUDGE),
    ]
    whole = summed_up(Path("a.mov"), answers, 25.0, 20.0)
    assert (whole.verdict, whole.reason) == ("cannot_tell", "no_match")


def test_drifts_and_jumps_are_warned_of() -> None:
    answers = speaker_answers([_heard(Planted(lambda time_s: 0.2 * (time_s > 10), duration_s=25))], JUDGE)
    assert answers[0].course == "jumps"
    assert "jumps" in summed_up(Path("a.mov"), answers, 25.0, 25.0).warnings[0]


def test_windows_that_lie_apart_are_told_of() -> None:
    (told,) = speaker_answers([_heard(Planted(constant(0.17)))], JUDGE)
    windows = tuple(Window(start, 4.0, lag, 0.95) for start, lag in enumerate((0.135, 0.14, 0.167, 0.203)))
    (warning,) = summed_up(Path("a.mov"), [replace(told, windows=windows)], 25.0, 20.0).warnings
    assert warning.startswith("single windows say +135 to +203 ms")
    near = tuple(replace(window, offset_s=0.17) for window in windows)
    assert not summed_up(Path("a.mov"), [replace(told, windows=near)], 25.0, 20.0).warnings
