"""Scenes without a face: strikes, clicks and jumps whose moments are known, and motion that means nothing."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from planted.moving import RATE_HZ, SOUNDING, Heard, Kind, frame_times, measured, music, scene, sound
from twopop_engine.sync.assess.answer import Span, SpeakerAnswer
from twopop_engine.sync.assess.confidence import calibration
from twopop_engine.sync.assess.field import Field
from twopop_engine.sync.assess.impacts import MODEL_ID
from twopop_engine.sync.assess.motion import MotionMeter
from twopop_engine.sync.assess.onsets import STEP_S, onset_strength
from twopop_engine.sync.assess.speakers import Judge, impact_answer
from twopop_engine.sync.scores import ScoreMap

JUDGE = Judge(calibration(MODEL_ID), MODEL_ID, "ebu-r37", Fraction(25), with_evidence=False)
RATES = (Fraction(15), Fraction(25), Fraction(30000, 1001), None)
DURATION_S = 14.0


def _answer(scores: ScoreMap) -> SpeakerAnswer:
    return impact_answer(Field.of(scores), Span(0.0, DURATION_S), JUDGE)


@pytest.mark.parametrize("rate", RATES, ids=["15", "25", "29.97", "variable"])
@pytest.mark.parametrize("kind", SOUNDING)
def test_the_offset_of_strikes_and_jumps_is_found_at_every_rate(kind: Kind, rate: Fraction | None) -> None:
    told = []
    for seed, lead_s in enumerate((-0.32, -0.08, 0.0, 0.32), start=40):
        drawn = scene(kind, DURATION_S, seed)
        samples = sound(drawn.moments_s, DURATION_S, lead_s=lead_s, seed=seed)
        answer = _answer(measured(drawn, frame_times(rate, DURATION_S, seed), samples))
        if answer.offset_s is not None:
            told.append(answer.offset_s - lead_s)
    is_coarse = kind == "hits" and rate == Fraction(15)  # a bounce is seen in any of three frames
    assert np.abs(told).max(initial=0.0) <= (0.1 if is_coarse else 0.06)
    assert len(told) >= (1 if is_coarse else 3)


@pytest.mark.parametrize("kind", ["claps", "slate", "clicks", "slides"])
def test_the_offset_is_hardly_biased(kind: Kind) -> None:
    errors = []
    for seed in range(60, 66):
        drawn = scene(kind, DURATION_S, seed)
        for rate in (Fraction(25), Fraction(50)):
            scores = measured(drawn, frame_times(rate, DURATION_S), sound(drawn.moments_s, DURATION_S, seed=seed))
            found = _answer(scores).offset_s
            errors += [found] if found is not None else []
    assert len(errors) >= 10
    assert abs(float(np.mean(errors))) < 0.008


@pytest.mark.parametrize("kind", ["waving", "still", "traffic", "montage"])
@pytest.mark.parametrize("seed", range(3))
def test_motion_that_means_nothing_is_refused(kind: Kind, seed: int) -> None:
    drawn = scene(kind, DURATION_S, 90 + seed)
    samples = music(DURATION_S, seed) if seed else sound(scene("claps", DURATION_S, 7).moments_s, DURATION_S)
    answer = _answer(measured(drawn, frame_times(Fraction(25), DURATION_S), samples))
    assert answer.verdict == "cannot_tell"
    assert answer.reason in ("no_events", "no_match", "ambiguous")
    assert answer.explanation and "lips" not in answer.explanation and "mouth" not in answer.explanation


def test_sound_of_other_strikes_is_refused() -> None:
    wrong = 0
    for seed in range(20):
        drawn = scene(SOUNDING[seed % 5], DURATION_S, 200 + seed)
        samples = sound(scene("hits", DURATION_S, 400 + seed).moments_s, DURATION_S, seed=seed)
        wrong += _answer(measured(drawn, frame_times(Fraction(25), DURATION_S), samples)).offset_s is not None
    assert wrong <= 1


def test_a_still_picture_and_silence_have_no_events() -> None:
    still = measured(scene("still"), frame_times(Fraction(25), 12.0), np.zeros(12 * RATE_HZ, np.float32))
    answer = impact_answer(Field.of(still), Span(0, 12), JUDGE)
    assert (answer.verdict, answer.reason) == ("cannot_tell", "no_events")


def test_one_frame_is_no_motion() -> None:
    meter = MotionMeter()
    meter.see_small(Fraction(0), scene("claps").draw(0.0))
    assert len(meter.events().times_s) == 0
    empty = measured(scene("claps"), [Fraction(0)], np.zeros(RATE_HZ, np.float32))
    assert impact_answer(Field.of(empty), Span(0, 0), JUDGE).reason == "no_events"


def test_events_at_120_frames_a_second_are_those_at_60() -> None:
    drawn = scene("slides", 6.0)
    ranked = []
    for rate in (60, 120):
        meter = MotionMeter()
        for time in frame_times(Fraction(rate), 6.0):
            meter.see_small(time, drawn.draw(float(time)))
        events = meter.events()
        ranked.append(sorted(events.times_s[np.argsort(events.strengths)[-len(drawn.moments_s) :]]))
    assert ranked[0] == pytest.approx(ranked[1], abs=0.011)
    assert ranked[0] == pytest.approx(drawn.moments_s, abs=0.011)


def test_onsets_stand_where_sounds_begin() -> None:
    samples = 0.001 * np.random.default_rng(1).standard_normal(4 * RATE_HZ).astype(np.float32)
    for moment in (0.5, 1.234, 2.718, 3.3):
        begin = round(moment * RATE_HZ)
        samples[begin : begin + 800] += 0.5 * np.random.default_rng(2).standard_normal(800).astype(np.float32)
    strength = onset_strength(Heard(samples))
    assert len(strength) == 4 * RATE_HZ // 80 + 1
    for moment in (0.5, 1.234, 2.718, 3.3):
        near = np.arange(round((moment - 0.05) / STEP_S), round((moment + 0.05) / STEP_S))
        centre = np.sum(near * strength[near] ** 2) / np.sum(strength[near] ** 2) * STEP_S
        assert centre == pytest.approx(moment + 0.0035, abs=0.004)
