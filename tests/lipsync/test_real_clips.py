"""The default model on real clips that training never saw: published offsets, moved sound, sound of something else."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from lipsync.talks import RATE_HZ, Floats, Talk, read_sound, read_talk
from scenes.drawn_film import Film, write_film
from sync_models import need_default_model
from twopop_engine.media.frames import open_video
from twopop_engine.runtime.models import model_store
from twopop_engine.sync.assess.answer import VideoAnswer
from twopop_engine.sync.assess.options import AssessOptions
from twopop_engine.sync.lipsync.model import load_model

MEDIA = Path(__file__).resolve().parents[3] / "shared" / "media"
TALKING = MEDIA / "talking"
LEADS = "syncnet_example.avi"  # by 120 ms, as SyncNet publishes: three frames
UNPUBLISHED = "latentsync_2.mp4"
IN_SYNC = ("grid_lwbsza.mpg", "grid_sbia1a.mpg", "grid_sbwe5n.mpg")
NEAR_S = 0.04

pytestmark = pytest.mark.skipif(not TALKING.is_dir(), reason=f"no test media at {MEDIA}")


def answer(path: Path) -> VideoAnswer:
    return need_default_model().measure(path, AssessOptions(), lambda done, what: None)


@cache
def talk(name: str) -> Talk:
    need_default_model()
    return read_talk(TALKING / name, load_model(model_store()))


def test_the_published_example_leads_as_published() -> None:
    told = answer(TALKING / LEADS)
    (speaker,) = told.speakers
    assert told.verdict == "out_of_sync" and speaker.model == "twopop-lipsync.v1"
    assert speaker.offset_s == pytest.approx(0.12, abs=NEAR_S)
    assert speaker.confidence > 0.95 and speaker.course == "constant"
    assert speaker.standards["ebu-r37"] is False and speaker.standards["itu-r-bt1359-accept"] is False


def test_short_clips_of_a_corpus_in_sync_are_in_sync_or_refused() -> None:
    offsets = [answer(TALKING / name).speakers[0].offset_s for name in IN_SYNC]
    told = [offset for offset in offsets if offset is not None]
    assert told, "all three were refused"
    assert np.abs(told).max() <= NEAR_S


@pytest.mark.parametrize("name", [LEADS, UNPUBLISHED])
def test_the_answer_moves_with_the_sound(name: str) -> None:
    clip = talk(name)
    still = clip.told(clip.sound).offset_s
    assert still is not None
    for shift_s in (-0.4, -0.12, 0.04, 0.28, 0.4):
        moved = clip.told(clip.sound, round(shift_s * RATE_HZ)).offset_s
        assert moved == pytest.approx(still - shift_s, abs=0.02), f"moved by {shift_s} s"


def test_sound_in_memory_is_judged_as_the_files_own() -> None:
    clip = talk(LEADS)
    assert clip.told(clip.sound).offset_s == pytest.approx(answer(TALKING / LEADS).speakers[0].offset_s, abs=0.002)


@pytest.mark.parametrize("name", [LEADS, UNPUBLISHED, *IN_SYNC])
def test_sound_that_is_not_theirs_is_refused(name: str) -> None:
    clip = talk(name)
    song = read_sound(MEDIA / "music" / "spleeter_example.mp3")
    sounds = {"silence": np.zeros_like(clip.sound), "reversed": clip.sound[::-1], "music": fitted(song, clip)}
    told = {kind: clip.told(sound) for kind, sound in sounds.items()}
    assert {kind: one.verdict for kind, one in told.items()} == dict.fromkeys(sounds, "cannot_tell")
    assert told["silence"].reason == "no_speech"


def test_other_peoples_speech_is_refused() -> None:
    """Of 60 pairs at least 95 %, which leaves three."""
    wrong = []
    for name in (LEADS, UNPUBLISHED, *IN_SYNC):
        clip = talk(name)
        others = [other for other in sorted(TALKING.iterdir()) if other.name != name]
        answers = {other.name: clip.told(fitted(read_sound(other), clip)) for other in others}
        wrong += [(name, other, one.offset_s) for other, one in answers.items() if one.offset_s is not None]
    assert len(wrong) <= 3, wrong


def test_speech_over_a_still_face_is_told_as_that(tmp_path: Path) -> None:
    """The first frame of a real clip, held; its own speech."""
    with open_video(TALKING / UNPUBLISHED) as reader:
        first = next(iter(reader.frames())).rgb()[::2, ::2].copy()
    sound = talk(UNPUBLISHED).sound[: 8 * RATE_HZ]
    film = Film(options={"preset": "ultrafast", "crf": "23"}, sound_codec="pcm_s16le")
    told = answer(write_film(tmp_path / "held.mov", (first for _ in range(200)), 25, sound, film=film))
    assert (told.verdict, told.reason) == ("cannot_tell", "still_face")


def fitted(sound: Floats, clip: Talk) -> Floats:
    """A sound of a clip's length, again and again if it is shorter."""
    return np.resize(sound, len(clip.sound))
