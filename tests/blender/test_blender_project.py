"""What belongs to one .blend and no other: its results, the paths it holds, and what stands in its properties."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import cutting_room as room
import pytest
from cutting_room import Shot

from hosts.contract import change_list, stretch, write_wav
from twopop_actions.changes import PlaceClip
from twopop_blender.host import BlenderHost

RATE = Fraction(25)


@pytest.fixture
def strips(tmp_path: Path) -> Any:
    """Picture on channel 2 and sound on channel 1, ten seconds."""
    camera = room.shoot(tmp_path / "A001.mov", Shot(RATE, 250))
    found = room.strips_of(room.empty_scene(RATE))
    found.new_movie("Bild", str(camera), 2, 25)
    found.new_sound("Ton", str(camera), 1, 25)
    return found


def place(wav: Path) -> Any:
    """Places two seconds of a recording; the sound that Blender made of it."""
    host = BlenderHost(bpy.context.scene)
    target = next(clip.target for clip in host.read().clips if clip.name == "Bild")
    media = stretch(wav, Fraction(1), Fraction(2))
    host.apply(
        change_list(host.read(), PlaceClip("p", "one", target, "BOOM", "12A", Fraction(3), media, None, None, {}))
    )
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
