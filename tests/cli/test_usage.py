"""Bad usage and bad input: one sentence, the right exit code, never a traceback."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

import twopop as package
from commands import Ended, command, twopop


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    yield home
    assert twopop(home, "engine", "stop").code == 0


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "noise.wav"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, 80_000), 8000)
    return path


def sentence(ended: Ended) -> str:
    """The one line on standard error."""
    (line,) = ended.err.splitlines()
    assert line.startswith("twopop: ")
    return line.removeprefix("twopop: ")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["bogus"], "No such command 'bogus'; `twopop --help` shows what is expected"),
        (["sync", "match"], "Missing argument 'reference'; `twopop sync match --help` shows what is expected"),
        (["sync", "fix", "a.mov", "-o", "b.mov", "--offset-ms", "much"], "Invalid value for '--offset-ms'"),
        (["conform", "a.otio"], "Missing option '-o' / '--output'"),
        (["conform", "a.otio", "-o", "b.otio", "--own-sound", "burn"], "--own-sound: 'burn' is not one of"),
        (["conform", "a.otio", "-o", "b.otio", "--sound", ".", "--scratch", "burn"], "--scratch: 'burn' is not one of"),
        (["conform", "a.otio", "-o", "b.otio", "--sound", ".", "--handles", "-1"], "--handles: -1 s is outside"),
        (["conform", "a.otio", "-o", "b.otio", "--sound", ".", "--handles", "nan"], "--handles: nan s is outside"),
        (["conform", "a.otio", "-o", "b.otio", "--sound", ".", "--recipe", "magic"], "--recipe: 'magic' is not one of"),
        (["conform", "gone.otio", "-o", "b.otio", "--sound", "."], "gone.otio"),
        (["undo", "gone.otio"], "gone.otio"),
        (["sync", "match", "gone.mov", "gone.wav"], "gone.mov"),
    ],
)
def test_bad_usage_is_one_sentence_and_exit_code_2(home: Path, tmp_path: Path, words: list[str], problem: str) -> None:
    ended = twopop(home, *words, folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert problem in sentence(ended)
    assert list(tmp_path.iterdir()) == []
    as_json = twopop(home, *words, "--json", folder=tmp_path)
    assert as_json.code == 2
    assert set(as_json.json) == {"error"}
    assert set(as_json.json["error"]) == {"reason", "message", "fields"}
    assert problem in as_json.json["error"]["message"]


@pytest.mark.parametrize(
    ("name", "content"), [("empty.mov", b""), ("text.mp4", b"this is no movie\n" * 99), ("folder.mov", None)]
)
def test_a_reference_that_is_no_media_names_its_path(
    home: Path, sound: Path, tmp_path: Path, name: str, content: bytes | None
) -> None:
    bad = tmp_path / name
    if content is None:
        bad.mkdir()
    else:
        bad.write_bytes(content)
    ended = twopop(home, "sync", "match", bad, sound)
    assert ended.code == 2
    assert str(bad) in sentence(ended)


@pytest.mark.parametrize("content", ["{", "[]", '{"OTIO_SCHEMA": "Timeline.99"}', '{"OTIO_SCHEMA": "Clip.2"}'])
def test_a_corrupt_timeline_names_its_path(home: Path, tmp_path: Path, content: str) -> None:
    bad = tmp_path / "bad.otio"
    bad.write_text(content)
    ended = twopop(home, "conform", bad, "-o", tmp_path / "out.otio", "--sound", tmp_path)
    assert ended.code == 2
    assert str(bad) in sentence(ended)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.otio"]


def test_others_that_cannot_be_used_are_refused_one_by_one(home: Path, sound: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_bytes(b"this is no sound" * 99)
    ended = twopop(home, "sync", "match", sound, sound, text, "gone.wav", "--json", folder=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert ended.json["reference"] == str(sound)
    matched, unreadable, gone = ended.json["pairs"]
    assert matched["verdict"] == "matched"
    assert matched["start_s"] == pytest.approx(0, abs=1e-5)
    assert matched["segments"][0].keys() == {"other_start_s", "duration_s", "start_s", "drift_ppm"}
    for pair, path in ((unreadable, str(text)), (gone, "gone.wav")):
        assert pair["other"] == path
        assert pair["verdict"] == "refused"
        assert pair["reason"]
        assert (pair["start_s"], pair["drift_ppm"], pair["segments"]) == (None, None, [])


def test_a_name_that_is_not_unicode_is_bad_input(home: Path, sound: Path) -> None:
    ended = twopop(home, "sync", "match", sound, b"\xff.wav".decode("utf-8", "surrogateescape"))
    assert ended.code == 2
    assert "has a name that is not UTF-8" in sentence(ended)


def test_a_terminal_without_unicode_gets_escapes(home: Path, sound: Path) -> None:
    ended = twopop(home, "sync", "match", sound, "gone\u00e9.wav", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ended.code == 0
    assert "gone\\xe9.wav" in ended.out


def test_without_a_command_help_is_shown(home: Path) -> None:
    ended = twopop(home)
    assert ended.code == 2
    for word in ("demo", "conform", "undo", "sync", "models", "engine"):
        assert word in ended.out


def test_the_version_is_the_packages(home: Path) -> None:
    assert twopop(home, "--version").out == f"twopop {package.__version__}\n"


def test_a_reader_that_leaves_early_is_no_fault(home: Path) -> None:
    with subprocess.Popen(command("--help"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_models_are_listed(home: Path) -> None:
    cards = twopop(home, "models", "list", "--json").json["models"]
    assert "sync.gcc-phat.v1" in [card["id"] for card in cards]
    assert "sync.gcc-phat.v1" in twopop(home, "models", "list").out


def test_an_empty_only_is_not_all(tmp_path: Path) -> None:
    ended = twopop(tmp_path / "home", "conform", "a.otio", "-o", "b.otio", "--sound", tmp_path, "--only", "")
    assert ended.code == 2
    assert "--only: names no change" in ended.err
