"""`twopop otio export` as a shell starts it."""

from __future__ import annotations

from pathlib import Path

import otio_files as files
from commands import twopop
from exports import everything


def test_files_and_losses_are_said(tmp_path: Path) -> None:
    source = files.save(everything.timeline(25.0), tmp_path / "cut.otio")
    ended = twopop(tmp_path / "home", "otio", "export", source, "--to", "rpp", "-o", tmp_path / "cut.rpp")
    assert ended.code == 0 and ended.out.startswith(f"REAPER: {tmp_path / 'cut.rpp'}\n")
    assert "- Clip markers stand as markers of the timeline, REAPER has none on clips: 1 (look on a).\n" in ended.out


def test_json_lists_every_place(tmp_path: Path) -> None:
    source = files.save(everything.timeline(25.0), tmp_path / "cut.otio")
    ended = twopop(tmp_path / "home", "otio", "export", source, "--to", "EDL", "-o", tmp_path / "cut.edl", "--json")
    answer = ended.json
    assert answer["files"] == [str(tmp_path / "cut.edl"), str(tmp_path / "cut_V2.edl")] and answer["format"] == "edl"
    found = {loss["kind"]: loss for loss in answer["losses"]}
    assert found["offline"]["count"] == len(found["offline"]["where"]) == 10


def test_refusals_end_with_two_and_one_sentence(tmp_path: Path) -> None:
    source = files.save(everything.timeline(25.0), tmp_path / "cut.otio")
    for words, problem in (
        (("--to", "avi", "-o", tmp_path / "x"), "there is no format 'avi'"),
        (("--to", "edl", "-o", source, "--force"), "it is the timeline that is read"),
        (("--to", "edl", "-o", tmp_path / "no" / "x.edl"), "its folder does not exist"),
    ):
        ended = twopop(tmp_path / "home", "otio", "export", source, *words)
        assert ended.code == 2 and problem in ended.err and ended.out == ""
    assert twopop(tmp_path / "home", "otio", "export", tmp_path / "none.otio", "--to", "edl", "-o", "x").code == 2
