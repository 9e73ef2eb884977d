"""Conforming what each editor writes: the click of the slate is heard with its picture, whatever the editor drops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import otio_files as files
from renderer import Play, exact_rate, plays, render
from shoot import Camera, Recorder, Shoot
from twopop_actions.changes import PlaceClip, SetEnabled, SetGainKeys
from twopop_actions.conform import plan
from twopop_actions.sync.step import SyncOptions
from twopop_otio.dialects import EDITORS
from twopop_otio.host import OtioHost, undo_file, work_folder
from twopop_otio.tags import canonical

S = Fraction(1)
MARKS: dict[str, files.Json] = {
    "resolve": files.RESOLVE, "premiere": files.PREMIERE, "blender": {"blender": {}}, "kdenlive": {"kdenlive": {}},
}  # fmt: skip
TIMELINES = Path(__file__).parents[3] / "shared" / "media" / "timelines"
RESOLVE = TIMELINES / "resolve_export_effects.otio"
LAYOUT = "sq0100_sh0020_layout_v005.mp4"


def conform(source: Path, output: Path, shoot: Shoot, **options: Any) -> tuple[Any, ...]:
    host = OtioHost(source, output)
    changes = plan(host, shoot, SyncOptions((Path("/sound"),), work_folder(output), **options)).changes
    host.apply(changes)
    return changes.changes


def click(length_s: int, at_s: Fraction) -> NDArray[np.float64]:
    samples = np.zeros(48000 * length_s)
    samples[round(at_s * 48000)] = 1.0
    return samples


def heard(found: list[Play], shoot: Shoot, event: Fraction) -> int:
    """Sample of the timeline at which the event is heard on the track BOOM."""
    sounds = {}
    for play in found:
        zero = shoot.event_time(play.file, Fraction(0))
        slope = shoot.event_time(play.file, Fraction(1)) - zero
        sounds[play.file] = (48000, click(80, (event - zero) / slope))
    return int(np.argmax(np.abs(render(found, "BOOM", sounds))))


def as_imported(path: Path, folder: Path) -> Path:
    """What is left of a file where metadata, effects, markers, takes and switches are dropped."""
    root = json.loads(path.read_text())
    for node in _objects(root):
        node.update({key: value for key, value in (("metadata", {}), ("effects", []), ("markers", [])) if key in node})
        if "media_references" in node:
            key = node["active_media_reference_key"]
            node["media_references"] = {key: node["media_references"][key]}
        if "enabled" in node:
            node["enabled"] = True
    return files.save(root, folder / "imported.otio")


def _objects(node: Any) -> Iterator[files.Json]:
    if isinstance(node, dict):
        if "OTIO_SCHEMA" in node:
            yield node
        for value in list(node.values()):
            yield from _objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value)


@pytest.mark.parametrize("rate", [23.976, 25.0, 29.97, 60.0])
@pytest.mark.parametrize("editor", list(EDITORS))
def test_the_click_is_heard_with_its_picture(tmp_path: Path, editor: str, rate: float) -> None:
    frame = 1 / exact_rate(rate)
    camera = Camera("/shoot/A.mov", Fraction(50), 40 * S)
    recorder = Recorder("/shoot/1.wav", Fraction("43.2101234"), 60 * S, ("BOOM",), 60.0, time_reference=48000 * 9)
    shoot = Shoot.of(camera, recorder)
    event = camera.start + 150 * frame + Fraction(7, 999)
    clip = files.clip("A", camera.path, files.span(100 * frame, 200 * frame, rate))
    tracks = [files.track(kind, kind, files.gap(33 * frame, rate), clip) for kind in ("Video", "Audio")]
    root = files.timeline(*tracks, rate=rate, metadata=MARKS[editor])
    source, output = files.save(root, tmp_path / "in.otio"), tmp_path / "out.otio"
    changes = conform(source, output, shoot)
    expected = (83 * frame + Fraction(7, 999)) * 48000
    assert abs(heard(plays(output), shoot, event) - expected) <= 1
    dropping = editor in ("blender", "kdenlive")
    assert any(isinstance(change, SetEnabled | SetGainKeys) for change in changes) != dropping
    if dropping:
        assert abs(heard(plays(as_imported(output, tmp_path)), shoot, event) - expected) <= 1
        placed = plays(output)[-1].clip
        assert placed["media_references"]["DEFAULT_MEDIA"]["target_url"].startswith("/")
        assert placed["source_range"]["start_time"]["value"] % 1 == placed["source_range"]["duration"]["value"] % 1 == 0
        assert placed["media_references"]["DEFAULT_MEDIA"]["available_range"]["start_time"]["value"] == 0
    undo_file(output)
    assert json.loads(output.read_text()) == root


def blocks(root: Any) -> dict[tuple[str, str], str]:
    """Effects, link groups, channel maps and markers, each as one text, by kind and place."""
    found: dict[tuple[str, str], str] = {}
    for path, node in _places(root):
        schema = str(node.get("OTIO_SCHEMA", ""))
        if schema.startswith(("Effect.", "TimeEffect.", "LinearTimeWarp.", "FreezeFrame.")):
            found["effect", path] = canonical(node)
        elif schema.startswith("Marker."):
            found["marker", path] = canonical(node)
        block = node.get("metadata", {}).get("Resolve_OTIO", {}) if isinstance(node.get("metadata"), dict) else {}
        for kind, key in (("link", "Link Group ID"), ("channels", "Channels"), ("channels", "AudioMapping")):
            if key in block:
                found[kind, f"{path}/{key}"] = canonical(block[key])
    return found


def _places(node: Any, path: str = "") -> Iterator[tuple[str, files.Json]]:
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from _places(value, f"{path}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _places(value, f"{path}/{index}")


def dressed() -> files.Json:
    """The real export, one shot of which has sound, links, a marker and an older channel map added."""
    root: files.Json = json.loads(RESOLVE.read_text())
    tracks = root["tracks"]["children"]
    shot = next(clip for clip in tracks[4]["children"] if clip["name"] == LAYOUT)
    sound = tracks[9]["children"][1]
    sound["media_references"] = json.loads(json.dumps(shot["media_references"]))
    for clip in (shot, sound):
        clip["metadata"]["Resolve_OTIO"]["Link Group ID"] = 4
    mapping = {"track_mapping": {"1": {"channel_idx": [1, 2], "type": "Stereo"}}}
    tracks[9]["children"][3]["metadata"]["Resolve_OTIO"]["AudioMapping"] = json.dumps(mapping)
    at = {"marked_range": files.span(S, S / 24, 24.0), "metadata": {"Resolve_OTIO": {"Note": "0.1 + 0.2"}}}
    shot["markers"] = [{"OTIO_SCHEMA": "Marker.2", "name": "kept", "color": "RED", "comment": "", **at}]
    return root


@pytest.mark.skipif(not RESOLVE.is_file(), reason="real timelines: ../shared/media/timelines is absent")
def test_every_block_that_no_change_names_is_the_same_text(tmp_path: Path) -> None:
    """Read, conformed and written: each effect, link group, channel map and marker of the export, one by one."""
    root = dressed()
    source, output = files.save(root, tmp_path / "in.otio"), tmp_path / "out.otio"
    shot = root["tracks"]["children"][4]["children"][1]
    media = shot["media_references"]["DEFAULT_MEDIA"]["metadata"]["Resolve_OTIO"]["Media Url"]
    shoot = Shoot.of(
        Camera(media, Fraction(0), Fraction(60)),
        Recorder("/sound/1.wav", Fraction(-20), Fraction(200), ("MIX", "BOOM"), 40.0, time_reference=172800000),
    )
    changes = conform(source, output, shoot)
    before, after = blocks(root), blocks(json.loads(output.read_text()))
    kinds = [kind for kind, _ in before]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"effect": 170, "link": 2, "channels": 18, "marker": 1}
    assert before["link", "/tracks/children/4/children/1/Link Group ID"] == "4"
    (muted,) = [change for change in changes if isinstance(change, SetGainKeys)]
    volume = f"/tracks/children/{muted.target.track}/children/{muted.target.path[0]}/effects/0"
    changed = {place for place, text in before.items() if after.get(place) != text}
    assert changed == {("effect", volume)}
    first_new = len(root["tracks"]["children"])
    for kind, place in set(after) - set(before):
        assert kind == "marker" or int(place.split("/")[3]) >= first_new, place
    assert sum(isinstance(change, PlaceClip) for change in changes) == 2
    undo_file(output)
    assert blocks(json.loads(output.read_text())) == before
