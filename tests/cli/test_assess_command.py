"""`sync assess`, `sync fix` and a conform on films whose sound is early by a known time, through a real engine.

Claps stand for speech: they need no face, so that the answer does not hang on how well a face is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import otio_files as files
from clips.encode import Picture, Sound, click_train, encode
from commands import Ended, twopop
from planted.moving import RATE_HZ as CLAP_RATE_HZ
from planted.moving import frame_times, scene, sound
from renderer import plays
from scenes.drawn_film import Film, write_film
from sync_models import need_default_model

EARLY_S = 0.16
SECONDS = 12.0
NEAR_S = 0.025
TALKING = Path(__file__).resolve().parents[3] / "shared" / "media" / "talking" / "syncnet_example.avi"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    need_default_model()
    home = tmp_path_factory.mktemp("home")
    yield home
    assert twopop(home, "engine", "stop").code == 0


def claps(path: Path, lead_s: float) -> Path:
    """A film of clapping hands, sound early by `lead_s`."""
    drawn = scene("claps", SECONDS, 3)
    pictures = [
        np.repeat(np.repeat(drawn.draw(float(at))[..., np.newaxis], 3, 2), 3, 0).repeat(3, 1)
        for at in frame_times(Fraction(25), SECONDS)
    ]
    heard = sound(drawn.moments_s, SECONDS, lead_s=lead_s, seed=3)
    return write_film(path, pictures, 25, heard, CLAP_RATE_HZ, Film(sound_codec="pcm_s16le"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films, one of them early, and files that are none."""
    folder = tmp_path_factory.mktemp("dailies")
    claps(folder / "early.mov", EARLY_S)
    claps(folder / "good.mov", 0.0)
    times = [Fraction(number, 25) for number in range(50)]
    encode(folder / "mute.mov", [], Picture("libx264", times))
    encode(folder / "blind.mov", [Sound(click_train(2), "pcm_s16le")])
    (folder / "text.mp4").write_bytes(b"this is no movie\n" * 99)
    return folder


def assess(home: Path, *words: str | Path) -> Ended:
    return twopop(home, "sync", "assess", *words)


def test_one_film_that_is_out_of_sync_exits_with_1(home: Path, folder: Path) -> None:
    ended = assess(home, folder / "early.mov", "--json")
    assert (ended.code, ended.err) == (1, "")
    (video,) = ended.json["videos"]
    assert (video["video"], video["verdict"]) == (str(folder / "early.mov"), "out_of_sync")
    (speaker,) = video["speakers"]
    assert speaker["track"] == 0 and abs(speaker["offset_s"] - EARLY_S) < NEAR_S
    assert speaker["standards"]["ebu-r37"] == "fail" and speaker["standards"]["itu-r-bt1359-accept"] == "fail"
    again = assess(home, folder / "early.mov")
    assert again.code == 1 and "out of sync" in again.out and "picture" in again.out
    assert assess(home, folder / "good.mov").code == 0


def test_a_folder_gets_a_row_for_each_file_and_a_page(home: Path, folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "sync.html"
    ended = assess(home, folder, "--report", page, "--json")
    assert (ended.code, ended.err) == (0, "")
    found = {Path(video["video"]).name: (video["verdict"], video["reason"]) for video in ended.json["videos"]}
    assert found == {
        "blind.mov": ("cannot_tell", "no_picture"),
        "early.mov": ("out_of_sync", None),
        "good.mov": ("in_sync", None),
        "mute.mov": ("cannot_tell", "no_sound"),
        "text.mp4": ("cannot_tell", "unreadable"),
    }
    text = page.read_text(encoding="utf-8")
    assert ended.json["report"] == str(page)
    assert "5 videos: 1 in sync, 1 out of sync, 3 cannot tell." in text
    assert text.count('class="contact"') == 2 and text.count("data:image/jpeg") > 8


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["text.mp4"], "text.mp4"),
        (["gone.mov"], "gone.mov: no such file"),
        (["early.mov", "--standard", "smpte"], "--standard: 'smpte' is not one of"),
        (["early.mov", "--model", "nobody.v1"], "there is no model 'nobody.v1'; there are"),
        (["early.mov", "--model", "sync.gcc-phat.v1"], "there is no model 'sync.gcc-phat.v1'; there are"),
        (["early.mov", "--report", "page.txt"], "must end in .html"),
    ],
)
def test_bad_input_is_one_sentence(home: Path, folder: Path, words: list[str], problem: str) -> None:
    ended = twopop(home, "sync", "assess", *words, folder=folder)
    assert (ended.code, ended.out) == (2, "") and problem in ended.err and ended.err.count("\n") == 1
    assert twopop(home, "sync", "assess", *words, "--json", folder=folder).json["error"]["message"]


def test_missing_weights_say_how_to_get_them(folder: Path, tmp_path: Path) -> None:
    home, data = tmp_path / "home", str(tmp_path / "data")
    ended = twopop(home, "sync", "assess", folder / "early.mov", TWOPOP_DATA=data)
    assert ended.code == 2 and "twopop models pull" in ended.err
    source = timeline(folder / "early.mov", tmp_path / "cut.otio")
    conformed = twopop(home, "conform", source, "-o", tmp_path / "out.otio", "--json", TWOPOP_DATA=data)
    assert conformed.code == 0 and conformed.json["changes"] == 0
    assert any("twopop models pull" in note for note in conformed.json["notes"])
    assert twopop(home, "engine", "stop").code == 0


def test_fix_measures_mends_and_measures_again(home: Path, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "fixed.mov"
    ended = twopop(home, "sync", "fix", folder / "early.mov", "-o", output, "--json")
    assert (ended.code, ended.err) == (0, "")
    assert abs(ended.json["applied_ms"] - EARLY_S * 1000) < NEAR_S * 1000
    assert (ended.json["before"]["verdict"], ended.json["after"]["verdict"]) == ("out_of_sync", "in_sync")
    assert abs(ended.json["after"]["speakers"][0]["offset_s"]) < 0.02
    second = twopop(home, "sync", "fix", output, "-o", tmp_path / "again.mov")
    assert second.code == 1 and "nothing was written" in second.err and "in sync" in second.out
    assert not (tmp_path / "again.mov").exists()
    refused = twopop(home, "sync", "fix", folder / "mute.mov", "-o", tmp_path / "mute.mov", "--json")
    assert (refused.code, refused.json["refusal"], refused.json["output"]) == (1, "no_sound", None)
    for name, problem in (("x.avi", "must end in .mov or .mkv"), ("gone/x.mov", "its folder does not exist")):
        told = twopop(home, "sync", "fix", folder / "early.mov", "-o", tmp_path / name)
        assert told.code == 2 and problem in told.err
    there = twopop(home, "sync", "fix", folder / "early.mov", "-o", output)
    assert there.code == 2 and "it exists" in there.err


@pytest.mark.skipif(not TALKING.is_file(), reason=f"no test media at {TALKING}")
def test_a_real_speaker_is_mended(home: Path, tmp_path: Path) -> None:
    """Its sound leads by 120 ms (published for SyncNet: three frames)."""
    output = tmp_path / "fixed.avi"
    ended = twopop(home, "sync", "fix", TALKING, "-o", output, "--json")
    assert ended.code == 0, ended.out
    before, after = ended.json["before"]["speakers"][0], ended.json["after"]["speakers"][0]
    assert (before["track"], before["model"]) == (1, "twopop-lipsync.v1")
    assert abs(before["offset_s"] - 0.12) < 0.04 and before["confidence"] > 0.8
    assert abs(after["offset_s"]) < 0.02 and ended.json["after"]["verdict"] == "in_sync"


def timeline(film: Path, path: Path, start_s: Fraction = Fraction(1)) -> Path:
    """A cut that uses ten seconds of a film, its own sound below it."""
    clip = files.clip(film.stem, film.as_uri(), files.span(start_s, Fraction(10), 25.0))
    tracks = files.track("V1", "Video", clip), files.track("A1", "Audio", clip)
    return files.save(files.timeline(*tracks, rate=25.0), path)


def test_a_conform_slips_what_is_early(home: Path, folder: Path, tmp_path: Path) -> None:
    source, output = timeline(folder / "early.mov", tmp_path / "cut.otio"), tmp_path / "out.otio"
    ended = twopop(home, "conform", source, "-o", output, "--json")
    assert ended.code == 0 and ended.json["refusals"] == [] and ended.json["changes"] == 2
    (picture,) = ended.json["pictures"]
    assert picture["verdict"] == "slipped" and abs(picture["offset_s"] - EARLY_S) < NEAR_S
    heard = next(play for play in plays(output) if play.track == "A1")
    assert abs(heard.source(heard.start) - (1 - Fraction(str(EARLY_S)))) < Fraction(str(NEAR_S))
    page = Path(ended.json["report"]).read_text(encoding="utf-8")
    assert "own sound of 1 clip: 1 out of sync." in page and "it was slipped" in page
    again = twopop(home, "conform", output, "-o", tmp_path / "again.otio", "--json")
    assert again.json["changes"] == 0 and again.json["pictures"][0]["verdict"] == "present"
    assert twopop(home, "undo", output, "--json").json["undone"] == 2
    assert json.loads(output.read_text()) == json.loads(source.read_text())


def test_a_conform_from_the_head_places_a_copy(home: Path, folder: Path, tmp_path: Path) -> None:
    source = timeline(folder / "early.mov", tmp_path / "cut.otio", Fraction(0))
    shown = twopop(home, "conform", source, "-o", tmp_path / "out.otio")
    assert shown.code == 0 and "replaced" in shown.out and "Own sound" in shown.out
    moved = [play for play in plays(tmp_path / "out.otio") if play.track == "OWN"]
    assert len(moved) == 1 and abs(moved[0].start - moved[0].source(moved[0].start) - Fraction(4, 25)) < Fraction(1, 40)


def test_a_batch_runs_it(home: Path, folder: Path, tmp_path: Path) -> None:
    timeline(folder / "early.mov", tmp_path / "one.otio")
    timeline(folder / "good.mov", tmp_path / "two.otio")
    ended = twopop(home, "batch", tmp_path, "--out", tmp_path / "out", "--json")
    assert ended.code == 0
    assert {Path(row["timeline"]).name: row["changes"] for row in ended.json["timelines"]} == {
        "one.otio": 2,
        "two.otio": 0,
    }
    marked = twopop(home, "batch", tmp_path / "one.otio", "--out", tmp_path / "marked", "--own-sound", "mark", "--json")
    assert [(row["changes"], row["refusals"]) for row in marked.json["timelines"]] == [(1, 1)]
