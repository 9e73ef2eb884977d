"""Clips that run backwards: written by hand in other formats, read, written, read again, and played by melt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

import otio_files as files
from exports.everything import volume
from exports.footage import BOUNDS, brightness, film, frames, marker, shot
from exports.melting import melt
from imports.cuts import all_plays, facts, hour, label
from renderer import Play
from twopop_otio.exports import export
from twopop_otio.exports.flatten import flatten
from twopop_otio.exports.losses import Ledger
from twopop_otio.imports import read_any
from twopop_otio.timeline import read

RATES = {24: Fraction(24), 29.97: Fraction(30000, 1001)}
SUFFIX = {"edl": ".edl", "fcp7xml": ".xml", "fcpxml": ".fcpxml"}
WHOLE, FIRST, HIGH, LENGTH = 1000, 12, 430, 40
"""Frames of the file, record frame of the clip, the file's frame behind the one seen first, frames of the clip."""


@dataclass(frozen=True)
class Backwards:
    """A file of 1000 frames labelled from 01:00:00:00, of which a clip plays frames 429, 429 - step, ... backwards."""

    rate: Fraction
    step: int
    path: str = "/media/A001.mov"
    whole: int = WHOLE
    high: int = HIGH
    length: int = LENGTH

    @property
    def zero(self) -> int:
        return hour(self.rate, False)

    def seconds(self, count: Fraction | int) -> str:
        exact = Fraction(count) / self.rate
        return f"{exact.numerator}/{exact.denominator}s"

    def edl(self) -> str:
        low, high = self.zero + self.high - self.length * self.step, self.zero + self.high
        record = self.zero + FIRST
        times = [label(frame, self.rate, False) for frame in (low, high, record, record + self.length)]
        speed = float(-self.step * self.rate)
        return (
            f"TITLE: cut\nFCM: NON-DROP FRAME\n\n001  A001     AA/V  C        {' '.join(times)}\n"
            f"M2   A001       {speed:07.2f}      {times[0]}\n* FROM CLIP NAME: back\n"
            f"* LOC: {label(record + 3, self.rate, False)} RED     look\n"
        )

    def fcp7xml(self) -> str:
        rate = (
            f"<rate><timebase>{round(self.rate)}</timebase>"
            f"<ntsc>{'TRUE' if self.rate.denominator > 1 else 'FALSE'}</ntsc></rate>"
        )
        timecode = f"<timecode>{rate}<frame>{self.zero}</frame><displayformat>NDF</displayformat></timecode>"
        into = (self.whole - self.high) // self.step
        said = {"variablespeed": 0, "speed": 100 * self.step, "reverse": "TRUE"}
        remap = "".join(
            f"<parameter><parameterid>{key}</parameterid><value>{value}</value></parameter>"
            for key, value in said.items()
        )
        clip = (
            f"<name>back</name>{rate}<start>{FIRST}</start><end>{FIRST + self.length}</end><in>{into}</in>"
            f'<out>{into + self.length}</out><file id="f"/>'
            f"<filter><effect><effectid>timeremap</effectid>{remap}</effect></filter>"
        )
        file = f'<file id="f"><name>A001.mov</name><pathurl>file://localhost{self.path}</pathurl>{rate}'
        file += f"<duration>{self.whole}</duration>{timecode}</file>"
        picture = clip.replace('<file id="f"/>', file)
        return (
            f'<xmeml version="5"><sequence id="s"><name>cut</name>{rate}{timecode}<media><video><track>'
            f'<clipitem id="v">{picture}</clipitem></track></video><audio><track><clipitem id="a">{clip}</clipitem>'
            "</track></audio></media></sequence></xmeml>"
        )

    def fcpxml(self) -> str:
        t = self.seconds
        own = Fraction(self.whole - self.high, self.step)
        points = ((0, self.zero + self.whole), (Fraction(self.whole, self.step), self.zero))
        mapped = "".join(f'<timept time="{t(time)}" value="{t(value)}" interp="linear"/>' for time, value in points)
        return (
            f'<fcpxml version="1.10"><resources><format id="r" frameDuration="{t(1)}"/><asset id="A" name="A001" '
            f'start="{t(self.zero)}" duration="{t(self.whole)}" format="r" hasVideo="1" hasAudio="1"><media-rep '
            f'kind="original-media" src="file://{self.path}"/></asset></resources><library><event><project name="cut">'
            f'<sequence format="r" tcStart="{t(self.zero)}" tcFormat="NDF"><spine><gap offset="{t(self.zero)}" '
            f'duration="{t(FIRST)}"/><asset-clip ref="A" name="back" offset="{t(self.zero + FIRST)}" start="{t(own)}" '
            f'duration="{t(self.length)}"><timeMap>{mapped}</timeMap><marker start="{t(own + 3)}" duration="{t(1)}" '
            'value="look"/></asset-clip></spine></sequence></project></event></library></fcpxml>'
        )

    def written(self, kind: str, folder: Path) -> Path:
        path = folder / f"cut{SUFFIX[kind]}"
        path.write_text(getattr(self, kind)())
        return path


def numbers(play: Play, rate: Fraction, zero: int) -> list[int]:
    """The file's frames that a clip that runs backwards shows, one for each frame of the timeline."""
    count = (play.end - play.start) * rate
    edges = [(play.label + step / rate * play.speed) * rate - zero for step in range(int(count))]
    assert count.denominator == 1
    return [math.ceil(edge) - 1 for edge in edges]


def seen(path: Path, folder: Path, rate: Fraction) -> dict[str, list[object]]:
    """By track kind: record frame and numbers of the frames that are seen, and markers in frames."""
    imported = read_any(path, rate=rate if path.suffix == ".edl" else None)
    zero = hour(rate, False)
    return {
        play.kind: [play.start * rate, numbers(play, rate, zero), *marked(play, rate)]
        for play in all_plays(imported, folder)
    }


def marked(play: Play, rate: Fraction) -> list[int]:
    """Numbers of the frames that markers stand on."""
    return [round(mark["marked_range"]["start_time"]["value"]) - hour(rate, False) for mark in play.clip["markers"]]


@pytest.mark.parametrize("kind", SUFFIX)
@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("rate", RATES)
def test_the_same_frames_before_and_behind_an_export(tmp_path: Path, rate: float, step: int, kind: str) -> None:
    cut = Backwards(RATES[rate], step)
    truth = [HIGH - 1 - step * number for number in range(LENGTH)]
    found = seen(cut.written(kind, tmp_path), tmp_path, cut.rate)
    again = export(read(tmp_path / "read.otio"), kind, tmp_path / f"again{SUFFIX[kind]}").path
    looks = [] if kind == "fcp7xml" else [truth[3]]
    assert found == {"Video": [FIRST, truth, *looks], "Audio": [FIRST, truth]}
    assert seen(again, tmp_path, cut.rate) == found


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("kind", ["fcp7xml", "fcpxml"])
def test_melt_plays_them_in_this_order(tmp_path: Path, kind: str, step: int) -> None:
    picture = film(tmp_path / "a.mov", 24.0)
    cut = Backwards(Fraction(24), step, str(picture), whole=50, high=40, length=10)
    root = read_any(cut.written(kind, tmp_path)).document.root
    root["tracks"]["children"] = root["tracks"]["children"][:1]
    (clip,) = [item for item in root["tracks"]["children"][0]["children"] if item["name"] == "back"]
    clip["media_references"]["DEFAULT_MEDIA"]["available_image_bounds"] = BOUNDS
    done = melt(export(read(files.save(root, tmp_path / "cut.otio")), "mlt", tmp_path / "cut.mlt").path, tmp_path)
    truth = [40 - step * (number + 1) for number in range(10)]  # of the two frames that pass, melt shows the later
    shown = done.picture[FIRST : FIRST + 10]
    assert [bright / brightness(1) for bright in shown] == pytest.approx(truth, abs=0.35)


@pytest.mark.parametrize("to", ["edl", "fcpxml"])
def test_a_nest_that_runs_backwards_shows_its_end_first(tmp_path: Path, to: str) -> None:
    """Frames 10 to 40 of a nest of "a" (20 frames from 100) and "b" (30 frames from 300, backwards), from the end."""
    clips = [shot("a", Path("/a.mov"), 24.0, 100, 20, whole=900), shot("b", Path("/b.mov"), 24.0, 300, 30, whole=900)]
    clips[1]["effects"] = files.clip("", None, None, speed=-1.0)["effects"]
    clips[0]["markers"] = [marker("look", frames(112, 24.0), 24.0)]
    nest = files.stack("n", files.span(frames(10, 24.0), frames(30, 24.0), 24.0), files.track("i", "Video", *clips))
    nest["effects"] = clips[1]["effects"]
    path = files.save(files.timeline(files.track("V", "Video", nest), rate=24.0), tmp_path / "nest.otio")
    done = export(read(path), to, tmp_path / f"out{SUFFIX[to]}").path
    found = all_plays(read_any(done, rate=Fraction(24) if to == "edl" else None), tmp_path)
    moments = {play.name: facts(play.start * 24, play.end * 24, play.label * 24, play.speed) for play in found}
    assert moments == {"b": (0, 20, 310, 1), "a": (20, 30, 120, -1)}
    (look,) = [mark for play in found for mark in play.clip["markers"]]
    assert look["marked_range"]["start_time"]["value"] == 112


def test_gain_of_a_nest_that_runs_backwards_does_too(tmp_path: Path) -> None:
    """Keys at frames 0, 15 and 40 of a clip of 50; the nest shows its frames 10 to 40 from the end."""
    sound = shot("s", Path("/s.wav"), 25.0, 100, 50, whole=900)
    sound["effects"].append(volume(0.0, {"0": 0.0, "15": -3.0, "40": -12.0}))
    nest = files.stack("n", files.span(frames(10, 25.0), frames(30, 25.0), 25.0), files.track("i", "Audio", sound))
    nest["effects"] = files.clip("", None, None, speed=-1.0)["effects"]
    root = files.timeline(files.track("A", "Audio", nest), rate=25.0, metadata=files.RESOLVE)
    (lane,) = flatten(read(files.save(root, tmp_path / "cut.otio")), Ledger()).lanes
    (event,) = lane.events
    assert [facts(key.at * 25, key.gain_db) for key in event.gain_keys] == [(0, -12.0), (25, -3.0), (40, 0.0)]
