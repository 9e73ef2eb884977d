"""Conforming real speech and the demo's two scenes in Blender."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import bpy
import cutting_room as room
import numpy as np
import pytest

from twopop.timing import rational_from_wire
from twopop_blender.result import last
from twopop_blender.tags import placed_tag
from twopop_client import EngineClient

MEDIA = Path(__file__).parents[3] / "shared" / "media"


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    """The engine that is started here is ended with the tests."""
    yield
    with EngineClient.connect(start=False) as client:
        client.stop()


def conform(sound: Path) -> None:
    bpy.context.scene.twopop_settings.conform.sound.add().path = str(sound)
    assert bpy.ops.twopop.conform(wait=True) == {"FINISHED"}


@pytest.mark.skipif(not MEDIA.is_dir(), reason=f"no test media at {MEDIA}")
@pytest.mark.parametrize("name", ["retalking_2.mp4", "latentsync_1.mp4"])
def test_real_speech_takes_the_cameras_place(tmp_path: Path, name: str) -> None:
    """The recorder's sound is heard where the camera's was, to the sample, by the correlation of both mix-downs."""
    camera, before_s = MEDIA / "talking" / name, "2.34567"
    script = Path(__file__).with_name("recorder.py")
    command = [
        os.environ["TWOPOP_ENGINE_PYTHON"],
        str(script),
        str(camera),
        str(tmp_path / "sound" / "12A.wav"),
        before_s,
    ]
    (tmp_path / "sound").mkdir()
    subprocess.run(command, check=True, capture_output=True)
    scene = room.empty_scene(Fraction(25), 0, 300)
    strips = room.strips_of(scene)
    for strip in (strips.new_movie("Bild", str(camera), 2, 20), strips.new_sound("Ton", str(camera), 1, 20)):
        strip.frame_final_start, strip.frame_final_end = 30, 140
    scratch = room.mixdown(scene, tmp_path)
    conform(tmp_path / "sound")
    result = last(scene)
    assert result is not None and result.placed == 1 and result.refused == ()
    heard = room.mixdown(scene, tmp_path)
    assert abs(lag(scratch, heard)) <= 1
    assert heard.std() / scratch.std() == pytest.approx(0.7, abs=0.05)  # it alone, as loud as it was recorded


def lag(first: np.ndarray, second: np.ndarray) -> int:
    """Samples by which the second comes later, by circular correlation."""
    size = min(len(first), len(second))
    spectra = [np.fft.rfft(sound[:size] - sound[:size].mean(), 2 * size) for sound in (first, second)]
    peak = int(np.argmax(np.fft.irfft(spectra[1] * spectra[0].conj())))
    return peak - 2 * size if peak > size else peak


def test_the_demo(tmp_path: Path) -> None:
    """Both takes are found and cut to the clips; the recording of another day is placed nowhere."""
    with EngineClient.connect() as client:
        made = client.make_demo(tmp_path / "demo")
    rate = rational_from_wire(made.frame_rate)
    scene = room.empty_scene(rate, 0, 700)
    strips, first = room.strips_of(scene), 24
    for clip in made.clips:
        trim, length = (
            round(rational_from_wire(value) * rate) for value in (clip.source_range.start, clip.source_range.duration)
        )
        for strip in (strips.new_movie(clip.name, clip.path, 2, first), strips.new_sound("Ton", clip.path, 1, first)):
            strip.frame_final_start, strip.frame_final_end = first + trim, first + trim + length
        first += trim + length + 12
    conform(Path(made.sound_dir))
    tags = [placed_tag(strip) for strip in strips if placed_tag(strip)]
    found = {(tag["camera"], tag["recording"]): tag["start_s"] for tag in tags}
    truth = {(t.camera_path, t.recording_path): t.start_s for t in made.truths if t.camera_path}
    for key, start_s in truth.items():
        assert abs(float(str(found[key])) - start_s) < 0.001
    assert {camera for camera, _ in found} == {clip.path for clip in made.clips}
    assert not any("S031T05" in str(recording) for _, recording in found)
    names = {scene.sequence_editor.channels[strip.channel].name for strip in strips if placed_tag(strip)}
    assert {"MIX", "BOOM", "ANNA LAV", "BEN LAV"} <= names


@pytest.mark.skipif("sequencer_scene" not in bpy.types.WorkSpace.bl_rna.properties, reason="since Blender 5.0 only")
def test_the_sequencers_own_scene_is_served(tmp_path: Path) -> None:
    room.empty_scene(Fraction(25))
    cut = bpy.data.scenes.new("Schnitt")
    cut.sequence_editor_create()
    room.add_colour(cut, 1, 0, 10)
    bpy.context.workspace.sequencer_scene = cut
    cut.twopop_settings.conform.sound.add().path = str(tmp_path)
    assert bpy.ops.twopop.conform(wait=True) == {"FINISHED"}
    result = last(cut)
    assert result is not None and result.changes == 0 and last(bpy.context.scene) is None
