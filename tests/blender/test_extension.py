"""The extension as a user has it: built, installed and enabled; every action run on media with the real engine.

Blender itself is the referee: what its mix-down and its renderer put out is compared with the truth of the media.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import bpy
import cutting_room as room
import pytest
from edit import Edit, state

from twopop.errors import EngineUnavailable
from twopop_actions.catalog import ACTIONS
from twopop_blender.notes import Notes
from twopop_blender.result import last
from twopop_client import EngineClient

_RATES = [Fraction(24), Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001)]


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    """The engine that the extension starts is ended with the tests."""
    yield
    try:
        with EngineClient.connect(start=False) as client:
            client.stop()
    except EngineUnavailable:
        return


@pytest.mark.parametrize("rate", _RATES, ids=[f"{float(rate):.5g}" for rate in _RATES])
def test_recorder_sound_claps_where_the_picture_flashes(tmp_path: Path, rate: Fraction) -> None:
    edit = Edit(tmp_path, rate)
    assert bpy.ops.twopop.conform(wait=True) == {"FINISHED"}
    scene = bpy.context.scene
    assert all(strip.volume == 0 for strip in room.every_strip(scene) if strip.name.startswith("Ton"))
    found = room.claps(scene, tmp_path)
    assert len(found) == len(edit.claps)
    assert max(abs(heard - true) for heard, true in zip(found, edit.claps, strict=True)) <= 1
    for flash in edit.flashes:
        assert [edit.is_white(frame) for frame in (flash - 1, flash, flash + 1)] == [False, True, False]


def test_conform_undo_save_and_reopen(tmp_path: Path) -> None:
    edit = Edit(tmp_path, Fraction(24))
    before, heard = state(), room.claps(bpy.context.scene, tmp_path)
    assert bpy.ops.twopop.conform(wait=True) == {"FINISHED"}
    after = state()
    result = last(bpy.context.scene)
    assert result is not None and (result.placed, len(result.refused)) == (2, 0)
    assert Path(result.report).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    room.save_and_open(edit.folder / "Schnitt.blend")
    assert state() == after and last(bpy.context.scene) == result
    assert bpy.ops.twopop.conform(wait=True) == {"FINISHED"}  # again: nothing is doubled
    again = last(bpy.context.scene)
    assert again is not None and (again.changes, again.present) == (0, 2)
    assert [s[:6] for s in state()[0]] == [s[:6] for s in after[0]]
    assert bpy.ops.twopop.undo() == {"FINISHED"}
    assert state() == before and room.claps(bpy.context.scene, tmp_path) == heard


def test_markers_say_what_was_refused(tmp_path: Path) -> None:
    edit = Edit(tmp_path, Fraction(24))
    next((edit.folder / "sound").glob("12A-2*")).unlink()
    assert bpy.ops.twopop.conform(wait=True) == {"FINISHED"}
    result = last(bpy.context.scene)
    assert result is not None and (result.placed, len(result.refused)) == (1, 1)
    bpy.context.scene.twopop_settings.markers.show = "refused"
    conformed = [marker.name for marker in bpy.context.scene.timeline_markers]
    assert bpy.ops.twopop.markers(wait=True) == {"FINISHED"}
    added = [marker for marker in bpy.context.scene.timeline_markers if marker.name not in conformed]
    picture = next(s for s in room.every_strip(bpy.context.scene) if s.name == "Bild.001")
    assert [marker.frame for marker in added] == [picture.frame_final_start]
    assert added[0].name.startswith("twopop: ") and len(added[0].name.encode()) <= 63
    assert Notes.of(bpy.context.scene).marks[-1].comment == result.refused[0].sentence


def test_each_action_has_an_operator_and_settings() -> None:
    for action in ACTIONS:
        kind = getattr(bpy.ops.twopop, action.name).get_rna_type()
        assert (kind.name, kind.description) == (action.label, action.help)
        group = getattr(bpy.context.scene.twopop_settings, action.name).bl_rna.properties
        assert {option.name for option in action.options} <= set(group.keys())
