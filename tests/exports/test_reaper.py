"""REAPER projects, read with the rpp library and by pattern."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rpp

import otio_files as files
from exports import everything
from exports.footage import frames
from twopop_otio.exports import Exported, export
from twopop_otio.timeline import read


def exported(root: files.Json, folder: Path) -> Exported:
    return export(read(files.save(root, folder / "cut.otio")), "rpp", folder / "cut.rpp")


@pytest.fixture
def project(tmp_path: Path) -> Any:
    return rpp.loads(exported(everything.timeline(25.0, label=90000), tmp_path).path.read_text())


def items(project: Any) -> dict[str, Any]:
    return {item.find("NAME")[1]: item for item in project.findall(".//ITEM")}


def test_project_settings_and_tracks(project: Any) -> None:
    assert project.find("PROJOFFS")[1] == "3600" and project.find("SAMPLERATE")[1] == "48000"
    assert project.find("TIMEMODE")[4:6] == ["25", "0"]
    assert [track.find("NAME")[1] for track in project.findall("TRACK")] == ["V1", "V1 (video 2)", "V2", "A1", "A2"]
    assert [marker[2:4] for marker in project.findall("MARKER")] == [["0.88", "look: closer"], ["6", "scene 2"]]


def test_crossfades_overlap_and_gain_is_a_factor(project: Any) -> None:
    boom, keyed = items(project)["boom"], items(project)["keyed"]
    ends = [float(boom.find("POSITION")[1]) + float(boom.find("LENGTH")[1]), float(keyed.find("POSITION")[1])]
    assert ends == pytest.approx([float(frames(116, 25.0)), float(frames(104, 25.0))])
    assert boom.find("FADEOUT")[2] == keyed.find("FADEIN")[2] == "0.48"
    assert float(keyed.find("SOFFS")[1]) == pytest.approx(float(frames(294, 25.0)))
    assert float(boom.find("VOLPAN")[1]) == pytest.approx(10 ** (-6 / 20)) and boom.find("CHANMODE")[1] == "4"
    points = keyed.find("VOLENV").findall("PT")
    assert [float(point[1]) for point in points] == pytest.approx([0.24, 1.24])
    assert float(points[1][2]) == pytest.approx(10 ** (-12 / 20))


def test_takes_links_speed_mute_and_silent_picture(project: Any) -> None:
    found = items(project)
    assert [line[1] for line in found["a"].findall("NAME")] == ["a", "alt"] and "TAKE" in found["a"].children
    assert [source.find("FILE")[1] for source in found["a"].findall("SOURCE")] == [
        str(everything.FILM),
        "/media/alt.mov",
    ]
    assert found["a"].find("GROUP") == found["s"].find("GROUP") != found["boom"].find("GROUP")
    assert found["b"].find("PLAYRATE")[1] == "2" and found["off"].find("MUTE")[1] == "1"
    assert found["a"].find("VOLPAN")[1] == "0" and found["s"].find("VOLPAN")[1] == "1"
    assert found["boom"].find("SOURCE").attrib == ["WAVE"] and found["s"].find("SOURCE").attrib == ["VIDEO"]


@pytest.mark.parametrize("rate", [(23.976, ["24", "2"]), (30.0, ["30", "0"]), (29.97, ["30", "1"])])
def test_frame_rates_have_their_counting(tmp_path: Path, rate: tuple[float, list[str]]) -> None:
    done = exported(everything.timeline(rate[0], label=107892), tmp_path)
    assert rpp.loads(done.path.read_text()).find("TIMEMODE")[4:6] == rate[1]


@pytest.mark.parametrize("name", ['a "b"', "it's `so`", "|pipe", "", "two\nlines", "<x>", "; semi"])
def test_names_that_the_format_must_quote(tmp_path: Path, name: str) -> None:
    clip = files.clip(name, "/media/x.wav", files.span(frames(0, 25.0), frames(9, 25.0), 25.0))
    done = exported(files.timeline(files.track(name, "Audio", clip), rate=25.0), tmp_path)
    (item,) = rpp.loads(done.path.read_text()).findall(".//ITEM")
    assert item.find("POSITION")[1] == "0" and item.find("SOURCE").find("FILE")[1] == "/media/x.wav"
