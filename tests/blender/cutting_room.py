"""A cutting room in Blender for tests: media made in code, an empty scene, and what came out of it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import astuple, dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import aud
import bpy
import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 48000
_FILM = Path(__file__).with_name("film.py")


@dataclass(frozen=True)
class Shot:
    """What a file of an event holds; see film.py.

    Attributes:
        rate: Frames per second.
        frames: Its length, for recordings too.
        flash: The white picture.
        seed: The event.
        start: Sample of the event at which the file begins.
        clap: Sample of the event's clap.
    """

    rate: Fraction
    frames: int
    flash: int = 0
    seed: int = 1
    start: int = 0
    clap: int = 0


def shoot(path: Path, shot: Shot) -> Path:
    """A camera's file, or a recording where the name ends in .wav."""
    path.write_bytes(_shot(path.suffix, shot))
    return path


@cache
def _shot(suffix: str, shot: Shot) -> bytes:
    made = Path(os.environ["TWOPOP_HOME"]).parent / f"shot{suffix}"
    numbers = [str(value) for value in astuple(shot)]
    command = [os.environ["TWOPOP_ENGINE_PYTHON"], str(_FILM), str(made), *numbers]
    subprocess.run(command, check=True, capture_output=True)
    return made.read_bytes()


def empty_scene(rate: Fraction, first_frame: int = 0, last_frame: int = 300) -> Any:
    """A new file with one scene and an empty sequencer."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.fps = -(-rate.numerator // rate.denominator)
    scene.render.fps_base = float(scene.render.fps / rate)
    scene.frame_start, scene.frame_end = first_frame, last_frame
    scene.render.ffmpeg.audio_mixrate = SAMPLE_RATE_HZ
    scene.sequence_editor_create()
    return scene


def in_a_sequencer(rate: Fraction) -> Any:
    """Like `empty_scene`, with a screen on which a sequencer stands: a context for operators that ask for one."""
    empty_scene(rate)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = round(rate), 1
    scene.sequence_editor_create()
    window = bpy.context.window_manager.windows[0]
    if hasattr(window.workspace, "sequencer_scene"):
        window.workspace.sequencer_scene = scene
    area = window.screen.areas[-1]
    area.type = "SEQUENCE_EDITOR"
    region = next(region for region in area.regions if region.type == "WINDOW")
    return bpy.context.temp_override(window=window, area=area, region=region)


def strips_of(scene: Any) -> Any:
    """The top-level strips, by the names of this version."""
    editor = scene.sequence_editor
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def every_strip(scene: Any) -> Any:
    """All strips, those in meta strips too."""
    editor = scene.sequence_editor
    return editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all


def add_colour(scene: Any, channel: int, first: int, end: int) -> Any:
    """A strip of one colour."""
    return add_effect(scene, "COLOR", channel, first, end)


def add_effect(scene: Any, kind: str, channel: int, first: int, end: int, on: Any = None) -> Any:
    """An effect strip, on another strip or on none, by the parameters of this version."""
    function = strips_of(scene).bl_rna.functions["new_effect"]
    names = function.parameters.keys()
    given = {"length": end - first} if "length" in names else {"frame_end": end}
    given |= {("input1" if "input1" in names else "seq1"): on} if on else {}
    return strips_of(scene).new_effect({"COLOR": "Farbe"}.get(kind, "Tempo"), kind, channel, first, **given)


def mixdown(scene: Any, folder: Path) -> NDArray[np.float32]:
    """What the scene sounds like: the louder of both channels, from the scene's first frame on."""
    out = folder / "mixdown.wav"
    out.unlink(missing_ok=True)
    bpy.ops.sound.mixdown(filepath=str(out), container="WAV", codec="PCM", format="F32", check_existing=False)
    heard: NDArray[np.float32] = np.abs(aud.Sound(str(out)).data()).max(axis=1)
    return heard


def claps(scene: Any, folder: Path, least: float = 0.5) -> list[int]:
    """Samples of all claps in a mix-down, counted from the scene's first frame."""
    loud = np.flatnonzero(mixdown(scene, folder) > least)
    return [int(sample) for index, sample in enumerate(loud) if index == 0 or sample > loud[index - 1] + 100]


def save_and_open(path: Path) -> Any:
    """Saves, opens again; the scene."""
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return bpy.context.scene
