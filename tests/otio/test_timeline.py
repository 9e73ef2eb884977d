"""Files in and out: every bad one named in a sentence, every output whole or not there."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import otio_files as files
from renderer import exact_rate
from twopop.errors import OutputUnwritable, TimelineUnreadable
from twopop_actions.changes import AddMarker, ChangeList
from twopop_otio.host import OtioHost, undo_file
from twopop_otio.snapshot import timebase
from twopop_otio.timeline import read, write, write_whole

SECOND = Fraction(1)


def good() -> files.Json:
    return files.timeline(files.track("V1", "Video", files.clip("A", "/a.mov", files.span(SECOND, SECOND, 24.0))))


def _changed(path: list[Any], value: Any) -> str:
    root = good()
    place: Any = root
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(root)


CLIP = ["tracks", "children", 0, "children", 0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("   \n", "is empty"),
        ("not JSON", "is not JSON"),
        ('{"OTIO_SCHEMA": "Timeline.1", ', "is not JSON"),
        ("[" * 50000, "is nested too deeply"),
        ("[]", "it carries no OTIO_SCHEMA"),
        ("{}", "it carries no OTIO_SCHEMA"),
        ('{"OTIO_SCHEMA": "Timeline"}', "carries no OTIO_SCHEMA"),
        ('{"OTIO_SCHEMA": "Clip.2", "name": "x"}', "holds a Clip, expected a Timeline"),
        ('{"OTIO_SCHEMA": "SerializableCollection.1"}', "holds a SerializableCollection, expected a Timeline"),
        ('{"OTIO_SCHEMA": "Timeline.1"}', "holds no tracks"),
        ('{"OTIO_SCHEMA": "Timeline.1", "tracks": null}', "holds no tracks"),
        (_changed(["OTIO_SCHEMA"], "Timeline.99"), "uses the schema Timeline.99; this build knows up to Timeline.1"),
        (_changed([*CLIP, "OTIO_SCHEMA"], "Clip.7"), "uses the schema Clip.7; this build knows up to Clip.2"),
        (_changed([*CLIP, "source_range", "OTIO_SCHEMA"], "TimeRange.2"), "uses the schema TimeRange.2"),
        (_changed([*CLIP, "source_range", "duration", "rate"], 0), "a time has the rate 0"),
        (_changed([*CLIP, "source_range", "duration", "rate"], "24"), "a time has the rate '24', expected a number"),
        (_changed([*CLIP, "source_range", "duration", "value"], None), "a time has the value None"),
        (_changed([*CLIP, "source_range", "duration", "value"], float("nan")), "a time has the value nan"),
        (_changed([*CLIP, "source_range", "duration", "value"], -1), "negative length"),
        (_changed([*CLIP, "source_range"], {}), "lacks its start or its duration"),
        (_changed([*CLIP, "source_range"], None), "the Clip 'A' has no source range, so its length is unknown"),
        (_changed(CLIP, 5), "an object carries no OTIO_SCHEMA"),
        (_changed(["tracks", "children"], [7]), "cannot be understood"),
        (_changed(["tracks", "children", 0, "children"], "none"), "cannot be understood"),
        (_changed([*CLIP, "effects"], [{}]), "an object carries no OTIO_SCHEMA"),
        (_changed([*CLIP, "markers"], {"a": 1}), "cannot be understood"),
    ],
)
def test_bad_file_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "cut.otio"
    path.write_text(text)
    with pytest.raises(TimelineUnreadable) as caught:
        OtioHost(path, tmp_path / "out.otio")
    assert str(caught.value).startswith(f"{path}: ") and problem in str(caught.value)
    assert list(tmp_path.iterdir()) == [path]


def test_no_file_folder_binary(tmp_path: Path) -> None:
    with pytest.raises(TimelineUnreadable, match="no such file"):
        read(tmp_path / "gone.otio")
    with pytest.raises(TimelineUnreadable, match="is a folder, expected"):
        read(tmp_path)
    (tmp_path / "x.otio").write_bytes(b"\x89PNG\xff\xfe\x00")
    with pytest.raises(TimelineUnreadable, match="is not text"):
        read(tmp_path / "x.otio")


def test_what_is_not_known_is_carried(tmp_path: Path) -> None:
    root = good()
    clip = root["tracks"]["children"][0]["children"][0]
    clip["markers"].append({"OTIO_SCHEMA": "Marker.9", "mood": "blue", "big": 2**70, "fine": 0.1 + 0.2})
    clip["new_key_of_a_newer_library"] = {"OTIO_SCHEMA": "Wonder.3"}
    root["metadata"] = {"studio": {"OTIO_SCHEMA": "Clip.99 is text", "x": 1.1899998188018799, "name": "Ä\U0001f3ac"}}
    path = files.save(root, tmp_path / "cut.otio")
    write(read(path), tmp_path / "out.otio")
    assert json.loads((tmp_path / "out.otio").read_text()) == root


def test_byte_order_mark_and_lone_surrogate(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(good() | {"name": "\ud800"}).encode())
    write(read(path), tmp_path / "out.otio")
    assert json.loads((tmp_path / "out.otio").read_text())["name"] == "\ud800"


@pytest.mark.parametrize(
    ("rate", "frame", "label"),
    [
        (24.0, 86400, "01:00:00:00"),
        (23.976, 86400, "01:00:00:00"),
        (29.97, 108000, "01:00:00:00"),
        (29.97, 107892, "01:00:00;00"),
        (59.94, 215784, "01:00:00;00"),
        (59.94, 216000, "01:00:00:00"),
        (29.97, 0, "00:00:00:00"),
        (25.0, 90000, "01:00:00:00"),
    ],
)
def test_start_timecode(tmp_path: Path, rate: float, frame: int, label: str) -> None:
    start = Fraction(frame) / exact_rate(rate)
    path = files.save(files.timeline(rate=rate, start_s=start), tmp_path / "cut.otio")
    assert timebase(read(path)).timecode(Fraction(0)) == label


def test_rate_is_taken_from_the_picture_when_the_start_is_silent(tmp_path: Path) -> None:
    sound = files.track("A1", "Audio", files.gap(SECOND, 48000.0))
    picture = files.track("V1", "Video", files.clip("A", "/a.mov", files.span(SECOND, SECOND, 25.0)))
    root = files.timeline(sound, picture) | {"global_start_time": None}
    assert timebase(read(files.save(root, tmp_path / "cut.otio"))).rate == 25


def test_output_is_checked_before_anything_else(tmp_path: Path) -> None:
    source = files.save(good(), tmp_path / "cut.otio")
    link = tmp_path / "link.otio"
    link.symlink_to(source)
    other = files.save(good(), tmp_path / "another.otio")
    for output, problem in (
        (source, "it is the timeline that is read"),
        (link, "it is the timeline that is read"),
        (tmp_path, "it is a folder"),
        (tmp_path / "gone" / "out.otio", "its folder does not exist"),
        (tmp_path / "camera.mov", "its name must end in .otio"),
        (other, "no conform wrote it"),
    ):
        with pytest.raises(OutputUnwritable, match=problem):
            OtioHost(source, output)


def test_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.otio"
    path.write_text("old")
    program = (
        "import resource, signal, sys; from pathlib import Path; from twopop_otio.timeline import write_whole\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "write_whole(Path(sys.argv[1]), b'x' * 5000)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "OutputUnwritable" in done.stderr and "cannot be written" in done.stderr
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


def test_write_into_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match="its folder does not exist"):
        write_whole(tmp_path / "gone" / "x", b"")


def test_an_output_that_somebody_edited_is_never_replaced(tmp_path: Path) -> None:
    source, output = files.save(files.timeline(), tmp_path / "in.otio"), tmp_path / "out.otio"
    host = OtioHost(source, output)
    nothing = ChangeList(str(source), host.read().digest, host.read().timebase)
    host.apply(nothing)
    OtioHost(source, output).apply(nothing)  # as we left it: replaced
    edited = output.read_text().replace('"cut"', '"cut by hand"')
    output.write_text(edited)
    with pytest.raises(OutputUnwritable, match="it was edited since it was conformed; name another file"):
        OtioHost(source, output)
    with pytest.raises(OutputUnwritable, match="edited since"):
        host.apply(nothing)  # planned before the edit
    assert output.read_text() == edited


def test_what_somebody_edited_is_kept_beside_before_it_is_undone(tmp_path: Path) -> None:
    clip = files.clip("A001", "/shoot/A001.mov", files.span(Fraction(1), Fraction(4), 24.0))
    source, output = (
        files.save(files.timeline(files.track("V1", "Video", clip)), tmp_path / "in.otio"),
        tmp_path / "out.otio",
    )
    host = OtioHost(source, output)
    timeline = host.read()
    mark = AddMarker("one", "one", timeline.clips[0].target, "RED", "twopop: look", "look")
    host.apply(ChangeList(str(source), timeline.digest, timeline.timebase, (mark,)))
    edited = output.read_text().replace('"cut"', '"cut by hand"')
    output.write_text(edited)
    assert undo_file(output) == ("one",)
    assert (tmp_path / "out.twopop" / "before-undo.otio").read_text() == edited
    assert "cut by hand" in output.read_text()


@pytest.mark.parametrize("name", ["cut.edl", "cut.AAF", "cut.fcpxml"])
def test_other_formats_are_sent_to_conform(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("TITLE: cut")
    with pytest.raises(TimelineUnreadable, match=r"only \.otio is read here; `twopop conform` makes one of it"):
        read(tmp_path / name)
