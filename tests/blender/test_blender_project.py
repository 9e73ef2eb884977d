"""What belongs to one .blend and no other: its results, the paths it holds, and what stands in its properties."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import cutting_room as room
import pytest
from cutting_room import Shot

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
