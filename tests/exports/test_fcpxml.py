"""FCPXML: valid by a DTD at the eight rates, every time on the grid, every id known, everything in its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import Element, parse

import pytest
from lxml import etree

import otio_files as files
from exports import everything
from exports.footage import RATES, frames, gap, shot
from exports.readers import fcpxml, seconds, with_otio
from renderer import exact_rate
from twopop_otio.exports import Exported, export
from twopop_otio.timeline import read

DTD = Path(__file__).with_name("fcpxml-subset.dtd")


def exported(root: files.Json, folder: Path) -> Exported:
    return export(read(files.save(root, folder / "cut.otio")), "fcpxml", folder / "cut.fcpxml")


def tree(root: files.Json, folder: Path) -> Element:
    return parse(exported(root, folder).path).getroot()


def first(root: Element, name: str) -> Element:
    found = next(
        (element for element in root.iter() if element.get("name") == name and "offset" in element.attrib), None
    )
    assert found is not None, name
    return found


@pytest.mark.parametrize("rate", RATES)
def test_valid_by_the_dtd_and_on_the_grid(tmp_path: Path, rate: float) -> None:
    done = exported(everything.timeline(rate), tmp_path)
    dtd = etree.DTD(str(DTD))
    assert dtd.validate(etree.parse(str(done.path))), dtd.error_log
    root = parse(done.path).getroot()
    frame = 1 / exact_rate(rate)
    assert seconds(root.find("resources/format").attrib["frameDuration"]) == frame  # type: ignore[union-attr]
    for element in root.iter():
        for name in ("offset", "duration", "start", "tcStart", "time", "value"):
            text = element.get(name, "")
            if text[-1:] == "s" and text[0].isdigit():
                assert (seconds(text) / frame).denominator == 1, (element.tag, element.attrib)


@pytest.mark.parametrize("rate", [23.976, 25.0, 59.94])
def test_storylines_are_without_holes_and_transitions_lie_on_their_cut(tmp_path: Path, rate: float) -> None:
    root = tree(everything.timeline(rate, 86400), tmp_path)
    spine, sequence = root.find(".//sequence/spine"), root.find(".//sequence")
    assert spine is not None and sequence is not None
    first_frame = seconds(sequence.attrib["tcStart"])
    assert first_frame == frames(86400, rate)
    for line in [*spine.findall(".//spine"), spine]:
        position = first_frame if line is spine else Fraction(0)
        for before, item in zip([None, *line], line, strict=False):
            if item.tag == "transition":
                start, end = (seconds(item.attrib["offset"]) + extra for extra in (0, seconds(item.attrib["duration"])))
                assert before is not None and start < position < end
                continue
            assert seconds(item.attrib["offset"]) == position
            position += seconds(item.attrib["duration"])
    assert position == first_frame + seconds(sequence.attrib["duration"])
    assert {e.attrib["ref"] for e in root.iter() if "ref" in e.attrib} <= {e.get("id") for e in root.iter()}


def test_linked_picture_and_sound_are_one_clip(tmp_path: Path) -> None:
    done = exported(everything.timeline(25.0), tmp_path)
    root = parse(done.path).getroot()
    sound = [element for element in root.iter("asset-clip") if element.get("name") == "s"]
    a = first(root, "a")
    assert a.get("srcEnable") == "video" and len(sound) == 1  # a dissolve on the picture keeps them apart
    plain = files.timeline(
        files.track("V", "Video", shot("p", everything.FILM, 25.0, 5, 50, metadata=everything.linked(7))),
        files.track("A", "Audio", shot("q", everything.FILM, 25.0, 5, 50, metadata=everything.linked(7))), rate=25.0,
    )  # fmt: skip
    (tmp_path / "2").mkdir()
    both = exported(plain, tmp_path / "2")
    clips = list(parse(both.path).getroot().iter("asset-clip"))
    assert [(clip.get("name"), clip.get("audioRole"), clip.get("srcEnable")) for clip in clips] == [
        ("p", "dialogue", None)
    ]
    assert "links" not in {loss.kind for loss in both.losses}


def test_labels_speeds_gain_and_markers(tmp_path: Path) -> None:
    rate, label = 25.0, 86400
    root = tree(everything.timeline(rate, label), tmp_path)
    sequence = root.find(".//sequence")
    assert sequence is not None and seconds(sequence.attrib["tcStart"]) == frames(label, rate)
    assert seconds(first(root, "a").attrib["start"]) == frames(label + 50, rate)
    marker = first(root, "a").find("marker")
    assert marker is not None and marker.attrib["value"] == "look" and marker.attrib["note"] == "closer"
    assert seconds(marker.attrib["start"]) == frames(label + 60, rate)
    for name, low, high in (("b", 200, 320), ("back", 430, 400)):
        clip = first(root, name)
        points = clip.findall("timeMap/timept")
        assert [seconds(point.attrib["value"]) - frames(label, rate) for point in points] == [
            frames(low, rate),
            frames(high, rate),
        ]
        assert seconds(points[0].attrib["time"]) == seconds(clip.attrib["start"])
        assert seconds(points[1].attrib["time"]) - seconds(points[0].attrib["time"]) == seconds(clip.attrib["duration"])
    boom, keyed = first(root, "boom"), first(root, "keyed")
    assert boom.find("adjust-volume").get("amount") == "-6dB"  # type: ignore[union-attr]
    assert boom.find("audio-channel-source").get("srcCh") == "2"  # type: ignore[union-attr]
    assert seconds(boom.attrib["duration"]) == frames(86, rate) and seconds(keyed.attrib["duration"]) == frames(
        56, rate
    )
    assert boom.get("lane") != keyed.get("lane")
    keys = keyed.findall(".//keyframe")
    assert [key.attrib["value"] for key in keys] == ["0dB", "-12dB"]
    assert seconds(keys[1].attrib["time"]) - seconds(keyed.attrib["start"]) == frames(6 + 25, rate)
    assert first(root, "off").get("enabled") == "0"


def test_a_film_of_another_rate_is_conformed_not_retimed(tmp_path: Path) -> None:
    clip = shot("fast", Path("/media/fast.mov"), 50.0, 100, 200, label=500, whole=1000)
    root = tree(files.timeline(files.track("V", "Video", gap(5, 25.0), clip), rate=25.0), tmp_path)
    made = first(root, "fast")
    conform = made.find("conform-rate")
    assert conform is not None and conform.attrib == {"scaleEnabled": "0", "srcFrameRate": "50"}
    assert seconds(made.attrib["start"]) == frames(600, 50.0) and made.find("timeMap") is None
    assert seconds(made.attrib["duration"]) == 4


@pytest.mark.parametrize("rate", [24.0, 25.0, 30.0])
def test_the_otio_adapter_finds_the_same_clips(tmp_path: Path, rate: float) -> None:
    """It fails at other rates, and knows of asset clips only where they are all there is."""
    parts = [shot(name, Path(f"/media/{name}.mov"), rate, 10, 40, label=500, whole=900) for name in ("a", "b", "c")]
    done = exported(files.timeline(files.track("V", "Video", *parts), rate=rate), tmp_path)
    rows = with_otio(done.path, "fcpx_xml")
    assert [row[0] for row in rows] == ["a", "b", "c"]
    assert [row[1:3] for row in rows] == [row[1:3] for row in fcpxml(done.path)]
