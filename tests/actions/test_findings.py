"""Findings that stay, and markers that are made of them."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import otio_files as files
from shoot import Camera, Recorder, Shoot
from twopop.errors import OptionInvalid
from twopop.v1 import report_pb2
from twopop_actions.changes import AddMarker
from twopop_actions.findings import FILE_NAME, load_findings
from twopop_actions.task import Done, Task
from twopop_client.connection import Watch
from twopop_otio.host import OtioHost

CAMERA = Camera("/shoot/A001.mov", Fraction(100), Fraction(60))
RECORDER = Recorder("/shoot/12A-3.wav", Fraction(90), Fraction(200), ("BOOM",))


class Reporting(Shoot):
    """An engine that also writes a page, which tells how often it was asked."""

    def write_report(self, request: report_pb2.ReportRequest, watch: Watch | None = None) -> report_pb2.ReportResult:
        self.calls.append("report")
        Path(request.output_path).write_text("\n".join(clip.outcome for clip in request.clips))
        return report_pb2.ReportResult(path=request.output_path)


def engine() -> Reporting:
    return Reporting({CAMERA.path: CAMERA}, {RECORDER.paths[0]: RECORDER})


def timeline(folder: Path) -> Path:
    clip = files.clip("A001", CAMERA.path, files.span(Fraction(10), Fraction(20), 24.0))
    return files.save(
        files.timeline(files.track("V1", "Video", clip), files.track("A1", "Audio", clip)), folder / "in.otio"
    )


def run(action: str, source: Path, output: Path, shoot: Reporting, **values: Any) -> Done:
    return Task.prepare(action, OtioHost(source, output), values).run(shoot)


def test_a_second_run_keeps_the_report_and_what_the_first_one_found(tmp_path: Path) -> None:
    shoot, source, output = engine(), timeline(tmp_path), tmp_path / "out.otio"
    first = run("conform", source, output, shoot, sound=("/sound",))
    assert first.report and first.report.read_text().startswith("12A-3 on BOOM")
    page, found = first.report.read_text(), load_findings(tmp_path / "out.twopop")
    host = OtioHost(output, tmp_path / "out2.otio")
    (tmp_path / "out2.twopop").mkdir()
    for name in ("report.html", FILE_NAME):
        (tmp_path / "out2.twopop" / name).write_bytes((tmp_path / "out.twopop" / name).read_bytes())
    again = Task.prepare("conform", host, {"sound": ("/sound",)}).run(shoot)
    assert [outcome.verdict for outcome in again.plan.outcomes] == ["present"]
    assert again.report and again.report.read_text() == page and shoot.calls.count("report") == 1
    assert load_findings(tmp_path / "out2.twopop") == found
    assert found.findings[0].verdict == "placed" and found.findings[0].confidence == 0.99


def test_markers_stand_on_the_clips_that_were_found(tmp_path: Path) -> None:
    shoot, source, output = engine(), timeline(tmp_path), tmp_path / "out.otio"
    run("conform", source, output, shoot, sound=("/sound",))
    done = run("markers", source, output, shoot)
    (marker,) = done.plan.changes.changes
    assert isinstance(marker, AddMarker)
    assert (marker.color, marker.target.name) == ("GREEN", "A001")
    assert marker.name.startswith("twopop: 12A-3 on BOOM")
    names = [m["name"] for m in json.loads(output.read_text())["tracks"]["children"][0]["children"][0]["markers"]]
    assert names == [marker.name]
    assert done.report is None


def test_a_clip_that_is_gone_gets_a_note_and_no_marker(tmp_path: Path) -> None:
    shoot, source, output = engine(), timeline(tmp_path), tmp_path / "out.otio"
    run("conform", source, output, shoot, sound=("/sound",))
    root = json.loads(source.read_text())
    for track in root["tracks"]["children"]:
        track["children"].insert(0, files.gap(Fraction(1), 24.0))
    files.save(root, source)
    done = run("markers", source, output, shoot)
    assert done.plan.changes.changes == ()
    assert done.plan.notes == ("A001 is no longer where it was found, so it gets no marker.",)


def test_slipped_sound_is_found_and_marked(tmp_path: Path) -> None:
    source, output = timeline(tmp_path), tmp_path / "out.otio"
    early = replace(CAMERA, lead_s=0.125)
    run("conform", source, output, Reporting({CAMERA.path: early}))
    (finding,) = load_findings(tmp_path / "out.twopop").findings
    assert (finding.verdict, finding.offset_s, finding.confidence) == ("slipped", 0.125, 0.97)
    (marker,) = run("markers", source, output, engine()).plan.changes.changes
    assert isinstance(marker, AddMarker) and marker.color == "YELLOW" and "leads by 125 ms" in marker.name
    assert run("markers", source, tmp_path / "out.otio", engine(), show="refused").plan.changes.changes == ()


def test_what_is_mended_since_is_no_longer_told(tmp_path: Path) -> None:
    source, output = timeline(tmp_path), tmp_path / "out.otio"
    jumping = replace(CAMERA, lead_s=0.125, course="jumps")
    run("conform", source, output, Reporting({CAMERA.path: jumping}))
    assert load_findings(tmp_path / "out.twopop").findings[0].verdict == "out_of_sync"
    (marker,) = run("markers", source, output, engine(), show="refused").plan.changes.changes
    assert isinstance(marker, AddMarker) and marker.color == "RED"
    run("conform", source, output, Reporting({CAMERA.path: replace(CAMERA, lead_s=0.0)}))
    assert load_findings(tmp_path / "out.twopop").findings == ()


def test_a_clip_without_a_recording_whose_own_sound_is_slipped_tells_both(tmp_path: Path) -> None:
    stranger = replace(CAMERA, event="another day", lead_s=0.125)
    shoot = Reporting({CAMERA.path: stranger}, {RECORDER.paths[0]: RECORDER})
    run("conform", timeline(tmp_path), tmp_path / "out.otio", shoot, sound=("/sound",))
    (finding,) = load_findings(tmp_path / "out.twopop").findings
    assert finding.verdict == "slipped" and "nothing in it sounds like" in finding.sentence
    assert "slipped 125.0 ms later" in finding.sentence


@pytest.mark.parametrize("text", [None, "{", '{"timeline": 3}'])
def test_no_findings_is_said(tmp_path: Path, text: str | None) -> None:
    source, folder = timeline(tmp_path), tmp_path / "out.twopop"
    if text is not None:
        folder.mkdir()
        (folder / FILE_NAME).write_text(text)
    with pytest.raises(OptionInvalid, match=r"conform the timeline (first|again)"):
        run("markers", source, tmp_path / "out.otio", engine())
