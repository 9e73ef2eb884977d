"""What belongs to one .blend and no other: its results, the paths it holds, and what stands in its properties."""

from __future__ import annotations

import re
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import cutting_room as room
import pytest
from cutting_room import Shot

from hosts.contract import change_list, stretch, write_wav
from twopop.errors import TimelineUnreadable
from twopop_actions.changes import ChangeList, PlaceClip
from twopop_blender.host import BlenderHost
from twopop_blender.result import last

RATE = Fraction(25)


@pytest.fixture
def strips(tmp_path: Path) -> Any:
    """Picture on channel 2 and sound on channel 1, ten seconds."""
    camera = room.shoot(tmp_path / "A001.mov", Shot(RATE, 250))
    found = room.strips_of(room.empty_scene(RATE))
    found.new_movie("Bild", str(camera), 2, 25)
    found.new_sound("Ton", str(camera), 1, 25)
    return found


def placing(wav: Path) -> ChangeList:
    """To place two seconds of a recording."""
    timeline = BlenderHost(bpy.context.scene).read()
    target = next(clip.target for clip in timeline.clips if clip.name == "Bild")
    media = stretch(wav, Fraction(1), Fraction(2))
    return change_list(timeline, PlaceClip("p", "one", target, "BOOM", "12A", Fraction(3), media, None, None, {}))


def place(wav: Path) -> Any:
    """Places it; the sound that Blender made of it."""
    BlenderHost(bpy.context.scene).apply(placing(wav))
    return next(s for s in room.every_strip(bpy.context.scene) if s.name == "12A").sound


def media_of_placed() -> str | None:
    (clip,) = (clip for clip in BlenderHost(bpy.context.scene).read().clips if clip.tag)
    return clip.media.path if clip.media else None


def test_a_new_file_inherits_nothing(strips: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOPOP_DATA", str(tmp_path / "data"))
    first = BlenderHost(bpy.context.scene).work_folder
    first.mkdir(parents=True)
    bpy.ops.ed.undo_push(message="one")
    next(s for s in strips if s.name == "Ton").volume = 0.5
    bpy.ops.ed.undo_push(message="two")
    assert bpy.ops.ed.undo() == {"FINISHED"} and BlenderHost(bpy.context.scene).work_folder == first
    room.strips_of(room.empty_scene(RATE)).new_movie("Bild", str(tmp_path / "A001.mov"), 2, 25)
    second = BlenderHost(bpy.context.scene).work_folder
    assert second.parent == first.parent and not second.exists()


def test_a_project_moves_with_its_sound(strips: Any, tmp_path: Path) -> None:
    old, new = tmp_path / "Projekt ü", tmp_path / "anderswo" / "Projekt"
    (old / "Schnitt.twopop").mkdir(parents=True)
    new.parent.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(old / "Schnitt.blend"))
    sound = place(write_wav(old / "Schnitt.twopop" / "12A.wav"))
    assert sound.filepath.replace("\\", "/") == "//Schnitt.twopop/12A.wav"
    assert media_of_placed() == str(old / "Schnitt.twopop" / "12A.wav")
    bpy.ops.wm.save_mainfile()
    shutil.move(old, new)
    bpy.ops.wm.open_mainfile(filepath=str(new / "Schnitt.blend"))
    assert media_of_placed() == str(new / "Schnitt.twopop" / "12A.wav")
    next(s for s in room.every_strip(bpy.context.scene) if s.name == "Ton").mute = True
    assert room.mixdown(bpy.context.scene, tmp_path).max() > 0
    assert BlenderHost(bpy.context.scene).undo() == ("p",)


@pytest.mark.parametrize("why", ["unsaved", "preference", "linked folder"])
def test_paths_stay_whole_where_they_must(strips: Any, tmp_path: Path, why: str) -> None:
    wav = write_wav(tmp_path / "12A.wav")
    (tmp_path / "far" / "Projekt").mkdir(parents=True)
    project = tmp_path / "Projekt"
    project.symlink_to(tmp_path / "far" / "Projekt")
    if why != "unsaved":
        folder = project if why == "linked folder" else tmp_path
        bpy.ops.wm.save_as_mainfile(filepath=str(folder / "Schnitt.blend"))
    bpy.context.preferences.filepaths.use_relative_paths = why != "preference"
    try:
        assert place(wav).filepath == str(wav) == media_of_placed()
    finally:
        bpy.context.preferences.filepaths.use_relative_paths = True


def test_undo_removes_placed_strips_whatever_was_done_to_them(strips: Any, tmp_path: Path) -> None:
    place(write_wav(tmp_path / "12A.wav"))
    placed = next(s for s in strips if s.name == "12A")
    part = placed.split(frame=100, split_method="SOFT")
    part.channel, part.frame_start, part.name = 9, part.frame_start + 40, "Meins"
    placed.frame_final_end -= 5
    placed.volume = 0.25
    placed.keyframe_insert("volume", frame=80)
    kept = part.split(frame=part.frame_final_start + 5, split_method="SOFT")
    del kept["twopop"]  # as the manual says
    kept.name = "Behalten"
    own = next(s for s in strips if s.name == "Ton")
    own.frame_final_end -= 7
    edges = own.frame_final_start, own.frame_final_end
    assert bpy.ops.twopop.undo() == {"FINISHED"}
    assert {s.name for s in strips} == {"Bild", "Ton", "Behalten"}
    assert (own.frame_final_start, own.frame_final_end) == edges


_UNREADABLE = [
    ("scene", "hello", "Expecting value"),
    ("scene", {"a": 1}, "no JSON object"),
    ("scene", "[1]", "no JSON object"),
    ("scene", '{"colours": {}}', "colours is unknown"),
    ("scene", '{"marks": 3}', "marks is no list"),
    ("scene", '{"marks": [{"change": "a"}]}', "marks.clip is missing"),
    ("scene", '{"lanes": {"x": {"name": "a", "was": "b"}}}', "'x'"),
    ("scene", '{"lanes": {"999": {"name": "a", "was": "b"}}}', "channel that there cannot be"),
    ("scene", '{"lanes": {"3": {"name": "a", "was": "b", "colour": "red"}}}', "lanes.3.colour is unknown"),
    ("scene", '{"changes": [1]}', "no object"),
    ("strip", "hello", "Expecting value"),
    ("strip", '{"size": 3}', "size is unknown"),
    ("strip", '{"change": 3}', "change is no text"),
    ("strip", '{"change": "a", "sync_s": "soon"}', "sync_s is 'soon'"),
    ("strip", '{"change": "a", "source_s": "1/0"}', "source_s is '1/0'"),
    ("strip", '{"changes": [{"change": "a", "field": "mute", "was": false, "now": true, "by": 1}]}', "by is unknown"),
    ("strip", '{"changes": 3}', "changes is not a list"),
    ("strip", '{"changes": [{"change": "a", "field": "mute", "was": false}]}', "now is missing"),
    ("strip", '{"changes": [{"change": "a", "field": "pan", "was": 0.5, "now": 1.0}]}', "field is 'pan'"),
    ("strip", '{"changes": [{"change": "a", "field": "volume", "was": 0.5, "now": 1.0}]}', "volume cannot be"),
    ("strip", '{"offset": ["x", 0.5]}', "offset is "),
]


@pytest.mark.parametrize(("where", "text", "problem"), _UNREADABLE)
def test_properties_that_are_not_ours_are_refused(
    strips: Any, tmp_path: Path, where: str, text: Any, problem: str
) -> None:
    scene = bpy.context.scene
    host, changes = BlenderHost(scene), placing(write_wav(tmp_path / "12A.wav"))
    (scene if where == "scene" else next(s for s in strips if s.name == "Ton"))["twopop"] = text
    named = f"the {where} {scene.name if where == 'scene' else 'Ton'}: .*{re.escape(problem)}.*Update the extension"
    for ask in (lambda: BlenderHost(scene), lambda: host.apply(changes), host.undo):
        with pytest.raises(TimelineUnreadable, match=named):
            ask()
    assert {s.name for s in strips} == {"Bild", "Ton"} and last(scene) is None
    with pytest.raises(RuntimeError, match=named):
        bpy.ops.twopop.undo()
    with pytest.raises(RuntimeError, match=named):
        bpy.ops.twopop.conform(wait=True)
