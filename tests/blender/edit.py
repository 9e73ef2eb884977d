"""A small edit with everything in it: two trimmed camera clips and the folder of their recorder's sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import cutting_room as room
from cutting_room import SAMPLE_RATE_HZ, Shot

_SHOTS = ((1, 3, 5000), (2, 5, 9101))  # event, flash in seconds, samples that the recorder rolled before the camera


class Edit:
    """A scene with two camera clips, trimmed, and a folder with their recorder's sound.

    Attributes:
        rate: Frames per second.
        folder: Where everything lies.
        flashes: Frames of the scene on which the white pictures are.
    """

    def __init__(self, folder: Path, rate: Fraction) -> None:
        self.rate, self.folder = rate, folder / "Projekt ü"
        self.flashes: list[int] = []
        (self.folder / "sound").mkdir(parents=True)
        strips = room.strips_of(room.empty_scene(rate, 0, round(22 * rate)))
        first = round(2 * rate)
        for number, (event, flash_s, before) in enumerate(_SHOTS):
            flash = round(flash_s * rate)
            clap = before + round(Fraction(flash) / rate * SAMPLE_RATE_HZ)
            shot = Shot(rate, round(9 * rate), flash, event, before, clap)
            camera = room.shoot(self.folder / f"A00{event} 厨房.mov", shot)
            room.shoot(self.folder / "sound" / f"12A-{event}.wav", Shot(rate, round(11 * rate), 0, event, 0, clap))
            trim = round(rate)
            for channel, strip in enumerate(
                (strips.new_sound("Ton", str(camera), 1, first), strips.new_movie("Bild", str(camera), 2, first)), 1
            ):
                strip.frame_final_start, strip.frame_final_end = first + trim, first + round(8 * rate)
                assert strip.channel == channel
            self.flashes.append(first + flash)
            first += round(9 * rate) + number
        bpy.ops.wm.save_as_mainfile(filepath=str(self.folder / "Schnitt.blend"))
        settings = bpy.context.scene.twopop_settings.conform
        settings.sound.add().path = "//sound"

    @property
    def claps(self) -> list[int]:
        """Where the claps belong in a mix-down from frame 0."""
        return [round(flash / self.rate * SAMPLE_RATE_HZ) for flash in self.flashes]

    def is_white(self, frame: int) -> bool:
        """Whether a rendered frame is the white one."""
        scene = bpy.context.scene
        scene.frame_set(frame)
        scene.render.filepath = str(self.folder / "frame.png")
        scene.render.resolution_x, scene.render.resolution_y = 64, 48
        scene.render.image_settings.file_format = "PNG"
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        bright: float = image.pixels[0]
        bpy.data.images.remove(image)
        return bright > 0.5


def state() -> Any:
    """What the user would see of the sequencer."""
    scene = bpy.context.scene
    return (
        [
            (s.name, s.type, s.channel, s.frame_start, s.frame_final_start, s.frame_final_end, s.mute, dict(s.items()))
            + ((s.volume, s.sound_offset) if s.type == "SOUND" else ())
            for s in room.every_strip(scene)
        ],
        [channel.name for channel in scene.sequence_editor.channels],
        [(marker.name, marker.frame) for marker in scene.timeline_markers],
        "twopop" in scene,
        sorted(sound.name for sound in bpy.data.sounds),
    )
