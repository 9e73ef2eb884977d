"""Where placed, slipped, disabled and attenuated sound is heard: Blender's own mix-down is the referee."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import cutting_room as room
import numpy as np
import pytest
from cutting_room import SAMPLE_RATE_HZ, Shot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hosts.contract import change_list
from twopop_actions.changes import Change, GainKey, MediaStretch, PlaceClip, SetEnabled, SetGainKeys, SlipAudio
from twopop_actions.timeline import Clip
from twopop_blender.host import BlenderHost

_RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50), Fraction(60000, 1001)]
_CLAP = 5 * SAMPLE_RATE_HZ
_FULL = 0.95 * 0.5**0.5  # Blender pans a mono file to both sides


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eleven seconds with a clap in the fifth."""
    return room.shoot(tmp_path_factory.mktemp("sound") / "12A.wav", Shot(Fraction(25), 275, clap=_CLAP))


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    """A camera's file with its clap at two seconds."""
    return room.shoot(tmp_path / "A001.mov", Shot(Fraction(24), 240, 48, clap=2 * SAMPLE_RATE_HZ))


def open_scene(rate: Fraction, camera: Path | None = None) -> BlenderHost:
    """One second of colour on channel 2; a camera's sound on channel 1, cut from 1 to 4 s."""
    scene = room.empty_scene(rate, 0, round(12 * rate))
    room.add_colour(scene, 2, 0, round(rate))
    if camera:
        strip = room.strips_of(scene).new_sound("Ton", str(camera), 1, 0)
        strip.frame_final_start, strip.frame_final_end = round(rate), round(4 * rate)
    return BlenderHost(scene)


def place(host: BlenderHost, path: Path, record_start: Fraction, start: Fraction, duration: Fraction) -> PlaceClip:
    media = MediaStretch(str(path), start, duration, Fraction(11), SAMPLE_RATE_HZ, (), -1)
    target = host.read().clips[-1].target
    return PlaceClip("placed", "one", target, "BOOM", "12A", record_start, media, None, None, {})


def apply(host: BlenderHost, *changes: Change) -> None:
    host.apply(change_list(host.read(), *changes))


def assert_clap(folder: Path, sample: Fraction | int) -> None:
    """There is one clap, within a sample of where it belongs."""
    found = room.claps(bpy.context.scene, folder)
    assert len(found) == 1 and abs(found[0] - Fraction(sample)) <= 1 + Fraction(1, 50)


def sound_clip(host: BlenderHost) -> Clip:
    return next(clip for clip in host.read().clips if clip.kind == "audio")


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rate=st.sampled_from(_RATES),
    record=st.integers(0, 3 * 48000),
    source=st.integers(48000, 4 * 48000),
    third=st.integers(0, 2),
    whole=st.booleans(),
)
def test_sound_lands_to_the_sample(
    recording: Path, tmp_path: Path, rate: Fraction, record: int, source: int, third: int, whole: bool
) -> None:
    """Anywhere between frames and samples."""
    host = open_scene(rate)
    record_start = Fraction(round(Fraction(record, 48000) * rate)) / rate if whole else Fraction(record, 48000)
    start = Fraction(3 * source + third, 3 * SAMPLE_RATE_HZ)
    apply(host, place(host, recording, record_start, start, Fraction(5)))
    assert_clap(tmp_path, (record_start - start) * SAMPLE_RATE_HZ + _CLAP)


def test_what_lies_outside_the_edges_is_not_heard(recording: Path, tmp_path: Path) -> None:
    host = open_scene(Fraction(24))
    apply(host, place(host, recording, Fraction(1), Fraction(1), Fraction(3)))  # the clap comes a second later
    assert room.claps(bpy.context.scene, tmp_path) == []


@pytest.mark.parametrize("samples", [-30000, -7, 1, 7, 1999, 2000, 40000])
def test_a_slip_moves_sound_under_unmoved_edges(camera: Path, tmp_path: Path, samples: int) -> None:
    host = open_scene(Fraction(24), camera)
    before = sound_clip(host)
    apply(host, SlipAudio("slip", "one", before.target, Fraction(samples, SAMPLE_RATE_HZ)))
    assert_clap(tmp_path, 2 * SAMPLE_RATE_HZ + samples)
    after = sound_clip(BlenderHost(bpy.context.scene))
    assert (after.record_start, after.record_duration) == (before.record_start, before.record_duration)
    assert before.source_start - after.source_start == Fraction(samples, SAMPLE_RATE_HZ)
    assert after.target == before.target  # told without our own changes
    apply(BlenderHost(bpy.context.scene), SlipAudio("again", "one", after.target, Fraction(5, SAMPLE_RATE_HZ)))
    assert_clap(tmp_path, 2 * SAMPLE_RATE_HZ + samples + 5)
    assert BlenderHost(bpy.context.scene).undo() == ("slip", "again")
    assert room.claps(bpy.context.scene, tmp_path) == [2 * SAMPLE_RATE_HZ]


def test_gain_is_heard(camera: Path, tmp_path: Path) -> None:
    host = open_scene(Fraction(24), camera)
    target = sound_clip(host).target
    apply(host, SetGainKeys("gain", "one", target, (GainKey(Fraction(0), -6.0),), None, "a test"))
    assert room.mixdown(bpy.context.scene, tmp_path).max() == pytest.approx(_FULL * 10**-0.3, rel=0.01)


def test_a_gain_curve_is_heard_and_undone(camera: Path, tmp_path: Path) -> None:
    """Down from 0 dB at the beginning to silence a second later, where the clap is."""
    host = open_scene(Fraction(24), camera)
    before = room.mixdown(bpy.context.scene, tmp_path)
    keys = (GainKey(Fraction(0), 0.0), GainKey(Fraction(1, 2), 0.0), GainKey(Fraction(3, 4), None))
    apply(host, SetGainKeys("curve", "one", sound_clip(host).target, keys, None, "a test"))
    after = room.mixdown(bpy.context.scene, tmp_path)
    early, late = (
        slice(round(1.1 * SAMPLE_RATE_HZ), round(1.4 * SAMPLE_RATE_HZ)),
        slice(2 * SAMPLE_RATE_HZ - 2000, None),
    )
    assert np.allclose(after[early], before[early], atol=1e-3) and before[early].max() > 0.05
    assert after[late].max() < 1e-3 and before[late].max() > 0.5
    assert BlenderHost(bpy.context.scene).undo() == ("curve",)
    assert np.array_equal(room.mixdown(bpy.context.scene, tmp_path), before)


def test_a_curve_of_the_users_is_kept(camera: Path, tmp_path: Path) -> None:
    open_scene(Fraction(24), camera)
    strip: Any = next(s for s in room.every_strip(bpy.context.scene) if s.type == "SOUND")
    for volume, frame in ((0.2, 24), (0.8, 96)):
        strip.volume = volume
        strip.keyframe_insert("volume", frame=frame)
    before = room.mixdown(bpy.context.scene, tmp_path)
    host = BlenderHost(bpy.context.scene)
    assert sound_clip(host).gain == "animated"
    apply(
        host, SetGainKeys("mute", "one", sound_clip(host).target, (GainKey(Fraction(0), None),), "animated", "a test")
    )
    assert room.mixdown(bpy.context.scene, tmp_path).max() == 0
    assert BlenderHost(bpy.context.scene).undo() == ("mute",)
    assert np.array_equal(room.mixdown(bpy.context.scene, tmp_path), before)


def test_a_disabled_strip_is_silent(camera: Path, tmp_path: Path) -> None:
    host = open_scene(Fraction(24), camera)
    apply(host, SetEnabled("off", "one", sound_clip(host).target, False, "a test"))
    assert room.mixdown(bpy.context.scene, tmp_path).max() == 0
