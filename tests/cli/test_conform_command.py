"""The whole way by the command line: demo, conform, undo, on real media through a real engine."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from commands import PATIENCE_S, Ended, command, twopop


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    yield home
    assert twopop(home, "engine", "stop").code == 0


@pytest.fixture(scope="module")
def demo(home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    ended = twopop(home, "demo", "--out", tmp_path_factory.mktemp("demo") / "out", "--json")
    assert (ended.code, ended.err) == (0, "")
    return ended.json


def conform(home: Path, demo: dict[str, Any], output: Path, *words: str) -> Ended:
    sound = Path(demo["timeline"]).parent / "sound"
    return twopop(home, "conform", demo["timeline"], "-o", output, "--sound", sound, *words)


def canonical(path: str | Path) -> str:
    return json.dumps(json.loads(Path(path).read_text()), sort_keys=True)


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Time of change and content of every file."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_the_demo_finds_the_truth(demo: dict[str, Any]) -> None:
    poly, split, stray = demo["truths"]
    for truth in (poly, split):
        assert truth["right"]
        assert abs(truth["start_error_s"]) < 0.0001
        assert abs(truth["drift_error_ppm"]) < 2
    assert (poly["true_drift_ppm"], split["true_drift_ppm"]) == (60, 0)
    assert stray["right"]
    assert (stray["camera"], stray["start_error_s"]) == (None, None)
    assert demo["refusals"] == []
    assert any("S031T05" in note for note in demo["notes"])


def test_the_demo_leaves_a_timeline_with_every_track(demo: dict[str, Any]) -> None:
    before = otio.adapters.read_from_file(demo["timeline"])
    assert before.global_start_time.to_timecode(24000 / 1001, False) == "01:00:00:00"
    after = otio.adapters.read_from_file(demo["output"])
    assert [track.name for track in after.tracks] == ["V1", "A1", "MIX", "BOOM", "ANNA LAV", "BEN LAV"]
    counts = {track.name: sum(isinstance(item, otio.schema.Clip) for item in track) for track in after.tracks}
    assert counts == {"V1": 2, "A1": 2, "MIX": 1, "BOOM": 2, "ANNA LAV": 1, "BEN LAV": 2}
    assert demo["changes"] == len(demo["change_list"]) == 8


def test_the_demos_report_has_a_row_for_each_clip(demo: dict[str, Any]) -> None:
    page = Path(demo["report"]).read_text(encoding="utf-8")
    assert page.count('<tr role="row">') == 3
    assert page.count("<svg ") == 2 * 9


def test_a_second_conform_changes_nothing_and_redoes_nothing(home: Path, demo: dict[str, Any]) -> None:
    folder = Path(demo["timeline"]).parent
    before = contents(folder)
    ended = conform(home, demo, Path(demo["output"]), "--json")
    assert (ended.code, ended.err) == (0, "")
    assert ended.json["change_list"] == demo["change_list"]
    after = contents(folder)
    assert {name: content for name, (_, content) in after.items()} == {n: c for n, (_, c) in before.items()}
    assert all(after[name] == before[name] for name in before if name.endswith((".wav", ".mov", ".mp4")))


def test_conforming_the_output_adds_nothing(home: Path, demo: dict[str, Any], tmp_path: Path) -> None:
    sound = Path(demo["timeline"]).parent / "sound"
    again = twopop(home, "conform", demo["output"], "-o", tmp_path / "again.otio", "--sound", sound, "--json")
    assert again.code == 0
    assert again.json["changes"] == 0
    assert [clip["verdict"] for clip in again.json["clips"]] == ["present", "present"]
    tracks = (otio.adapters.read_from_file(str(path)).tracks for path in (demo["output"], tmp_path / "again.otio"))
    assert len({len(list(stack)) for stack in tracks}) == 1
    assert "not measured" in (tmp_path / "again.twopop" / "report.html").read_text(encoding="utf-8")


def test_a_dry_run_lists_the_changes_and_writes_nothing(home: Path, demo: dict[str, Any], tmp_path: Path) -> None:
    ended = conform(home, demo, tmp_path / "dry.otio", "--dry-run", "--json")
    assert ended.code == 0
    assert (ended.json["output"], ended.json["report"]) == (None, None)
    assert [change["id"] for change in ended.json["change_list"]] == [item["id"] for item in demo["change_list"]]
    shown = conform(home, demo, tmp_path / "dry.otio", "--dry-run")
    assert demo["change_list"][0]["id"] in shown.out
    assert "nothing was written" in shown.out
    assert list(tmp_path.iterdir()) == []


def test_only_some_changes_are_applied(home: Path, demo: dict[str, Any], tmp_path: Path) -> None:
    boom = next(change for change in demo["change_list"] if "BOOM" in change["description"])
    ended = conform(home, demo, tmp_path / "some.otio", "--only", boom["id"], "--json")
    assert ended.code == 0
    assert [change["id"] for change in ended.json["change_list"]] == [boom["id"]]
    assert "Only 1 of 8 changes were asked for." in ended.json["notes"]
    tracks = otio.adapters.read_from_file(str(tmp_path / "some.otio")).tracks
    assert [track.name for track in tracks] == ["V1", "A1", "BOOM"]
    unknown = conform(home, demo, tmp_path / "none.otio", "--only", "deadbeef", "--json")
    assert unknown.code == 2
    assert "deadbeef" in unknown.json["error"]["message"]


def test_undo_gives_the_timeline_back(home: Path, demo: dict[str, Any], tmp_path: Path) -> None:
    output = tmp_path / "out.otio"
    assert conform(home, demo, output, "--scratch", "disable").code == 0
    assert canonical(output) != canonical(demo["timeline"])
    ended = twopop(home, "undo", output, "--json")
    assert ended.code == 0
    assert ended.json["undone"] == len(ended.json["ids"]) == 8
    assert canonical(output) == canonical(demo["timeline"])


def test_people_read_figures_and_places(home: Path, demo: dict[str, Any], tmp_path: Path) -> None:
    output = tmp_path / "out.otio"
    shown = conform(home, demo, output, "--scratch", "keep").out
    for words in ("A001C003", "01:00:13:00", "-2.7282 s", "ppm", f"Timeline: {output}", "report.html", "0 refusals"):
        assert words in shown


def test_a_moved_sound_reads_what_it_was_moved_by(home: Path, demo: dict[str, Any], tmp_path: Path) -> None:
    camera = demo["truths"][0]["camera"]
    moved = tmp_path / "moved.mov"
    ended = twopop(home, "sync", "fix", camera, "-o", moved, "--offset-ms", "-83.25", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert ended.json["output"] == str(moved)
    assert ended.json["applied_ms"] == pytest.approx(-83.25, abs=0.011)
    pair = twopop(home, "sync", "match", camera, moved, "--json").json["pairs"][0]
    assert pair["start_s"] == pytest.approx(0.08325, abs=0.0001)  # its clock starts where the camera's reads that
    refused = twopop(home, "sync", "fix", camera, "-o", moved, "--offset-ms", "10", "--json")
    assert refused.code == 2
    assert str(moved) in refused.json["error"]["message"]


def test_ctrl_c_cancels_in_the_engine(home: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        command("demo", "--out", tmp_path / "out", "--json"),
        env={**os.environ, "TWOPOP_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline_s = time.monotonic() + PATIENCE_S
        while not list(tmp_path.rglob("*.wav")):
            assert process.poll() is None
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert json.loads(out)["error"]["reason"] == "OPERATION_CANCELLED"
    assert err.count("\n") == 1
    assert twopop(home, "engine", "status", "--json").json["active_operations"] == 0
    assert not list(tmp_path.rglob("*.partial*"))
    assert not (tmp_path / "out" / "demo.otio").exists()
