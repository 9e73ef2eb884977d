"""Real timelines: nothing is lost but what the change list names, and undo gives the file back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio
import pytest

from renderer import plays
from shoot import Camera, Recorder, Shoot
from twopop_actions.changes import AddMarker, PlaceClip, SetEnabled, SetGainKeys
from twopop_actions.conform import plan
from twopop_actions.sync.step import SyncOptions
from twopop_actions.timeline import Timeline
from twopop_otio.host import OtioHost, undo_file, work_folder

TIMELINES = Path(__file__).parents[3] / "shared" / "media" / "timelines"
needs_timelines = pytest.mark.skipif(
    not TIMELINES.is_dir(), reason="real timelines: ../shared/media/timelines is absent"
)
NAMES = ("multitrack", "nested_example", "premiere_example", "resolve_export_effects", "transition_test")
RESOLVE = "resolve_export_effects"
LAYOUT = "sq0100_sh0020_layout_v005.mp4"


def sample(name: str) -> Any:
    return json.loads((TIMELINES / f"{name}.otio").read_text())


def differences(old: Any, new: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where two JSON values differ; a list that grew differs at the new items."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            if key not in old or key not in new:
                yield (*path, key)
            else:
                yield from differences(old[key], new[key], (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            if index >= len(old) or index >= len(new):
                yield (*path, index)
            else:
                yield from differences(old[index], new[index], (*path, index))
    elif old != new or type(old) is not type(new):
        yield path


def named(timeline: Timeline, change: Any) -> tuple[tuple[Any, ...], ...]:
    """The places in the file that a change names."""
    if isinstance(change, PlaceClip):
        tracks = len(timeline.tracks)
        return tuple(("tracks", "children", index) for index in range(tracks, tracks + 9))
    item: tuple[Any, ...] = ("tracks", "children", change.target.track)
    for index in change.target.path:
        item = (*item, "children", index)
    if isinstance(change, AddMarker):
        return ((*item, "markers"),)
    if isinstance(change, SetEnabled):
        return (*item, "enabled"), (*item, "metadata", "twopop")
    assert isinstance(change, SetGainKeys)
    volume = (*item, "effects", 0, "metadata", "Resolve_OTIO", "Parameters")
    return volume, (*item, "metadata", "twopop")


def check_nothing_else_changed(source: Path, output: Path, host: OtioHost, changes: tuple[Any, ...]) -> None:
    allowed = [place for change in changes for place in named(host.read(), change)]
    for where in differences(json.loads(source.read_text()), json.loads(output.read_text())):
        assert any(where[: len(place)] == place for place in allowed), where


def conform(source: Path, output: Path, shoot: Shoot) -> tuple[OtioHost, tuple[Any, ...]]:
    host = OtioHost(source, output)
    planned = plan(host, shoot, SyncOptions((Path("/sound"),), work_folder(output)))
    host.apply(planned.changes)
    return host, planned.changes.changes


@needs_timelines
@pytest.mark.parametrize("name", NAMES)
def test_offline_sample_gets_markers_and_nothing_else(tmp_path: Path, name: str) -> None:
    source, output = TIMELINES / f"{name}.otio", tmp_path / "out.otio"
    host, changes = conform(source, output, Shoot())
    assert changes and all(isinstance(change, AddMarker) for change in changes)
    check_nothing_else_changed(source, output, host, changes)
    undo_file(output)
    assert json.loads(output.read_text()) == sample(name)


@needs_timelines
def test_resolve_export_with_sound_for_a_shot(tmp_path: Path) -> None:
    """The second layout shot becomes a camera clip; a linked clip of its sound lies on a track with gains."""
    root = sample(RESOLVE)
    tracks = root["tracks"]["children"]
    shot = next(clip for clip in tracks[4]["children"] if clip["name"] == LAYOUT)
    sound = tracks[9]["children"][1]
    path = shot["media_references"]["DEFAULT_MEDIA"]["metadata"]["Resolve_OTIO"]["Media Url"]
    for clip in (shot, sound):
        clip["metadata"]["Resolve_OTIO"]["Link Group ID"] = 4
    sound["media_references"] = json.loads(json.dumps(shot["media_references"]))
    source, output = tmp_path / "in.otio", tmp_path / "out.otio"
    source.write_text(json.dumps(root))
    shoot = Shoot.of(
        Camera(path, Fraction(0), Fraction(60)),
        Recorder("/sound/1.wav", Fraction(-20), Fraction(200), ("MIX", "BOOM"), 40.0, time_reference=172800000),
    )
    host, changes = conform(source, output, shoot)
    check_nothing_else_changed(source, output, host, changes)
    places = [change for change in changes if isinstance(change, PlaceClip)]
    (mute,) = [change for change in changes if isinstance(change, SetGainKeys)]
    assert [place.track for place in places] == ["MIX", "BOOM"]
    assert mute.target.track == 9 and mute.was is not None and "-16.999998092651367" in mute.was
    heard = {play.track: play for play in plays(output) if play.track in ("MIX", "BOOM", "Audio 2")}
    assert heard["Audio 2"].enabled
    muted = next(play for play in plays(output) if play.clip.get("metadata", {}).get("twopop", {}).get("changes"))
    assert muted.gain_db == -100
    placed = heard["BOOM"].clip
    assert placed["metadata"]["Resolve_OTIO"]["Link Group ID"] == 4
    assert placed["source_range"]["start_time"]["rate"] == 24.0
    assert placed["source_range"]["start_time"]["value"] % 1 == 0 < placed["source_range"]["start_time"]["value"]
    assert opentimelineio.adapters.read_from_file(str(output)).tracks[-1].name == "BOOM"
    undo_file(output)
    assert json.loads(output.read_text()) == root


@needs_timelines
@pytest.mark.parametrize("name", NAMES)
def test_positions_agree_with_the_otio_library(tmp_path: Path, name: str) -> None:
    if name == "premiere_example":
        pytest.skip("premiere_example.otio holds Marker.3, which the OTIO library refuses")
    library = opentimelineio.adapters.read_from_file(str(TIMELINES / f"{name}.otio"))
    ours = OtioHost(TIMELINES / f"{name}.otio", tmp_path / "out.otio").read()
    for clip in ours.clips:
        item = library.tracks[clip.target.track][clip.target.path[0]]
        if len(clip.target.path) == 1:
            start = item.range_in_parent().start_time.to_seconds()
            assert abs(start - float(clip.record_start)) < 1e-9
            assert abs(item.duration().to_seconds() - float(clip.record_duration)) < 1e-9


@needs_timelines
def test_nested_and_retimed_clips_lie_where_they_show(tmp_path: Path) -> None:
    timeline = OtioHost(TIMELINES / "nested_example.otio", tmp_path / "out.otio").read()
    inside = {clip.name: clip for clip in timeline.clips}
    first = inside["Clip Inside A Stack 1"]
    assert first.record_start == Fraction(238, 24) and first.record_duration == Fraction(31, 24)
    assert first.target.path == (1, 0)
    assert inside["Clip Inside A Track"].speed is None
    retimed = inside["Clip Inside A Stack 2"]
    assert retimed.speed is not None and abs(float(retimed.speed) - 0.85454) < 1e-4
