"""Whether constant, drifting and jumping offsets are told from each other, and how exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from planted.scoremaps import Planted, constant, score_map
from twopop_engine.sync.assess.confidence import calibration
from twopop_engine.sync.assess.course import Run, best_run
from twopop_engine.sync.assess.field import Field
from twopop_engine.sync.assess.windows import windows_of

CALIBRATION = calibration("default")


def _runs(offset_s: Callable[[float], float], duration_s: float, signal: float = 2.0, count: int = 8) -> list[Run]:
    planted = Planted(offset_s, duration_s=duration_s, signal=signal)
    runs = [best_run(Field.of(score_map(planted, seed)), CALIBRATION) for seed in range(count)]
    return [run for run in runs if run is not None]


@pytest.mark.parametrize("duration_s", [10, 60, 300])
def test_a_constant_offset_is_constant(duration_s: float) -> None:
    runs = _runs(constant(0.12), duration_s, count=20)
    told = [run for run in runs if run.confidence >= CALIBRATION.threshold]
    assert len(told) >= 18
    assert {run.course for run in told} == {"constant"}
    assert all(abs(run.offset_s - 0.12) < 0.03 and run.drift_ppm is None for run in told)


@pytest.mark.parametrize(("duration_s", "ppm"), [(60, 1000), (60, -5000), (300, 1000), (20, 5000)])
def test_a_drift_is_measured(duration_s: float, ppm: float) -> None:
    runs = _runs(lambda time_s: ppm / 1e6 * time_s, duration_s)
    told = [run for run in runs if run.confidence >= CALIBRATION.threshold]
    assert len(told) >= 6
    assert {run.course for run in told} == {"drifting"}
    within = 0.04 / duration_s * 1e6
    for run in told:
        assert run.drift_ppm is not None
        assert run.drift_ppm == pytest.approx(ppm, abs=within)
        middle = np.array([duration_s / 2])
        assert run.lags_at(middle)[0] == pytest.approx(ppm / 1e6 * duration_s / 2, abs=0.015)


@pytest.mark.parametrize(("duration_s", "at_s", "by_s"), [(60, 33.4, 0.2), (20, 8, -0.2), (300, 290, 0.2)])
def test_a_jump_is_found_to_about_a_second(duration_s: float, at_s: float, by_s: float) -> None:
    for run in _runs(lambda time_s: 0.05 + by_s * (time_s >= at_s), duration_s):
        assert run.course == "jumps"
        assert run.confidence >= CALIBRATION.threshold
        first, second = run.stretches
        assert second.start_s == pytest.approx(at_s, abs=max(1.0, duration_s / 240))
        assert first.offset_s == pytest.approx(0.05, abs=0.02)
        assert second.offset_s == pytest.approx(0.05 + by_s, abs=0.025)
        longest = max(run.stretches, key=lambda stretch: stretch.duration_s)
        assert run.offset_s == longest.offset_s


def test_two_jumps_leave_three_stretches() -> None:
    runs = _runs(lambda time_s: 0.0 if time_s < 40 else 0.2 if time_s < 80 else 0.05, 120, count=4)
    for run in runs:
        assert [stretch.offset_s for stretch in run.stretches] == pytest.approx([0.0, 0.2, 0.05], abs=0.02)
        assert run.lags_at(np.array([20.0, 60.0, 100.0])) == pytest.approx([0.0, 0.2, 0.05], abs=0.02)


def test_sound_of_something_else_runs_no_course() -> None:
    told = [run for run in _runs(constant(0.0), 60, signal=0.0, count=60) if run.confidence >= CALIBRATION.threshold]
    assert len(told) <= 1


def test_windows_follow_a_jump() -> None:
    planted = Planted(lambda time_s: 0.05 + 0.2 * (time_s >= 30), duration_s=60, signal=2)
    windows = windows_of(Field.of(score_map(planted)), CALIBRATION)
    middles = [window.start_s + window.duration_s / 2 for window in windows]
    assert middles == sorted(middles)
    assert windows[0].start_s == 0
    assert windows[-1].start_s + windows[-1].duration_s == pytest.approx(60)
    before = [window for window in windows if window.start_s + window.duration_s <= 30]
    after = [window for window in windows if window.start_s >= 30]
    for truth, part in ((0.05, before), (0.25, after)):
        told = [window.offset_s for window in part if window.offset_s is not None]
        assert len(told) >= 0.8 * len(part)
        assert np.mean(np.abs(np.array(told) - truth) < 0.04) >= 0.9


def test_windows_grow_where_evidence_is_thin() -> None:
    thin = windows_of(Field.of(score_map(Planted(constant(0.1), duration_s=40, signal=0.9))), CALIBRATION)
    rich = windows_of(Field.of(score_map(Planted(constant(0.1), duration_s=40, signal=3))), CALIBRATION)
    assert max(window.duration_s for window in thin) > 4
    assert {window.duration_s for window in rich} == {4}


def test_a_short_face_has_one_window_and_a_gap_none() -> None:
    short = windows_of(Field.of(score_map(Planted(constant(0.1), duration_s=2.0))), CALIBRATION)
    assert [(window.start_s, window.duration_s) for window in short] == [(0.0, 2.0)]
    gap = windows_of(Field.of(score_map(Planted(constant(0.1), duration_s=40, missing=((10, 30),)))), CALIBRATION)
    assert not [window for window in gap if window.start_s >= 10 and window.start_s + window.duration_s <= 30]
