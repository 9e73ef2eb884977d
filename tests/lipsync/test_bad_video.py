"""Videos that go wrong in editing rooms, whole, through the default model: each gets an answer, or says why not."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lipsync.talks import RATE_HZ, Floats
from scenes.drawn_face import DrawnFace, render
from scenes.drawn_film import Film, write_film
from scenes.talker import Talker, talker
from sync_models import need_default_model
from twopop_engine.sync.assess.answer import VideoAnswer
from twopop_engine.sync.assess.options import AssessOptions
from twopop_engine.sync.assess.video import MOST_SPEAKERS

SECONDS = 10.0
LEAD_S = 0.08
NEAR_S = 0.02
X264 = {"preset": "ultrafast", "crf": "18"}
HDR = {"x264-params": "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"}

KINDS = {
    "interlaced.mpg": Film("mpeg2video", options={"flags": "+ilme+ildct", "b": "6000000"}, sound_codec="mp2"),
    "hdr.mp4": Film(pixels="yuv420p10le", options=X264 | HDR),
    "alpha.mov": Film("prores_ks", "yuva444p10le", {"profile": "4"}, sound_codec="pcm_s16le"),
}

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module", autouse=True)
def _models() -> None:
    need_default_model()


@lru_cache(maxsize=1)
def person() -> Talker:
    return talker(SECONDS)


@lru_cache(maxsize=2)
def pictures(rate: int = 25, size: tuple[int, int] = (320, 240)) -> tuple[Picture, ...]:
    return tuple(person().picture(number / rate, size) for number in range(int(SECONDS * rate)))


def early(sound: Floats, by_s: float = LEAD_S) -> Floats:
    return sound[round(by_s * RATE_HZ) :]


def assess(path: Path) -> VideoAnswer:
    return need_default_model().measure(path, AssessOptions(), lambda done, what: None)


def told(path: Path) -> float:
    """What is told of the one speaker."""
    answer = assess(path)
    (speaker,) = answer.speakers
    assert speaker.track == 1 and speaker.offset_s is not None, answer.explanation
    return speaker.offset_s


@pytest.mark.parametrize("name", KINDS)
def test_other_kinds_of_picture_are_told(tmp_path: Path, name: str) -> None:
    film = KINDS[name]
    rate_hz = 32000 if film.sound_codec == "mp2" else RATE_HZ
    sound = early(person().sound).repeat(rate_hz // RATE_HZ)
    assert told(write_film(tmp_path / name, pictures(), 25, sound, rate_hz, film)) == pytest.approx(LEAD_S, abs=NEAR_S)


def test_a_turned_picture_is_told(tmp_path: Path) -> None:
    stored = (np.ascontiguousarray(np.rot90(picture, -1)) for picture in pictures())
    path = write_film(tmp_path / "turned.mp4", stored, 25, early(person().sound), film=Film(rotation=90))
    assert told(path) == pytest.approx(LEAD_S, abs=NEAR_S)


def test_odd_sizes_are_told(tmp_path: Path) -> None:
    film = Film("ffv1", "yuv444p", {}, sound_codec="pcm_s16le")
    path = write_film(tmp_path / "odd.mkv", pictures(25, (321, 243)), 25, early(person().sound), film=film)
    assert told(path) == pytest.approx(LEAD_S, abs=NEAR_S)


def test_a_fast_picture_is_told(tmp_path: Path) -> None:
    path = write_film(tmp_path / "fast.mp4", pictures(120), 120, early(person().sound))
    assert told(path) == pytest.approx(LEAD_S, abs=NEAR_S)


def test_a_slow_picture_is_told_or_refused(tmp_path: Path) -> None:
    """At 8 frames a second half of the lips' movements are never seen."""
    (speaker,) = assess(write_film(tmp_path / "slow.mp4", pictures(8), 8, early(person().sound))).speakers
    if speaker.offset_s is None:
        assert speaker.reason in ("no_match", "ambiguous")
    else:
        assert speaker.offset_s == pytest.approx(LEAD_S, abs=0.06)


@pytest.mark.parametrize("seconds", [7.0, 25.0])
def test_sound_that_is_shorter_or_longer_is_told(tmp_path: Path, seconds: float) -> None:
    sound = np.zeros(round(seconds * RATE_HZ), np.float32)
    spoken = early(person().sound)[: len(sound)]
    sound[: len(spoken)] = spoken
    assert told(write_film(tmp_path / "a.mp4", pictures(), 25, sound)) == pytest.approx(LEAD_S, abs=NEAR_S)


def test_sound_that_ends_at_once_is_refused(tmp_path: Path) -> None:
    answer = assess(write_film(tmp_path / "a.mp4", pictures(), 25, person().sound[: RATE_HZ // 2]))
    assert (answer.verdict, answer.reason) == ("cannot_tell", "no_speech")
    assert answer.explanation == "too little speech is heard while the face is seen"


def test_a_face_without_sound_says_so(tmp_path: Path) -> None:
    answer = assess(write_film(tmp_path / "a.mp4", pictures()[:25], 25))
    assert (answer.verdict, answer.reason, answer.speakers) == ("cannot_tell", "no_sound", ())


def test_a_room_without_a_face_says_so(tmp_path: Path) -> None:
    room = render((320, 240), [])
    answer = assess(write_film(tmp_path / "a.mp4", [room] * 125, 25, person().sound[: 5 * RATE_HZ]))
    assert (answer.verdict, answer.reason) == ("cannot_tell", "no_face")
    assert answer.explanation.startswith("no face is seen")
    assert all("lips" not in speaker.explanation for speaker in answer.speakers)


def test_forty_faces_of_whom_nobody_speaks(tmp_path: Path) -> None:
    """A choir that stands still: an answer for those who are seen for longest, and no more."""
    choir = [DrawnFace(60 + 120 * (n % 10), 90 + 170 * (n // 10), 110, seed=n, has_shoulders=False) for n in range(40)]
    crowd = render((1200, 700), choir)
    answer = assess(write_film(tmp_path / "a.mp4", [crowd] * 45, 25, person().sound[: 2 * RATE_HZ]))
    assert answer.verdict == "cannot_tell"
    assert len(answer.speakers) == MOST_SPEAKERS
    assert {speaker.reason for speaker in answer.speakers} == {"still_face"}


def test_one_who_speaks_among_many(tmp_path: Path) -> None:
    """Six who stand still, and one in front of them."""
    choir = [DrawnFace(50 + 90 * (n % 6), 60 + 90 * (n // 6), 70, seed=n + 2, has_shoulders=False) for n in range(6)]
    crowd = render((600, 480), choir)
    shown = DrawnFace(300.0, 330.0, 180, seed=1)
    films = (_before(crowd, person().face(number / 25, shown)) for number in range(250))
    answer = assess(write_film(tmp_path / "a.mp4", films, 25, early(person().sound)))
    offsets = [speaker.offset_s for speaker in answer.speakers if speaker.offset_s is not None]
    assert offsets == pytest.approx([LEAD_S], abs=NEAR_S)
    assert {speaker.reason for speaker in answer.speakers} == {"", "not_speaking"}


def _before(crowd: Picture, face: DrawnFace) -> Picture:
    """A face in front of a picture, cut out of a render of its own."""
    alone, empty = render((600, 480), [replace(face, has_shoulders=False)]), render((600, 480), [])
    mask = np.any(alone != empty, axis=2, keepdims=True)
    return np.where(mask, alone, crowd)
