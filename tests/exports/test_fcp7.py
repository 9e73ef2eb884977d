"""FCP7 XML: what the OTIO adapter reads of it, and what it does not read: links, speeds, gain, formats."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, parse

import opentimelineio as otio
import pytest

import otio_files as files
from clips.encode import Sound, encode
from exports import everything
from exports.footage import RATES, frames, gap, shot
from renderer import exact_rate
from twopop_otio.exports import Exported, export
from twopop_otio.timeline import read


def exported(root: files.Json, folder: Path) -> Exported:
    return export(read(files.save(root, folder / "cut.otio")), "fcp7xml", folder / "cut.xml")


def items(path: Path) -> dict[str, Element]:
    return {text(item, "name"): item for item in parse(path).getroot().iter("clipitem")}


def text(element: Element, path: str) -> str:
    found = element.find(path)
    assert found is not None, path
    return found.text or ""


@pytest.mark.parametrize("rate", RATES)
def test_the_adapter_finds_cuts_gaps_dissolves_and_markers(tmp_path: Path, rate: float) -> None:
    found: Any = otio.adapters.read_from_file(str(exported(everything.timeline(rate), tmp_path).path), "fcp_xml")
    track = found.video_tracks()[0]
    kinds = [type(child).__name__ for child in track]
    assert kinds[:4] == ["Gap", "Clip", "Transition", "Clip"]
    transition = track[2]
    assert (transition.in_offset.value, transition.out_offset.value) == (10, 10)
    starts = [child.range_in_parent().start_time.value for child in track if isinstance(child, otio.schema.Clip)]
    assert starts == [12, 112, 172, 202, 236]  # a, b, back, still, and behind the title n1
    a = track[1]
    assert a.source_range.start_time.value == 86400 + 50
    assert a.media_reference.available_range.start_time.value == 86400
    assert Fraction(a.source_range.start_time.rate).limit_denominator(1001) == exact_rate(rate)
    assert [(m.name, m.marked_range.start_time.value) for m in a.markers] == [("look", 60)]
    assert [(m.name, m.marked_range.start_time.value) for m in found.tracks.markers] == [("scene 2", 150)]


def test_the_sequence_says_its_format_timecode_and_rate(tmp_path: Path) -> None:
    sequence = parse(exported(everything.timeline(29.97, label=107892), tmp_path).path).getroot().find("sequence")
    assert sequence is not None
    assert (text(sequence, "rate/timebase"), text(sequence, "rate/ntsc")) == ("30", "TRUE")
    assert text(sequence, "timecode/string") == "01:00:00;00" and text(sequence, "timecode/displayformat") == "DF"
    assert text(sequence, "media/video/format/samplecharacteristics/width") == "64"
    assert text(sequence, "media/audio/format/samplecharacteristics/samplerate") == "48000"


def test_linked_clips_name_each_other(tmp_path: Path) -> None:
    found = items(exported(everything.timeline(25.0), tmp_path).path)
    refs = [text(link, "linkclipref") for link in found["a"].findall("link")]
    assert refs == [found["a"].get("id"), found["s"].get("id")]
    assert [text(link, "mediatype") for link in found["s"].findall("link")] == ["video", "audio"]
    assert text(found["boom"], "sourcetrack/trackindex") == "2" and not found["boom"].findall("link")


def test_speed_and_gain_stand_in_filters(tmp_path: Path) -> None:
    found = items(exported(everything.timeline(25.0), tmp_path).path)
    values = {name: filter_values(found[name]) for name in ("b", "back", "boom", "keyed")}
    assert values["b"]["speed"] == "200" and values["b"]["reverse"] == "FALSE"
    assert values["back"] == values["b"] | {"speed": "100", "reverse": "TRUE"}
    assert float(values["boom"]["level"]) == pytest.approx(10 ** (-6 / 20), rel=1e-4)
    keys = found["keyed"].findall(".//keyframe")
    assert [int(text(key, "when")) for key in keys] == [300, 325]
    assert float(text(keys[1], "value")) == pytest.approx(10 ** (-12 / 20), rel=1e-4)
    assert (text(found["b"], "in"), text(found["b"], "out")) == ("90", "160")  # 200 / 2, less what the dissolve shows
    assert (text(found["back"], "in"), text(found["back"], "out")) == ("570", "600")  # 1000 - 430


def filter_values(item: Element) -> dict[str, str]:
    return {text(p, "parameterid"): text(p, "value") for p in item.iter("parameter")}


def test_each_channel_of_a_file_has_a_track(tmp_path: Path) -> None:
    import numpy as np

    wav = encode(tmp_path / "three.wav", [Sound(np.zeros((6, 48000), np.float32), "pcm_s16le")])
    clip = shot("s", wav, 25.0, 0, 25, whole=25)
    done = exported(files.timeline(files.track("A", "Audio", gap(3, 25.0), clip), rate=25.0), tmp_path)
    tracks = parse(done.path).getroot().findall("sequence/media/audio/track")
    assert [text(track, "clipitem/sourcetrack/trackindex") for track in tracks] == ["1", "2", "3", "4", "5", "6"]
    assert {text(track, "clipitem/start") for track in tracks} == {"3"}
    assert len(tracks[0].findall("clipitem/link")) == 6
    assert "channel_count" not in {loss.kind for loss in done.losses}


def test_an_uneven_dissolve_is_made_even_and_said(tmp_path: Path) -> None:
    dissolve = files.transition(frames(4, 25.0), 25.0) | {"out_offset": files.time(frames(9, 25.0), 25.0)}
    a, b = (shot(name, everything.FILM, 25.0, 100, 50, whole=900) for name in ("a", "b"))
    done = exported(files.timeline(files.track("V", "Video", a, dissolve, b), rate=25.0), tmp_path)
    item = parse(done.path).getroot().find(".//transitionitem")
    assert item is not None and (text(item, "start"), text(item, "end"), text(item, "alignment")) == (
        "46",
        "54",
        "center",
    )
    assert [loss.where for loss in done.losses if loss.kind == "dissolve_evened"] == [("dissolve: 13 to 8 frames",)]
