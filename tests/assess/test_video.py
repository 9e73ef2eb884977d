"""Whole files: what they lack, shots without a face, progress, ranges."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from clips.encode import Picture, Sound, click_train, encode
from planted.aperture import ApertureModel
from planted.film import NoFaces, film
from planted.moving import Kind, frame_times, music, scene, sound
from twopop.errors import MediaNotFound, MediaUnreadable, OperationCancelled, OptionInvalid
from twopop_engine.media.shift import shift_audio
from twopop_engine.sync.assess.answer import VideoAnswer
from twopop_engine.sync.assess.options import AssessModels, AssessOptions
from twopop_engine.sync.assess.video import assess_video

MODELS = AssessModels(NoFaces, ApertureModel())
REAL = Path(__file__).parents[3] / "shared" / "media" / "picture"
DURATION_S = 12.0


def _assess(path: Path, options: AssessOptions = AssessOptions()) -> VideoAnswer:  # noqa: B008 - frozen
    return assess_video(path, MODELS, options, lambda done, what: None)


def _film(
    path: Path, kind: Kind, lead_s: float, rate: Fraction | None = Fraction(25), duration_s: float = DURATION_S
) -> Path:
    drawn = scene(kind, duration_s, 5)
    samples = sound(drawn.moments_s, duration_s, lead_s=lead_s, seed=5)
    return film(path, drawn, frame_times(rate, duration_s), samples)


@pytest.mark.parametrize(
    ("kind", "rate", "lead_s"),
    [
        ("claps", Fraction(25), 0.2),
        ("clicks", Fraction(15), -0.32),
        ("slides", None, 0.0),
        ("slate", Fraction(30000, 1001), -0.12),
    ],
)
def test_shots_without_a_face_are_told_by_their_impacts(
    tmp_path: Path, kind: Kind, rate: Fraction | None, lead_s: float
) -> None:
    answer = _assess(_film(tmp_path / "film.mp4", kind, lead_s, rate))
    (speaker,) = answer.speakers
    assert (speaker.track, speaker.model, speaker.reason) == (0, "sync.impacts.v1", "")
    assert speaker.offset_s == pytest.approx(lead_s, abs=0.04)
    assert answer.verdict == speaker.verdict == ("in_sync" if lead_s == 0 else "out_of_sync")
    assert answer.duration_s == pytest.approx(DURATION_S, abs=0.1)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_containers_agree(tmp_path: Path, suffix: str) -> None:
    (speaker,) = _assess(_film(tmp_path / f"film.{suffix}", "slides", 0.1)).speakers
    (other,) = _assess(_film(tmp_path / "other.mp4", "slides", 0.1)).speakers
    assert speaker.offset_s == pytest.approx(other.offset_s, abs=0.005)


def test_music_over_waving_has_no_answer(tmp_path: Path) -> None:
    waving = scene("waving", DURATION_S)
    path = film(tmp_path / "waving.mp4", waving, frame_times(Fraction(25), DURATION_S), music(DURATION_S))
    answer = _assess(path)
    assert (answer.verdict, answer.reason) == ("cannot_tell", "no_face")
    assert answer.speakers[0].offset_s is None


def test_a_file_without_sound_or_picture_says_so(tmp_path: Path) -> None:
    silent = film(tmp_path / "silent.mp4", scene("claps"), frame_times(Fraction(25), 2.0), None)
    blind = encode(tmp_path / "blind.m4a", [Sound(click_train(2.0))])
    assert (_assess(silent).verdict, _assess(silent).reason) == ("cannot_tell", "no_sound")
    assert (_assess(blind).verdict, _assess(blind).reason) == ("cannot_tell", "no_picture")
    assert _assess(silent).explanation == "the file has no sound"


def test_a_stream_of_sound_that_is_not_there_is_no_sound(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", [Sound(click_train(2.0))], Picture())
    assert _assess(path, AssessOptions(audio_stream=7)).reason == "no_sound"
    assert _assess(path, AssessOptions(audio_stream=1)).reason == "no_face"


def test_files_that_cannot_be_read_raise(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFound):
        _assess(tmp_path / "nowhere.mp4")
    (tmp_path / "text.mp4").write_text("no media", encoding="utf-8")
    with pytest.raises(MediaUnreadable):
        _assess(tmp_path / "text.mp4")


def test_a_wrong_standard_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalid, match="r38"):
        _assess(tmp_path / "nowhere.mp4", AssessOptions(standard="r38"))


def test_a_range_is_all_that_is_read(tmp_path: Path) -> None:
    path = _film(tmp_path / "film.mp4", "claps", 0.1)
    finders: list[NoFaces] = []

    def new_finder() -> NoFaces:
        finders.append(NoFaces())
        return finders[-1]

    options = AssessOptions(start=Fraction(3), duration=Fraction(6))
    answer = assess_video(path, AssessModels(new_finder, ApertureModel()), options, lambda done, what: None)
    (finder,) = finders
    assert [finder.times[0], finder.times[-1]] == [Fraction(3), Fraction(9) - Fraction(1, 25)]
    assert answer.duration_s == pytest.approx(6.0)
    assert answer.speakers[0].seen.start_s == pytest.approx(3.0)


def test_a_range_behind_the_end_measures_nothing(tmp_path: Path) -> None:
    path = _film(tmp_path / "film.mp4", "claps", 0.0, duration_s=3.0)
    answer = _assess(path, AssessOptions(start=Fraction(60), duration=Fraction(5)))
    assert answer.verdict == "cannot_tell"


def test_progress_rises_to_the_end_and_can_cancel(tmp_path: Path) -> None:
    path = _film(tmp_path / "film.mp4", "claps", 0.0, duration_s=3.0)
    told: list[float] = []
    assess_video(path, MODELS, AssessOptions(), lambda done, what: told.append(done))
    assert told == sorted(told)
    assert told[0] < 0.1 and told[-1] == 1.0

    def cancel(done: float, what: str) -> None:
        if done > 0.5:
            raise OperationCancelled("stop")

    with pytest.raises(OperationCancelled):
        assess_video(path, MODELS, AssessOptions(), cancel)


@pytest.mark.parametrize("rate", [Fraction(8), Fraction(120)])
def test_slow_and_fast_pictures_are_read(tmp_path: Path, rate: Fraction) -> None:
    answer = _assess(_film(tmp_path / "film.mp4", "slides", 0.2, rate, duration_s=20.0))
    assert answer.frame_rate == pytest.approx(float(rate), rel=0.01)
    offset_s = answer.speakers[0].offset_s
    assert offset_s is None or abs(offset_s - 0.2) < 0.06


@pytest.mark.parametrize("seconds", [4.0, 25.0])
def test_sound_may_be_shorter_or_longer_than_the_picture(tmp_path: Path, seconds: float) -> None:
    drawn = scene("slides", DURATION_S, 5)
    samples = sound(drawn.moments_s, DURATION_S, seed=5)
    fitted = np.zeros(round(seconds * 16000), np.float32)
    count = min(len(fitted), len(samples))
    fitted[:count] = samples[:count]
    answer = _assess(film(tmp_path / "film.mp4", drawn, frame_times(Fraction(25), DURATION_S), fitted))
    offset_s = answer.speakers[0].offset_s
    assert offset_s is None or abs(offset_s) < 0.04


@pytest.mark.parametrize("name", ["hitting_bag", "hitting_metal", "chopping"])
def test_real_impacts_follow_a_shift_or_are_refused(tmp_path: Path, name: str) -> None:
    path = REAL / f"{name}.mp4"
    if not path.exists():
        pytest.skip("the shared media are not here")
    (still,) = _assess(path).speakers
    for number, shift_s in enumerate((-0.32, -0.16, 0.16, 0.32)):
        moved = tmp_path / f"{number}.mp4"
        shift_audio(path, moved, shift_s)
        (speaker,) = _assess(moved).speakers
        if speaker.offset_s is None:
            assert speaker.reason in ("no_events", "no_match", "ambiguous")
        elif still.offset_s is not None:
            assert speaker.offset_s == pytest.approx(still.offset_s - shift_s, abs=0.06)
        else:
            assert abs(speaker.offset_s + shift_s) < 0.2  # these clips lie near sync; only a wild answer is wrong
