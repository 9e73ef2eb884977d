"""The whole way: a timeline of another format, relinked, conformed by the OTIO host, read by the independent reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import pytest

from imports.cuts import F24, RATES, Shot, hour, label
from imports.test_import_edl import edl
from imports.test_import_fcp7 import file_xml, item_xml, sequence_xml
from renderer import Play, plays
from shoot import Camera, Recorder, Shoot
from twopop.locations import Home
from twopop.timing import Timecode, range_from_wire, rational_from_wire
from twopop.v1 import demo_pb2
from twopop_actions.conform import plan
from twopop_actions.engine import Engine
from twopop_actions.sync.step import SyncOptions
from twopop_client import EngineClient
from twopop_otio.host import OtioHost, undo_file, work_folder
from twopop_otio.imports import Imported, read_any, relink

HOUR = 3600 * 24


def conform(host: OtioHost, engine: Engine, sound: Path = Path("/sound")) -> list[Play]:
    """Conforms, and reads what was written."""
    host.apply(plan(host, engine, SyncOptions((sound,), work_folder(host.output))).changes)
    return plays(host.output)


@pytest.mark.parametrize("name", RATES)
def test_sound_lands_under_the_picture_of_an_edit_decision_list(tmp_path: Path, name: str) -> None:
    """The recorder's clock at any moment of the timeline is the camera's: to a frame, and here to the sample."""
    rate, drop = RATES[name]
    first = hour(rate, drop, 9)
    media = tmp_path / "cards/TAPE1.mov"
    media.parent.mkdir()
    media.touch()
    camera = Camera(str(media), Fraction(100), Fraction(600), timecode_s=first / rate)
    recorder = Recorder("/sound/T1.wav", Fraction("93.5"), Fraction(700), ("BOOM",), drift_ppm=40.0)
    shoot = Shoot.of(camera, recorder)
    path = tmp_path / "cut.edl"
    path.write_text(edl([Shot(30, 100, first + 1234), Shot(130, 50, first + 77)], rate, drop, "AA/V"))
    imported = read_any(path, rate=rate)
    done = relink(imported.document, [media.parent], cast(Engine, shoot))
    assert {event.state for event in done.events} == {"linked"}
    host = OtioHost(path, tmp_path / "out.otio", Imported(done.document, imported.format, imported.notes))
    assert sorted(clip.link or "" for clip in host.read().clips) == ["4", "4", "4", "6", "6", "6"]
    found = conform(host, shoot)
    placed = [play for play in found if play.track == "BOOM"]
    assert [play.start * rate for play in placed] == [30, 130]
    for play, source in zip(placed, (1234, 77), strict=True):
        heard = shoot.event_time(play.file, play.source(play.start))
        assert abs(heard - (camera.start + source / rate)) < Fraction(1, 48000)
    root = json.loads(host.output.read_text())
    assert root["metadata"]["twopop"]["drop_frame"] is drop


def test_host_reads_other_formats_by_itself_and_says_what_was_lost(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    crop = "<filter><effect><name>Crop</name></effect></filter>"
    media = tmp_path / "A 001.mov"
    media.touch()
    file = file_xml(F24, zero=HOUR).replace("file://localhost/media/A%20001.mov", media.as_uri())
    shot = Shot(0, 48, 0)
    picture = item_xml("v", shot, F24, file=file, first=24, more=crop + "<link><linkclipref>a</linkclipref></link>")
    sound = item_xml("a", shot, F24, first=24)
    path.write_text(f'<xmeml version="5">{sequence_xml(F24, False, [picture], [sound])}</xmeml>')
    before = path.read_bytes()
    camera = Camera(str(media), Fraction(50), Fraction(10**6, 24), timecode_s=Fraction(3600))
    shoot = Shoot.of(camera, Recorder("/sound/T1.wav", Fraction(20), Fraction(90)))
    host = OtioHost(path, tmp_path / "out.otio")
    assert host.notes == ("shot: the filter 'Crop' is not carried.",)
    assert host.capabilities.sub_frame and len({clip.link for clip in host.read().clips}) == 1
    found = conform(host, shoot)
    (placed,) = [play for play in found if play.track == "MIX"]
    assert shoot.event_time(placed.file, placed.source(Fraction(0))) == 50 + 1
    assert path.read_bytes() == before
    assert undo_file(host.output)
    assert json.loads(host.output.read_text()) == read_any(path).document.root


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineClient]:
    with EngineClient.connect(Home(tmp_path_factory.mktemp("home"))) as client:
        yield client
        client.stop()


def demo_edl(demo: demo_pb2.DemoResult) -> str:
    """The demo's timeline as an edit decision list: reels are the camera files' names."""
    rate = rational_from_wire(demo.frame_rate)
    record = int(Timecode.parse(demo.start_timecode, rate).frame)
    lines = ["TITLE: demo", "FCM: NON-DROP FRAME"]
    for number, clip in enumerate(demo.clips, 1):
        start, duration = range_from_wire(clip.source_range)
        first = Timecode.parse(clip.start_timecode, rate).frame + round(start * rate)
        length = round(duration * rate)
        times = (first, first + length, record, record + length)
        labels = " ".join(label(frame, rate, False) for frame in times)
        lines += [f"{number:03}  {Path(clip.path).stem}  B  C  {labels}", f"* FROM CLIP NAME: {clip.name}"]
        record += length
    return "\n".join(lines) + "\n"


def test_real_engine_relinks_and_conforms_the_demo_from_a_list(tmp_path: Path, engine: EngineClient) -> None:
    """What comes out is heard as early as in the conform of the demo's own .otio: the recordings' true places."""
    demo = engine.make_demo(tmp_path / "demo")
    rate = rational_from_wire(demo.frame_rate)
    path = tmp_path / "demo.edl"
    path.write_text(demo_edl(demo))
    imported = read_any(path, rate=rate)
    done = relink(imported.document, [Path(demo.clips[0].path).parent], engine)
    assert {event.state for event in done.events} == {"linked"}
    assert {event.path for event in done.events} == {clip.path for clip in demo.clips}
    host = OtioHost(path, tmp_path / "out.otio", Imported(done.document, imported.format, imported.notes))
    planned = plan(host, engine, SyncOptions((Path(demo.sound_dir),), work_folder(host.output)))
    host.apply(planned.changes)
    found = {play.name: play for play in plays(host.output) if play.track == "V1"}
    for clip in demo.clips:
        play = found[clip.name]
        assert play.source(play.start) == range_from_wire(clip.source_range)[0]
    truths = {truth.recording_path: truth for truth in demo.truths if truth.camera_path}
    pairs = [(match.recording.paths[0], match.pair) for o in planned.outcomes for match in o.matches]
    assert {path for path, _ in pairs} <= set(truths) and len(pairs) == len(truths) > 1
    assert all(abs(pair.start_s - truths[path].start_s) < 0.001 for path, pair in pairs)
