"""An export as a whole: what is refused, what is said, and that nothing is half written."""

from __future__ import annotations

import csv
import json
import os
from fractions import Fraction
from pathlib import Path

import pytest

import otio_files as files
from exports import everything
from exports.footage import RATES, frames, gap, marker, shot
from twopop.errors import OptionInvalid, OutputUnwritable, TimelineUnreadable
from twopop_otio.exports import FORMATS, Exported, export
from twopop_otio.timeline import read

TIMELINES = Path(__file__).parents[3] / "shared" / "media" / "timelines"
NAMES = ("multitrack", "nested_example", "premiere_example", "resolve_export_effects", "transition_test")


def exported(root: files.Json, to: str, folder: Path, **options: bool) -> Exported:
    return export(read(files.save(root, folder / "cut.otio")), to, folder / "out.x", **options)


def losses(done: Exported) -> dict[str, tuple[str, ...]]:
    return {loss.kind: loss.where for loss in done.losses}


def simple() -> files.Json:
    return files.timeline(files.track("V", "Video", shot("a", everything.FILM, 25.0, 10, 50)), rate=25.0)


@pytest.mark.skipif(not TIMELINES.is_dir(), reason="real timelines: ../shared/media/timelines is absent")
@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_real_timelines_go_out_and_say_what_they_lose(tmp_path: Path, name: str, to: str) -> None:
    done = export(read(TIMELINES / f"{name}.otio"), to, tmp_path / f"{name}{FORMATS[to].suffix}")
    assert done.path.stat().st_size > 50
    if name == "resolve_export_effects" and to != "markers":
        assert {"effects", "metadata", "offline"} <= set(losses(done))
        assert len(losses(done)["offline"]) == 37


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("rate", RATES)
def test_everything_goes_out_at_every_rate(tmp_path: Path, to: str, rate: float) -> None:
    done = exported(everything.timeline(rate), to, tmp_path)
    carried = FORMATS[to].carries
    for kind in ("takes", "gain", "gain_keys", "retimes", "reverse", "disabled", "start_timecode", "track_names"):
        if to != "markers":
            assert (kind in losses(done)) == (kind not in carried), kind
    assert all(loss.sentence.endswith(").") for loss in done.losses)


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize(
    "root",
    [
        files.timeline(rate=25.0),
        files.timeline(files.track("V", "Video"), rate=25.0),
        files.timeline(files.track("V", "Video", gap(50, 25.0)), files.track("A", "Audio"), rate=25.0),
        files.timeline(files.track("A", "Audio", shot("a", everything.SOUND, 25.0, 1, 9)), rate=25.0),
        files.timeline(files.track("", "Video", shot("\0\x1b \ud800 日", Path("/m/\u0007.mov"), 25.0, 1, 9))),
        files.timeline(files.track("V", "Video", shot("n" * 3000, Path(f"/{'p' * 200}.mov"), 25.0, 1, 9)), rate=25.0),
        files.timeline(files.track("V", "Video", *(shot("a", Path("/m/a.mov"), rate, 3, 9) for rate in (50.0, 24.0)))),
    ],
    ids=["no tracks", "empty track", "gap only", "no picture", "odd letters", "long names", "mixed rates"],
)  # fmt: skip
def test_odd_timelines_go_out(tmp_path: Path, to: str, root: files.Json) -> None:
    done = exported(root, to, tmp_path)
    assert done.path.stat().st_size > 0
    exported(root, to, tmp_path, force=True)


@pytest.mark.parametrize("to", [name for name in FORMATS if name != "markers"])
def test_what_no_format_carries_is_said(tmp_path: Path, to: str) -> None:
    ramp = shot("ramp", everything.FILM, 25.0, 10, 20)
    ramp["effects"] = [{"OTIO_SCHEMA": "TimeEffect.1", "metadata": {}, "name": "", "effect_name": "ramp"}]
    freeze = shot("freeze", everything.FILM, 25.0, 10, 20)
    freeze["effects"] = [
        {"OTIO_SCHEMA": "FreezeFrame.1", "metadata": {}, "name": "", "effect_name": "", "time_scalar": 0}
    ]
    images = shot("images", everything.FILM, 25.0, 0, 20)
    images["media_references"]["DEFAULT_MEDIA"]["OTIO_SCHEMA"] = "ImageSequenceReference.1"
    blur = shot("blur", everything.FILM, 25.0, 10, 20)
    blur["effects"] = [{"OTIO_SCHEMA": "Effect.1", "metadata": {}, "name": "", "effect_name": "Blur"}]
    early = shot("early", everything.FILM, 25.0, -5, 20, label=100)
    wipe = files.transition(frames(2, 25.0), 25.0) | {"transition_type": "SMPTE_Wipe"}
    root = files.timeline(
        files.track("V", "Video", ramp, freeze, images, blur, early, wipe, ramp | {"name": "last"}), rate=25.0
    )
    said = losses(exported(root, to, tmp_path))
    assert said["ramps"] == ("ramp at 00:00:00:00", "last at 00:00:04:00")
    assert said["freezes"] == ("freeze at 00:00:00:20",) and said["image_sequences"] == ("images at 00:00:01:15",)
    assert said["effects"] == ("Blur of blur at 00:00:02:10",)
    assert said["outside_media"] == ("early at 00:00:03:05: by 0.200 s",) and "dissolve_kind" in said


def test_marker_list(tmp_path: Path) -> None:
    root = everything.timeline(25.0, label=90000)
    root["tracks"]["children"][0]["markers"] = [marker('say "a, b"', frames(75, 25.0), 25.0, "zwei\nZeilen")]
    done = exported(root, "markers", tmp_path)
    rows = list(csv.DictReader(done.path.read_bytes().decode().splitlines(keepends=True)))
    assert [(row["timecode"], row["seconds"], row["frame"], row["name"]) for row in rows] == [
        ("01:00:00:22", "0.880000", "22", "look"), ("01:00:03:00", "3.000000", "75", 'say "a, b"'),
        ("01:00:06:00", "6.000000", "150", "scene 2"),
    ]  # fmt: skip
    assert [(row["comment"], row["colour"], row["clip"], row["track"]) for row in rows] == [
        ("closer", "RED", "a", "V1"), ("zwei\nZeilen", "RED", "", "V1"), ("", "GREEN", "", ""),
    ]  # fmt: skip


def test_unknown_format_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(
        OptionInvalid, match="there is no format 'avi'; it is one of mlt, fcpxml, fcp7xml, aaf, rpp, edl, markers"
    ):
        exported(simple(), "avi", tmp_path)


def test_existing_files_are_kept_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "out.x").write_text("mine")
    with pytest.raises(OutputUnwritable, match="it exists; name another file, or say --force"):
        exported(simple(), "edl", tmp_path)
    assert (tmp_path / "out.x").read_text() == "mine"
    assert exported(simple(), "edl", tmp_path, force=True).path.read_text().startswith("TITLE")


def test_a_further_file_in_the_way_stops_all(tmp_path: Path) -> None:
    (tmp_path / "out_V2.x").write_text("mine")
    with pytest.raises(OutputUnwritable, match=r"out_V2\.x: cannot be written: it exists"):
        exported(everything.timeline(25.0), "edl", tmp_path)
    assert not (tmp_path / "out.x").exists()


def test_the_timeline_itself_is_never_written(tmp_path: Path) -> None:
    source = files.save(simple(), tmp_path / "cut.otio")
    for output in (source, tmp_path / "sub" / ".." / "cut.otio"):
        (tmp_path / "sub").mkdir(exist_ok=True)
        with pytest.raises(OutputUnwritable, match="it is the timeline that is read"):
            export(read(source), "edl", output, force=True)
    os.link(source, tmp_path / "same.otio")
    with pytest.raises(OutputUnwritable, match="it is the timeline that is read"):
        export(read(source), "edl", tmp_path / "same.otio", force=True)
    assert json.loads(source.read_text()) == simple()


@pytest.mark.parametrize(("output", "problem"), [("none/x.edl", "its folder does not exist"), (".", "it is a folder")])
def test_outputs_that_cannot_be(tmp_path: Path, output: str, problem: str) -> None:
    source = files.save(simple(), tmp_path / "cut.otio")
    with pytest.raises(OutputUnwritable, match=problem):
        export(read(source), "edl", tmp_path / output)


def test_a_clip_of_unknown_length_is_named(tmp_path: Path) -> None:
    root = files.timeline(files.track("V", "Video", files.clip("a", "/a.mov", None)), rate=25.0)
    with pytest.raises(TimelineUnreadable, match="the Clip 'a' has no source range"):
        exported(root, "edl", tmp_path)


def test_gain_keys_of_a_trimmed_nest_keep_their_moment(tmp_path: Path) -> None:
    """The nest begins 10 frames into the clip: a key at frame 25 stands at 15."""
    clip = shot("k", everything.SOUND, 25.0, 100, 50, whole=900)
    clip["effects"].append(everything.volume(0.0, {"0": 0.0, "25": -12.0}))
    nest = files.stack("n", files.span(frames(10, 25.0), frames(40, 25.0), 25.0), files.track("i", "Audio", clip))
    root = files.timeline(files.track("A", "Audio", nest), rate=25.0, metadata=files.RESOLVE)
    clip["metadata"] = everything.linked(1)
    text = exported(root, "rpp", tmp_path).path.read_text()
    assert [line.split()[1] for line in text.splitlines() if " PT " in line] == ["-0.4", "0.6"]


def test_the_head_before_a_files_beginning_is_cut_off(tmp_path: Path) -> None:
    clip = shot("early", everything.FILM, 25.0, -5, 20, label=100)
    done = exported(files.timeline(files.track("V", "Video", clip), rate=25.0), "edl", tmp_path)
    assert "00:00:04:00 00:00:04:15 00:00:00:05 00:00:00:20" in done.path.read_text()
    assert Fraction(5, 25) == Fraction("0.200") and "by 0.200 s" in losses(done)["outside_media"][0]


@pytest.mark.parametrize("to", ["mlt", "fcp7xml"])
def test_backwards_through_a_file_of_unknown_length_is_said(tmp_path: Path, to: str) -> None:
    span = files.span(frames(40, 25.0), frames(20, 25.0), 25.0)
    clip = files.clip("back", "/media/x.mov", span, speed=-1.0)
    assert losses(exported(files.timeline(files.track("V", "Video", clip), rate=25.0), to, tmp_path))["reverse_length"]


def test_dissolves_inside_nests_that_show_are_said_to_be_cuts(tmp_path: Path) -> None:
    """The nest shows from frame 30 on: the first of its dissolves, at frame 20, is not to be seen."""
    shots = [shot(name, everything.FILM, 25.0, 100, 20, whole=900) for name in "abc"]
    fades = [files.transition(frames(4, 25.0), 25.0) | {"name": name} for name in ("early", "late")]
    inner = files.track("i", "Video", shots[0], fades[0], shots[1], fades[1], shots[2])
    nest = files.stack("n", files.span(frames(30, 25.0), frames(30, 25.0), 25.0), inner)
    done = exported(files.timeline(files.track("V", "Video", gap(5, 25.0), nest), rate=25.0), "fcpxml", tmp_path)
    (said,) = [loss.sentence for loss in done.losses if loss.kind == "dissolve_nested"]
    assert said == "Transitions inside nested sequences are written as cuts: 1 (late at 00:00:00:15)."


def test_media_is_never_replaced_not_even_by_force(tmp_path: Path) -> None:
    media = tmp_path / "T1.wav"
    media.write_bytes(b"sound")
    source = files.save(
        files.timeline(files.track("A", "Audio", shot("a", media, 25.0, 1, 9)), rate=25.0), tmp_path / "c.otio"
    )
    with pytest.raises(OutputUnwritable, match="it is media that the timeline plays"):
        export(read(source), "mlt", media, force=True)
    assert media.read_bytes() == b"sound"
