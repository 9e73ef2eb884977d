"""`twopop sync monitor` on a film with a drawn face, through a real engine."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from clips.encode import Picture, Sound, click_train, encode
from commands import twopop
from scenes.face_models import face_files
from sync_models import need_default_model

SECONDS = 4


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    need_default_model()
    face_files()
    home = tmp_path_factory.mktemp("home")
    yield home
    assert twopop(home, "engine", "stop").code == 0


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of clicks, and nobody to be seen."""
    path = tmp_path_factory.mktemp("film") / "clicks é.mov"
    times = [Fraction(number, 25) for number in range(25 * SECONDS)]
    encode(path, [Sound(click_train(SECONDS), "pcm_s16le")], Picture("libx264", times))
    return path


def test_json_is_one_object_with_every_answer_and_the_last(home: Path, film: Path) -> None:
    ended = twopop(home, "sync", "monitor", film, "--speed", "max", "--delay-ms", "80", "--json")
    assert ended.code == 0
    answer = ended.json
    assert answer["file"] == str(film)
    assert len(answer["updates"]) == 19
    assert answer["final"] == answer["updates"][-1]
    final = answer["final"]
    assert final.keys() == {
        "time_s", "offset_s", "uncertainty_s", "confidence", "state", "delay_s", "processing_s", "late_count",
        "dropped_count",
    }  # fmt: skip
    assert (final["state"], final["offset_s"], final["delay_s"]) == ("no_face", None, 0.08)
    assert (final["late_count"], final["dropped_count"]) == (0, 0)


def test_where_there_is_no_terminal_a_line_is_written_for_each_second(home: Path, film: Path) -> None:
    ended = twopop(home, "sync", "monitor", film, "--speed", "4")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert 3 <= len(lines) <= SECONDS + 1
    assert "listening" in lines[0]
    assert "no face is seen" in lines[-1]
    assert lines[-1].endswith("delay +0 ms")


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "nan", "inf"])
def test_a_speed_that_is_none_is_refused(home: Path, film: Path, speed: str) -> None:
    ended = twopop(home, "sync", "monitor", film, f"--speed={speed}")
    assert ended.code == 2
    assert "--speed" in ended.err and '"max"' in ended.err


def test_a_file_that_is_not_there_is_named(home: Path, tmp_path: Path) -> None:
    ended = twopop(home, "sync", "monitor", tmp_path / "none.mov", "--json")
    assert ended.code == 2
    assert ended.json["error"]["reason"] == "MEDIA_NOT_FOUND"
