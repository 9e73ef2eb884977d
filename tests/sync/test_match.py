"""Placements against scenes whose answer is known exactly."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from scenes import clock, speech
from scenes.pairs import Kind, Pair, Spec, Unrelated, make_pair
from scenes.recorder import Cut, Recording, Side
from twopop_engine.sync.match import Match, Refusal, match_sounds
from twopop_engine.sync.sound import Sound, prepare
from twopop_engine.sync.speed import named_change

CLEAN = Spec(seed=1, kind="synthetic", split="test", reference_s=40.0, excerpt_s=20.0, start_s=11.3)
FAR = Side(snr_db=10.0, drr_db=-3.0, rt60_s=0.5, band_hz=8000.0, noise="pink")


def mono(recording: Recording) -> Sound:
    return prepare([np.ascontiguousarray(recording.heard().mean(axis=0))], recording.rate_hz)


@cache
def pair_of(spec: Spec) -> Pair:
    return make_pair(spec)


def matched(spec: Spec) -> Match:
    pair = pair_of(spec)
    answer = match_sounds(mono(pair.reference), mono(pair.other))
    assert isinstance(answer, Match), answer
    return answer


CASES = {
    "clean": CLEAN,
    "far": replace(CLEAN, reference=FAR),
    "far, other side": replace(CLEAN, other=FAR),
    "five seconds": replace(CLEAN, excerpt_s=5.0, reference=replace(FAR, snr_db=0.0)),
    "noise 10 dB above": replace(CLEAN, reference=replace(FAR, snr_db=-10.0)),
    "before the reference": replace(CLEAN, start_s=-8.2),
    "beyond the reference": replace(CLEAN, start_s=29.7),
    "fast clock": replace(CLEAN, drift_ppm=60.0, reference=FAR),
    "slow clock": replace(CLEAN, drift_ppm=-100.0, reference=FAR),
    "other rates": replace(CLEAN, other=Side(rate_hz=44100), reference=replace(FAR, rate_hz=32000)),
    "inverted": replace(CLEAN, other=Side(inverted=True), reference=FAR),
    "coded": replace(CLEAN, other=Side(codec="mp3"), reference=replace(FAR, codec="aac")),
    "runs on": replace(CLEAN, reference_s=15.0, excerpt_s=90.0, start_s=-40.0, reference=FAR),
    "runs on, fast clock": replace(
        CLEAN, reference_s=15.0, excerpt_s=90.0, start_s=-40.0, drift_ppm=60.0, reference=FAR
    ),
    "music": replace(CLEAN, kind="music", reference=FAR, seed=3),
}


@pytest.mark.parametrize("name", CASES)
def test_places_within_a_hundredth_of_a_millisecond(name: str) -> None:
    spec = CASES[name]
    answer = matched(spec)
    truth = pair_of(spec).truth
    assert truth is not None
    line = answer.placement.line
    # At the middle of what was measured; further out the drift's own error counts.
    expected = truth.start_s + line.middle_s / (1 + truth.drift_ppm / 1e6)
    assert line.start_s + line.middle_s * line.slope == pytest.approx(expected, abs=1e-5)
    assert answer.placement.drift_ppm == pytest.approx(truth.drift_ppm, abs=3.0 if spec.excerpt_s > 5 else 10.0)
    assert line.inverted == truth.inverted_polarity
    assert answer.confidence > 0.9
    assert len(answer.segments) == 1


@pytest.mark.parametrize("pull", clock.PULLS)
def test_detects_and_names_speed_changes(pull: str) -> None:
    ppm = clock.ppm_of(clock.PULLS[pull])
    answer = matched(replace(CLEAN, drift_ppm=ppm, reference=replace(FAR, drr_db=3.0)))
    assert answer.placement.drift_ppm == pytest.approx(ppm, abs=2.0)
    change = named_change(answer.placement.drift_ppm)
    assert change is not None
    assert float(change.ratio) == pytest.approx(1 + ppm / 1e6, rel=1e-9)


def test_a_crystal_is_no_speed_change() -> None:
    assert named_change(100.0) is None
    assert named_change(-100.0) is None


def test_a_recorder_that_paused_and_lost_sound_lies_in_pieces() -> None:
    spec = replace(CLEAN, reference_s=90.0, excerpt_s=60.0, start_s=5.0, cuts=(Cut(20.0, 7.5), Cut(40.0, 0.02)))
    pair = pair_of(spec)
    answer = matched(spec)
    assert pair.truth is not None
    assert len(answer.segments) == 3
    for found, true in zip(answer.segments, pair.truth.pieces, strict=True):
        # The line is exact everywhere; its ends are known as well as there is sound to tell.
        assert found.start_s - found.other_start_s == pytest.approx(true.start_s - true.other_start_s, abs=2e-5)
        assert found.other_start_s == pytest.approx(true.other_start_s, abs=0.3)


def test_segments_cover_the_file_without_gap() -> None:
    answer = matched(replace(CLEAN, reference_s=60.0, excerpt_s=40.0, start_s=5.0, cuts=(Cut(20.0, 5.0),)))
    at_s = 0.0
    for segment in answer.segments:
        assert segment.other_start_s == pytest.approx(at_s, abs=1e-9)
        at_s += segment.duration_s
    assert at_s == pytest.approx(35.0, abs=0.01)


@pytest.mark.parametrize("kind", ["synthetic", "music"])
@pytest.mark.parametrize("seed", range(4))
def test_unrelated_sound_is_refused(kind: Kind, seed: int) -> None:
    unrelated: Unrelated = "same hum" if seed % 2 else "other material"
    spec = replace(CLEAN, kind=kind, seed=seed, unrelated=unrelated, excerpt_s=8.0, reference=FAR)
    pair = make_pair(spec)
    answer = match_sounds(mono(pair.reference), mono(pair.other))
    assert isinstance(answer, Refusal)
    assert answer.reason in ("unrelated", "ambiguous")
    assert answer.confidence < 0.5


def test_a_loop_fits_in_several_places() -> None:
    bar = speech.synthetic_speech(4.0, np.random.default_rng(5))
    answer = match_sounds(prepare([np.tile(bar, 10)], 48000), prepare([bar], 48000))
    assert isinstance(answer, Refusal)
    assert answer.reason == "ambiguous"


def test_too_short_and_silent_are_refused() -> None:
    sound = prepare([speech.synthetic_speech(10.0, np.random.default_rng(1))], 48000)
    short = prepare([speech.synthetic_speech(0.2, np.random.default_rng(1))], 48000)
    silent = prepare([np.zeros(480000, np.float32)], 48000)
    for other, reference, reason in (
        (short, sound, "too_short"),
        (silent, sound, "silent"),
        (sound, silent, "reference_silent"),
    ):
        answer = match_sounds(reference, other)
        assert isinstance(answer, Refusal)
        assert answer.reason == reason


def test_an_expectation_is_looked_at_and_checked() -> None:
    pair = pair_of(CLEAN)
    reference, other = mono(pair.reference), mono(pair.other)
    right = match_sounds(reference, other, (6.0, 16.0))
    wrong = match_sounds(reference, other, (-9.0, 1.0))
    assert isinstance(right, Match)
    assert isinstance(wrong, Match)
    assert wrong.placement.line.start_s == pytest.approx(right.placement.line.start_s, abs=1e-6)


def test_a_report_that_raises_stops_the_search() -> None:
    def stop() -> None:
        raise InterruptedError

    sound = prepare([speech.synthetic_speech(10.0, np.random.default_rng(2))], 48000)
    with pytest.raises(InterruptedError):
        match_sounds(sound, sound, report=stop)


@pytest.mark.parametrize("clip", range(6))
def test_a_short_clip_is_found_under_a_recorder_that_ran_on(clip: int) -> None:
    """The recorder runs over many takes: what promises most in it hardly lies under any one of them."""
    rate_hz = speech.RATE_HZ
    scene = np.concatenate([speech.synthetic_speech(20.0, np.random.default_rng(50 + part)) for part in range(9)])
    start_s = 4.0 + 29.0 * clip
    camera = prepare([scene[round(start_s * rate_hz) :][: 15 * rate_hz]], rate_hz)
    answer = match_sounds(camera, prepare([scene], rate_hz))
    assert isinstance(answer, Match), answer
    assert abs(answer.placement.at(start_s + 7.5) - 7.5) < 1e-5  # in its middle; further out the drift's error counts
    assert answer.confidence > 0.98


def test_a_short_clip_of_another_day_is_refused_by_a_recorder_that_ran_on() -> None:
    rate_hz = speech.RATE_HZ
    scene = np.concatenate([speech.synthetic_speech(20.0, np.random.default_rng(50 + part)) for part in range(9)])
    other_day = speech.synthetic_speech(15.0, np.random.default_rng(99))
    answer = match_sounds(prepare([other_day], rate_hz), prepare([scene], rate_hz))
    assert isinstance(answer, Refusal) and answer.reason == "unrelated"
