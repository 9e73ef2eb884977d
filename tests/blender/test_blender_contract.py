"""The Blender host keeps every host's promises, in a real Blender."""

from __future__ import annotations

import math
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import cutting_room as room
import pytest

from hosts.contract import CAMERA_S, RATE, SCENE, HostContract, Look, Workbench
from twopop_actions.changes import PlaceClip
from twopop_actions.host import Host
from twopop_blender.host import BlenderHost


class BlenderWorkbench:
    """An open .blend; pictures on channel 2, sound on channel 1."""

    tolerance = Fraction(1, 50)  # a strip's edges are frames

    def __init__(self) -> None:
        self._file = Path()

    def open(self, folder: Path) -> Host:
        self._file = folder / "Schnitt 1.blend"
        strips = room.strips_of(room.empty_scene(RATE))
        for scene in SCENE:
            path = room.shoot(folder / scene.file, room.Shot(RATE, int(CAMERA_S * RATE)))
            content = int((scene.record_start - scene.source_start) * RATE)
            first, end = int(scene.record_start * RATE), int((scene.record_start + scene.duration) * RATE)
            for strip in (
                strips.new_movie(scene.file, str(path), 2, content),
                strips.new_sound(scene.file, str(path), 1, content),
            ):
                strip.frame_final_start, strip.frame_final_end = first, end
                strip.select = False
        return BlenderHost(bpy.context.scene)

    def reopen(self) -> Host:
        return BlenderHost(room.save_and_open(self._file))

    def look(self) -> list[Look]:
        return sorted(
            (_look(strip) for strip in room.every_strip(bpy.context.scene)),
            key=lambda look: (look.kind, look.record_start, look.file),
        )

    def markers(self) -> list[str]:
        return [marker.name for marker in bpy.context.scene.timeline_markers]

    def select(self, kind: str, index: int) -> Host:
        wanted = {"video": "MOVIE", "audio": "SOUND"}[kind]
        for strip in room.every_strip(bpy.context.scene):
            strip.select = strip.type == wanted and strip.name.startswith(SCENE[index].file)
        return BlenderHost(bpy.context.scene)

    def lock(self) -> Host:
        bpy.context.scene.sequence_editor.channels[1].lock = True
        return BlenderHost(bpy.context.scene)

    def alter(self) -> None:
        for strip in room.every_strip(bpy.context.scene):
            if strip.name.startswith(SCENE[1].file):
                strip.frame_final_end -= int(RATE)


def _look(strip: Any) -> Look:
    sound = strip.type == "SOUND"
    path = bpy.path.abspath(strip.sound.filepath if sound else strip.filepath)
    late = math.ceil(strip.sound_offset * room.SAMPLE_RATE_HZ - 0.001) if sound else 0  # whole samples, as it plays
    return Look(
        kind="audio" if sound else "video",
        file=os.path.basename(path),
        record_start=Fraction(strip.frame_final_start) / RATE,
        duration=Fraction(strip.frame_final_duration) / RATE,
        source_start=Fraction(strip.frame_final_start - int(strip.frame_start)) / RATE
        - Fraction(late, room.SAMPLE_RATE_HZ),
        enabled=not strip.mute,
        silent=sound and strip.volume == 0,
    )


class TestBlender(HostContract):
    @pytest.fixture
    def bench(self) -> Workbench:
        return BlenderWorkbench()

    @staticmethod
    def assert_near(bench: Workbench, look: Look, placed: PlaceClip) -> None:
        """Edges lie on the nearest frames; sound lies where it belongs, to the sample."""
        HostContract.assert_near(bench, look, placed)
        off = (look.record_start - look.source_start) - (placed.record_start - placed.media.start)
        assert abs(off) <= Fraction(1, room.SAMPLE_RATE_HZ)
