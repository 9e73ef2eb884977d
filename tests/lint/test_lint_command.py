"""`twopop otio lint` in a process of its own: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

import otio_files as files
from commands import Ended, twopop

S = Fraction(1)
TIMELINES = Path(__file__).parents[3] / "shared" / "media" / "timelines"


def lint(folder: Path, *words: str | Path) -> Ended:
    return twopop(folder / "home", "otio", "lint", *words)


def cut(folder: Path, url: str | None = None) -> Path:
    (folder / "A.mov").touch()
    clip = files.clip("", url or (folder / "A.mov").as_uri(), files.span(S, S, 24.0), files.span(0 * S, 9 * S, 24.0))
    return files.save(files.timeline(files.track("V1", "Video", clip)), folder / "cut.otio")


def test_findings_are_listed_and_the_answer_is_no(tmp_path: Path) -> None:
    source = cut(tmp_path)
    before = source.read_bytes()
    ended = lint(tmp_path, source, "--dialect", "resolve")
    assert (ended.code, ended.err) == (1, "")
    for words in ("refuse", "media-url", "V1, item 1: unnamed clip", "00:00:00:00", "can be fixed by --fix -o OUT"):
        assert words in ended.out
    assert source.read_bytes() == before
    assert not (tmp_path / "home").exists()  # no engine was asked


def test_mending_writes_a_timeline_that_is_taken(tmp_path: Path) -> None:
    source, output = cut(tmp_path), tmp_path / "out.otio"
    before = source.read_bytes()
    ended = lint(tmp_path, source, "--dialect", "resolve", "--fix", "-o", output, "--json")
    assert (ended.code, ended.err) == (0, "")
    answer = ended.json
    assert (answer["verdict"], answer["output"]) == ("accepted", str(output))
    assert {finding["rule"] for finding in answer["fixed"]} >= {"media-url", "mark-missing", "fields-missing"}
    again = lint(tmp_path, output, "--dialect", "resolve", "--json")
    assert again.code == 0
    assert again.json["findings"] == answer["findings"]
    assert again.json["counts"] == {"refused": 0, "dropped": 1, "changed": 0}
    assert source.read_bytes() == before


def test_what_goes_with_mending_is_said(tmp_path: Path) -> None:
    source = cut(tmp_path)
    root = json.loads(source.read_text())
    clip = root["tracks"]["children"][0]["children"][0]
    clip["metadata"]["Resolve_OTIO"] = {"Link Group ID": 3}
    files.save(root, source)
    ended = lint(tmp_path, source, "--dialect", "kdenlive", "--fix", "-o", tmp_path / "out.otio")
    assert ended.code == 0
    assert "Fixed mark-foreign (1)" in ended.out
    assert "Lost links-dropped (1): The links of 1 clips" in ended.out


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--dialect", "avid"], "there is none called 'avid'; choose one of resolve, premiere, blender, kdenlive"),
        (["--dialect", "resolve", "--fix"], "goes together with -o OUT"),
        (["--dialect", "resolve", "-o", "x.otio"], "goes together with -o OUT"),
        (["--dialect", "resolve", "--fix", "-o", "cut.otio"], "it is the timeline that is read"),
        (["--dialect", "resolve", "--fix", "-o", "link.otio"], "it is the timeline that is read"),
        (["--dialect", "resolve", "--fix", "-o", "A.mov"], "its name must end in .otio"),
        (["--dialect", "resolve", "--fix", "-o", "other.otio"], "it exists; name another file"),
        (["--dialect", "resolve", "--fix", "-o", "gone/x.otio"], "its folder does not exist"),
        (["--dialect", "resolve", "--timeline", "x"], "holds the timeline 'cut' only"),
        ([], "--dialect"),
    ],
)
def test_bad_usage(tmp_path: Path, words: list[str], problem: str) -> None:
    source = cut(tmp_path)
    (tmp_path / "other.otio").write_text("mine")
    (tmp_path / "link.otio").symlink_to(source)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    ended = twopop(tmp_path / "home", "otio", "lint", source, *words, folder=tmp_path)
    assert ended.code == 2
    assert problem in ended.err and ended.err.count("\n") == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["resolve_export_effects", "premiere_example", "nested_example"])
def test_real_timelines(tmp_path: Path, name: str) -> None:
    source = TIMELINES / f"{name}.otio"
    if not source.is_file():
        pytest.skip("real timelines: ../shared/media/timelines is absent")
    for editor in ("resolve", "premiere", "blender", "kdenlive"):
        output = tmp_path / f"{editor}.otio"
        ended = lint(tmp_path, source, "--dialect", editor, "--fix", "-o", output, "--json")
        assert ended.code in (0, 1)
        again = lint(tmp_path, output, "--dialect", editor, "--json").json
        assert again["findings"] == ended.json["findings"]
        assert not [finding for finding in again["findings"] if finding["fix"]]
