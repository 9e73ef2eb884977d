"""Whole files with drawn faces whose lips and sound are known, through the real face networks."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from planted.aperture import ApertureModel
from planted.moving import Samples, music
from scenes.drawn_face import DrawnFace, render, with_mouth
from scenes.drawn_film import talking_video, write_film
from scenes.face_models import face_nets
from twopop_engine.faces.tracker import FaceTracker
from twopop_engine.sync.assess.answer import VideoAnswer
from twopop_engine.sync.assess.options import AssessModels, AssessOptions
from twopop_engine.sync.assess.video import assess_video

RATE_HZ = 16000
DURATION_S = 12.0


@pytest.fixture(scope="session")
def models() -> AssessModels:
    nets = face_nets()
    return AssessModels(lambda: FaceTracker(nets), ApertureModel())


def _opening(seed: int, duration_s: float = DURATION_S) -> NDArray[np.float64]:
    """How far lips open at 200 Hz, with syllables of irregular length and pauses."""
    rng = np.random.default_rng(seed)
    curve = gaussian_filter1d(rng.standard_normal(round(duration_s * 200)), 12)
    pauses = gaussian_filter1d(rng.standard_normal(len(curve)), 80)
    opening = np.clip(curve / curve.std(), 0, 2.5) / 2.5 * (pauses > -0.5 * pauses.std())
    return np.asarray(opening, np.float64)


def _voice(opening: NDArray[np.float64], lead_s: float, seed: int = 1) -> Samples:
    """A buzz as loud as lips are open, early by `lead_s`."""
    times = np.arange(round(len(opening) / 200 * RATE_HZ)) / RATE_HZ
    loud = np.interp(times + lead_s, np.arange(len(opening)) / 200, opening, left=0, right=0)
    buzz = np.sign(np.sin(2 * np.pi * 120 * times)) + 0.2 * np.random.default_rng(seed).standard_normal(len(times))
    return np.asarray(0.3 * loud * buzz, np.float32)


def _frames(opening: NDArray[np.float64], rate: Fraction) -> NDArray[np.float64]:
    times = np.arange(int(len(opening) / 200 * rate)) / float(rate)
    return np.interp(times, np.arange(len(opening)) / 200, opening)


def _assess(path: Path, models: AssessModels, options: AssessOptions = AssessOptions()) -> VideoAnswer:  # noqa: B008
    return assess_video(path, models, options, lambda done, what: None)


@pytest.mark.parametrize(("rate", "lead_s"), [(Fraction(25), 0.2), (Fraction(30000, 1001), -0.12), (Fraction(50), 0)])
def test_a_talking_face_is_told_at_any_rate(
    tmp_path: Path, models: AssessModels, rate: Fraction, lead_s: float
) -> None:
    opening = _opening(1)
    path = talking_video(tmp_path / "a.mp4", _frames(opening, rate), rate, sound=_voice(opening, lead_s))
    answer = _assess(path, models)
    (speaker,) = answer.speakers
    assert (speaker.track, speaker.model, speaker.course) == (1, "test.aperture", "constant")
    assert speaker.offset_s == pytest.approx(lead_s, abs=0.015)
    assert answer.verdict == ("in_sync" if lead_s == 0 else "out_of_sync")
    assert speaker.speaking
    assert speaker.seen.stop_s == pytest.approx(DURATION_S, abs=0.1)


@pytest.mark.parametrize("kind", ["silence", "music", "stranger"])
def test_sound_of_something_else_is_refused(tmp_path: Path, models: AssessModels, kind: str) -> None:
    opening = _opening(1)
    sounds = {
        "silence": np.zeros(round(DURATION_S * RATE_HZ), np.float32),
        "music": music(DURATION_S),
        "stranger": _voice(_opening(9), 0.0),
    }
    path = talking_video(tmp_path / "a.mp4", _frames(opening, Fraction(25)), sound=sounds[kind])
    answer = _assess(path, models)
    assert answer.verdict == "cannot_tell"
    assert answer.reason == {"silence": "no_speech"}.get(kind, answer.reason)
    assert all(speaker.offset_s is None for speaker in answer.speakers)


def test_speech_over_a_still_face_is_told_as_that(tmp_path: Path, models: AssessModels) -> None:
    path = talking_video(tmp_path / "a.mp4", np.full(300, 0.1), sound=_voice(_opening(1), 0.0))
    answer = _assess(path, models)
    assert (answer.verdict, answer.reason) == ("cannot_tell", "still_face")


def test_of_two_faces_the_one_that_speaks_is_told(tmp_path: Path, models: AssessModels) -> None:
    talks, chews = _opening(1), _opening(7)
    left, right = DrawnFace(180, 170, 220, seed=1), DrawnFace(460, 170, 220, seed=2)
    pictures = (
        render((640, 360), [with_mouth(left, float(a)), with_mouth(right, float(b))], 0)
        for a, b in zip(_frames(talks, Fraction(25)), _frames(chews, Fraction(25)), strict=True)
    )
    path = write_film(tmp_path / "a.mp4", pictures, 25, _voice(talks, 0.12))
    answer = _assess(path, models)
    told = [speaker for speaker in answer.speakers if speaker.offset_s is not None]
    refused = [speaker for speaker in answer.speakers if speaker.offset_s is None]
    assert [speaker.offset_s for speaker in told] == pytest.approx([0.12], abs=0.015)
    assert [speaker.reason for speaker in refused] == ["not_speaking"]
    assert answer.verdict == "out_of_sync"


def test_a_jump_in_the_middle_is_found(tmp_path: Path, models: AssessModels) -> None:
    opening = _opening(3, 24.0)
    early, late = _voice(opening, 0.16), _voice(opening, 0.0)
    sound = np.concatenate([late[: 12 * RATE_HZ], early[12 * RATE_HZ :]])
    path = talking_video(tmp_path / "a.mp4", _frames(opening, Fraction(25)), sound=sound)
    answer = _assess(path, models)
    (speaker,) = answer.speakers
    assert speaker.course == "jumps"
    assert [stretch.offset_s for stretch in speaker.stretches] == pytest.approx([0.0, 0.16], abs=0.02)
    assert speaker.stretches[1].start_s == pytest.approx(12.0, abs=1.2)
    assert "jumps" in answer.warnings[0]


def test_a_range_tells_its_own_part(tmp_path: Path, models: AssessModels) -> None:
    opening = _opening(3, 20.0)
    early, late = _voice(opening, 0.16), _voice(opening, 0.0)
    sound = np.concatenate([late[: 10 * RATE_HZ], early[10 * RATE_HZ :]])
    path = talking_video(tmp_path / "a.mp4", _frames(opening, Fraction(25)), sound=sound)
    options = replace(AssessOptions(), start=Fraction(10), duration=Fraction(10))
    (speaker,) = _assess(path, models, options).speakers
    assert speaker.offset_s == pytest.approx(0.16, abs=0.02)
    assert speaker.seen.start_s == pytest.approx(10, abs=0.1)
