"""Edit decision lists line by line: reels, channels, dissolves, speeds, locators, drop-frame."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

import otio_files as files
from exports import everything
from exports.footage import gap, shot
from twopop_otio.exports import Exported, export
from twopop_otio.timeline import read


def exported(root: files.Json, folder: Path) -> Exported:
    return export(read(files.save(root, folder / "cut.otio")), "edl", folder / "cut.edl")


def events(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if re.match(r"\d{3} ", line)]


def test_everything_line_by_line(tmp_path: Path) -> None:
    done = exported(everything.timeline(25.0, label=90000), tmp_path)
    assert [path.name for path in done.files] == ["cut.edl", "cut_V2.edl"]
    text = done.path.read_text()
    assert text.startswith("TITLE: cut\nFCM: NON-DROP FRAME\n")
    lines = events(text)
    assert lines[0] == ["001", "_____film_", "V", "C", "01:00:02:00", "01:00:05:15", "01:00:00:12", "01:00:04:02"]
    assert ["004", "_____film_", "V", "C", "01:00:05:15", "01:00:05:15", "01:00:04:02", "01:00:04:02"] in lines
    assert ["004", "_____film_", "V", "D", "020", "01:00:07:05", "01:00:12:20", "01:00:04:02", "01:00:06:22"] in lines
    assert "* FROM CLIP NAME: a\n* TO CLIP NAME: b\n" in text
    assert re.search(r"^M2   _____film_ +050.00   01:00:07:05$", text, re.MULTILINE)
    assert "* LOC: 01:00:00:22 RED     look: closer" in text and "* LOC: 01:00:06:00 GREEN   scene 2" in text
    assert "* SOURCE FILE: /media/Ä & <film>.mov" in text


def test_linked_picture_and_sound_are_one_event(tmp_path: Path) -> None:
    tracks = [
        files.track(kind, kind, gap(5, 25.0), shot("x", everything.FILM, 25.0, 9, 40, metadata=everything.linked(4)))
        for kind in ("Video", "Audio")
    ]
    (line,) = events(exported(files.timeline(*tracks, rate=25.0), tmp_path).path.read_text())
    assert line[2] == "B" and line[4:] == ["00:00:00:09", "00:00:01:24", "00:00:00:05", "00:00:01:20"]


def test_drop_frame_labels(tmp_path: Path) -> None:
    start = Fraction(107892 * 1001, 30000)
    clip = shot("x", everything.FILM, 29.97, 0, 1800, label=107892, whole=9000)
    text = exported(
        files.timeline(files.track("V", "Video", clip), rate=29.97, start_s=start), tmp_path
    ).path.read_text()
    assert "FCM: DROP FRAME" in text
    assert events(text)[0][4:] == ["01:00:00;00", "01:01:00;02", "01:00:00;00", "01:01:00;02"]
    found = otio.adapters.read_from_string(text, "cmx_3600", rate=30000 / 1001)
    assert found.tracks[0][0].source_range.duration.value == 1800


def test_reels_are_short_plain_and_not_shared(tmp_path: Path) -> None:
    names = ["long" * 20 + ending for ending in ("1", "2", "3")] + ["tähti", "BL"]
    clips = [shot(name, Path(f"/media/{name}.mov"), 25.0, 0, 10) for name in names]
    done = exported(files.timeline(files.track("V", "Video", *clips), rate=25.0), tmp_path)
    reels = [line[1] for line in events(done.path.read_text())]
    assert len(set(reels)) == 5 and max(map(len, reels)) == 32
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", reel) for reel in reels) and "BL" not in reels
    (loss,) = [loss for loss in done.losses if loss.kind == "names"]
    assert len(loss.where) == 5


def test_fade_out_ends_in_black(tmp_path: Path) -> None:
    tail = files.transition(Fraction(10, 25), 25.0)
    track = files.track("V", "Video", shot("x", everything.FILM, 25.0, 100, 50, whole=900), tail, gap(30, 25.0))
    lines = events(exported(files.timeline(track, rate=25.0), tmp_path).path.read_text())
    assert [line[1:4] for line in lines] == [["_____film_", "V", "C"]] * 2 + [["BL", "V", "D"]]
    assert lines[2][4:] == ["020", "00:00:00:00", "00:00:00:20", "00:00:01:15", "00:00:02:10"]


@pytest.mark.parametrize("tracks", [0, 6])
def test_sound_beyond_four_tracks_goes_to_a_file_of_its_own(tmp_path: Path, tracks: int) -> None:
    sounds = [files.track(f"A{n}", "Audio", shot(f"s{n}", everything.SOUND, 25.0, n, 10)) for n in range(tracks)]
    done = exported(files.timeline(*sounds, rate=25.0), tmp_path)
    channels = [[line[2] for line in events(path.read_text())] for path in done.files]
    assert channels == ([["A", "A2", "A3", "A4"], ["A", "A2"]] if tracks else [[]])
    said = [loss.sentence for loss in done.losses if loss.kind == "many_files"]
    about = (
        "Further tracks stand in files of their own, CMX 3600 holds one of picture and four of sound: 1 (A4 and A5)."
    )
    assert said == ([about] if tracks else [])
