"""What a sequencer can hold besides plain clips, and what can go wrong: every refusal with its message."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import cutting_room as room
import pytest
from cutting_room import Shot

from hosts.contract import change_list, stretch, write_wav
from twopop.errors import ChangeUnsupported, HostFailed, TimelineMissing, TimelineMoved
from twopop_actions.changes import AddMarker, GainKey, PlaceClip, SetEnabled, SetGainKeys, SlipAudio
from twopop_actions.sync.slots import find_slots
from twopop_actions.timeline import Clip, Timeline
from twopop_blender.host import BlenderHost
from twopop_blender.notes import Notes

RATE = Fraction(25)


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    """Ten seconds at 25 frames per second."""
    return room.shoot(tmp_path / "A001.mov", Shot(RATE, 250))


@pytest.fixture
def strips(camera: Path) -> Any:
    """Picture on channel 2 and sound on channel 1, cut from 2 to 8 s, the file from 1 s on."""
    found = room.strips_of(room.empty_scene(RATE))
    for strip in (found.new_movie("Bild", str(camera), 2, 25), found.new_sound("Ton", str(camera), 1, 25)):
        strip.frame_final_start, strip.frame_final_end = 50, 200
    return found


def read() -> Timeline:
    return BlenderHost(bpy.context.scene).read()


def clip(name: str) -> Clip:
    return next(clip for clip in read().clips if clip.name == name)


def place(path: Path, name: str = "Bild", record_start: Fraction = Fraction(3), **other: Any) -> PlaceClip:
    media = stretch(path, Fraction(1), Fraction(2))
    change = PlaceClip("placed", "one", clip(name).target, "BOOM", "12A", record_start, media, None, None, {})
    return replace(change, **other)


def untouched(run: Callable[[], Any]) -> None:
    """Runs something that must fail, and holds the scene to be as it was."""
    before = _state()
    run()
    assert _state() == before


def _state() -> Any:
    scene = bpy.context.scene
    return (
        [
            (s.name, s.channel, s.frame_start, s.frame_final_start, s.frame_final_end, s.mute, s.get("twopop"))
            for s in room.every_strip(scene)
        ],
        [c.name for c in scene.sequence_editor.channels],
        len(scene.timeline_markers),
        scene.get("twopop"),
    )


def test_nothing_in_the_sequencer() -> None:
    scene = room.empty_scene(RATE)
    for give in (lambda: scene, lambda: None):
        with pytest.raises(TimelineMissing, match="holds no strips; add a movie"):
            BlenderHost(give())
    with pytest.raises(TimelineMissing, match="holds no strips"):
        BlenderHost(bpy.data.scenes.new("Ohne Schnitt"))


def test_strips_without_sound(strips: Any) -> None:
    strips.remove(next(s for s in strips if s.type == "SOUND"))
    slots = find_slots(read())
    assert [(*map(float, (slot.record_start, slot.source_start)), slot.scratch) for slot in slots] == [(2, 1, ())]


def test_meta_strips_are_looked_into_as_far_as_they_show(strips: Any) -> None:
    meta = strips.new_meta("Gruppe", 4, 50)
    for strip in [s for s in strips if s.type != "META"]:
        strip.move_to_meta(meta)
    meta.frame_final_end, meta.frame_final_start = 175, 75
    found = {c.name: [*map(float, (c.record_start, c.record_duration, c.source_start))] for c in read().clips}
    assert found == {"Bild": [3, 4, 2], "Ton": [3, 4, 2]} and {c.target.track for c in read().clips} == {3}
    (slot,) = find_slots(read())
    assert len(slot.pictures) == len(slot.scratch) == 1
    meta.mute = True
    assert not clip("Ton").enabled
    meta.mute, meta.lock = False, True
    assert [track.locked for track in read().tracks] == [True]


def test_sound_in_a_meta_strip_is_muted_and_placed_beside(strips: Any, tmp_path: Path) -> None:
    meta = strips.new_meta("Gruppe", 4, 50)
    for strip in [s for s in strips if s.type != "META"]:
        strip.move_to_meta(meta)
    meta.frame_final_end, meta.frame_final_start = 200, 50
    host = BlenderHost(bpy.context.scene)
    mute = SetGainKeys("mute", "one", clip("Ton").target, (GainKey(Fraction(0), None),), None, "a test")
    host.apply(change_list(host.read(), place(write_wav(tmp_path / "12A.wav")), mute))
    sounds = {s.name: (s.volume, s.channel) for s in room.every_strip(bpy.context.scene) if s.type == "SOUND"}
    assert sounds["Ton"][0] == 0 and sounds["12A"] == (1, 5)
    assert BlenderHost(bpy.context.scene).undo() == ("placed", "mute")
    assert [s.volume for s in room.every_strip(bpy.context.scene) if s.type == "SOUND"] == [1]


def test_a_movie_of_another_rate_plays_frame_by_frame(tmp_path: Path) -> None:
    """Its picture runs fast or slow beside its sound, so that there are two stretches, and the picture is retimed."""
    movie = room.shoot(tmp_path / "A30.mov", Shot(Fraction(30), 300))
    found = room.strips_of(room.empty_scene(RATE))
    picture = found.new_movie("Bild", str(movie), 2, 25)
    found.new_sound("Ton", str(movie), 1, 25)
    picture.frame_final_start = 50
    assert (clip("Bild").speed, clip("Bild").source_start) == (Fraction(25, 30), Fraction(25, 30))
    assert (clip("Ton").speed, clip("Ton").source_start) == (Fraction(1), Fraction(0))


@pytest.mark.skipif(bpy.app.version >= (5, 0), reason="Blender 5.0.1 without a window crashes when it adds a movie so")
def test_a_movie_that_blender_adapted_keeps_time(tmp_path: Path) -> None:
    movie = room.shoot(tmp_path / "A30.mov", Shot(Fraction(30), 300))
    with room.in_a_sequencer(RATE):
        bpy.ops.sequencer.movie_strip_add(
            filepath=str(movie), frame_start=25, channel=1, adjust_playback_rate=True, use_framerate=False
        )
    assert {(c.kind, c.speed) for c in read().clips} == {("video", Fraction(1)), ("audio", Fraction(1))}
    assert len(find_slots(read())) == 1


def test_retimed_sound(camera: Path) -> None:
    with room.in_a_sequencer(RATE):
        strip = room.strips_of(bpy.context.scene).new_sound("Ton", str(camera), 1, 0)
        bpy.context.scene.sequence_editor.active_strip = strip
        bpy.ops.sequencer.retiming_segment_speed_set(speed=200)
    assert clip("Ton").speed is None
    host = BlenderHost(bpy.context.scene)
    slip = SlipAudio("slip", "one", clip("Ton").target, Fraction(1, 10))
    with pytest.raises(ChangeUnsupported, match="it is retimed"):
        untouched(lambda: host.apply(change_list(host.read(), slip)))


def test_reversed_and_sped_strips(strips: Any) -> None:
    picture = next(s for s in strips if s.type == "MOVIE")
    picture.use_reverse_frames = True
    assert clip("Bild").speed == -1
    picture.use_reverse_frames = False
    room.add_effect(bpy.context.scene, "SPEED", 5, 50, 200, picture)
    assert clip("Bild").speed is None


def test_what_is_no_file_has_no_media(strips: Any, tmp_path: Path) -> None:
    scene = bpy.context.scene
    room.add_colour(scene, 5, 0, 50)
    strips.new_scene("Szene", bpy.data.scenes.new("Andere"), 6, 0)
    picture = bpy.data.images.new("Bild", 8, 8)
    picture.filepath_raw, picture.file_format = str(tmp_path / "Standbild.png"), "PNG"
    picture.save()
    strips.new_image("Standbild", str(tmp_path / "Standbild.png"), 7, 0)
    media = {c.name: c.media.path if c.media else None for c in read().clips}
    assert media["Farbe"] is None and media["Szene"] is None and media["Standbild"] == str(tmp_path / "Standbild.png")
    assert len(find_slots(read())) == 1  # none of them


def test_sound_packed_into_the_file(strips: Any, camera: Path) -> None:
    sound = next(s for s in strips if s.type == "SOUND")
    sound.sound.pack()
    camera.unlink()
    media = clip("Ton").media
    assert media is not None and media.problem == "it is packed into the .blend; unpack it"


def test_a_relative_path_in_an_unsaved_file(strips: Any) -> None:
    next(s for s in strips if s.type == "MOVIE").filepath = "//A001.mov"
    media = clip("Bild").media
    assert media is not None and media.path is None
    assert "counts from a .blend that was never saved" in str(media.problem)


def test_relative_paths_count_from_the_file(strips: Any, camera: Path, tmp_path: Path) -> None:
    (tmp_path / "Projekt").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "Projekt" / "Schnitt.blend"), relative_remap=True)
    bpy.ops.file.make_paths_relative()
    assert next(s for s in room.every_strip(bpy.context.scene) if s.type == "MOVIE").filepath == "//../A001.mov"
    assert {c.media.path for c in read().clips if c.media} == {str(camera)}


def test_very_long_paths(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["Ein Ordner mit einem langen Namen" * 4] * 5)
    folder.mkdir(parents=True)
    movie = room.shoot(folder / "厨房.mov", Shot(RATE, 250))
    assert len(str(movie)) > 600
    found = room.strips_of(room.empty_scene(RATE))
    found.new_movie("Bild", str(movie), 2, 0)
    media, host = clip("Bild").media, BlenderHost(bpy.context.scene)
    assert media is not None and media.path == str(movie)
    host.apply(change_list(host.read(), place(write_wav(folder / "12A.wav"))))
    ours = clip("12A").media
    assert ours is not None and ours.path == str(folder / "12A.wav")


@pytest.mark.parametrize("lock", ["channel", "strip"])
def test_locked_sound_is_said_and_refused(strips: Any, lock: str) -> None:
    host = BlenderHost(bpy.context.scene)
    off = SetEnabled("off", "one", clip("Ton").target, False, "a test")
    changes = change_list(host.read(), off)
    if lock == "channel":
        bpy.context.scene.sequence_editor.channels[1].lock = True
    else:
        next(s for s in strips if s.type == "SOUND").lock = True
    assert [track.locked for track in read().tracks] == [True, False]
    with pytest.raises(ChangeUnsupported, match="channel or strip is locked; unlock it"):
        untouched(lambda: host.apply(changes))


def test_a_muted_channel_is_disabled(strips: Any) -> None:
    bpy.context.scene.sequence_editor.channels[1].mute = True
    assert (clip("Ton").enabled, clip("Bild").enabled) == (False, True)


def test_new_channels_lie_above_all_others(strips: Any, tmp_path: Path) -> None:
    room.add_colour(bpy.context.scene, 7, 0, 10)
    bpy.context.scene.sequence_editor.channels[8].lock = True
    host, wav = BlenderHost(bpy.context.scene), write_wav(tmp_path / "12A.wav")
    host.apply(change_list(host.read(), place(wav), place(wav, id="lav", track="ANNA LAV")))
    names = {c.name: c.target.track + 1 for c in read().clips if c.tag}
    assert sorted(names.values()) == [9, 10]
    made = [(track.name, track.kind) for track in read().tracks if track.made]
    assert made == [("BOOM", "audio"), ("ANNA LAV", "audio")]


def test_no_channel_is_left(strips: Any, tmp_path: Path) -> None:
    room.add_colour(bpy.context.scene, 128, 0, 10)
    host = BlenderHost(bpy.context.scene)
    with pytest.raises(HostFailed, match="no channel is free for BOOM"):
        untouched(lambda: host.apply(change_list(host.read(), place(write_wav(tmp_path / "12A.wav")))))


def test_something_lies_where_sound_is_to_go(strips: Any, tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "12A.wav")
    host = BlenderHost(bpy.context.scene)
    host.apply(change_list(host.read(), place(wav)))
    with pytest.raises(TimelineMoved, match=r"channel 3 \(BOOM\)"):
        untouched(lambda: host.apply(change_list(host.read(), place(wav, id="again"))))
    host.apply(change_list(host.read(), place(wav, id="later", record_start=Fraction(5))))
    assert [c.target.track for c in read().clips if c.tag] == [2, 2]


def test_sound_that_is_gone_again(strips: Any, tmp_path: Path) -> None:
    host = BlenderHost(bpy.context.scene)
    with pytest.raises(HostFailed, match=r"12A\.wav is gone; run the action again"):
        untouched(lambda: host.apply(change_list(host.read(), place(tmp_path / "12A.wav"))))


def test_nothing_is_left_half_done(strips: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second marker fails, as when Blender is out of memory: the first, the strip and the mute go again."""
    import twopop_blender.lanes as lanes

    host, made = BlenderHost(bpy.context.scene), lanes.mark

    def mark(scene: Any, change: AddMarker, frame: int, notes: Notes) -> None:
        if change.id == "second":
            raise RuntimeError("out of memory")
        made(scene, change, frame, notes)

    monkeypatch.setattr(lanes, "mark", mark)
    target = clip("Bild").target
    marks = [AddMarker(name, "two", target, "RED", name, name) for name in ("first", "second")]
    mute = SetGainKeys("mute", "one", clip("Ton").target, (GainKey(Fraction(0), None),), None, "a test")
    changes = change_list(host.read(), place(write_wav(tmp_path / "12A.wav")), mute, *marks)
    with pytest.raises(HostFailed, match="out of memory; nothing was changed"):
        untouched(lambda: host.apply(changes))


def test_the_file_was_closed_meanwhile(strips: Any, tmp_path: Path) -> None:
    host = BlenderHost(bpy.context.scene)
    changes = change_list(host.read(), place(write_wav(tmp_path / "12A.wav")))
    other = room.strips_of(room.empty_scene(RATE))
    room.add_colour(bpy.context.scene, 1, 0, 10)
    assert len(other) == 1
    with pytest.raises(HostFailed, match="was closed meanwhile; nothing was changed"):
        untouched(lambda: host.apply(changes))
    with pytest.raises(HostFailed, match="was closed meanwhile"):
        host.undo()


def test_a_renamed_strip_or_a_new_rate_is_another_timeline(strips: Any, tmp_path: Path) -> None:
    host = BlenderHost(bpy.context.scene)
    changes = change_list(host.read(), place(write_wav(tmp_path / "12A.wav")))
    bpy.context.scene.render.fps = 30
    with pytest.raises(TimelineMoved, match="the frame rate of Scene"):
        untouched(lambda: host.apply(changes))
    bpy.context.scene.render.fps = 25
    next(s for s in strips if s.type == "MOVIE").name = "Anders"
    with pytest.raises(TimelineMoved, match="Bild"):
        untouched(lambda: host.apply(changes))


def test_what_the_user_did_since_stays(strips: Any, tmp_path: Path) -> None:
    host = BlenderHost(bpy.context.scene)
    mute = SetGainKeys("mute", "one", clip("Ton").target, (GainKey(Fraction(0), None),), None, "a test")
    host.apply(change_list(host.read(), place(write_wav(tmp_path / "12A.wav")), mute))
    sound = next(s for s in strips if s.name == "Ton")
    sound.volume = 0.5
    placed = next(s for s in strips if s.name == "12A")
    placed.split(frame=100, split_method="SOFT")
    bpy.context.scene.sequence_editor.channels[3].name = "Meins"
    BlenderHost(bpy.context.scene).undo()
    assert {s.name for s in strips} == {"Bild", "Ton"}
    assert sound.volume == 0.5 and bpy.context.scene.sequence_editor.channels[3].name == "Meins"


def test_a_refusals_marker_goes_when_its_clip_is_served(strips: Any, tmp_path: Path) -> None:
    host = BlenderHost(bpy.context.scene)
    long = "twopop: " + "für A001 passt keine Aufnahme, " * 5
    mark = AddMarker("refused", "one", clip("Bild").target, "RED", long, long)
    host.apply(change_list(host.read(), mark))
    (marker,) = bpy.context.scene.timeline_markers
    assert long.startswith(marker.name.rstrip("…")) and len(marker.name.encode()) <= 63
    assert Notes.of(bpy.context.scene).marks[0].comment == long
    marker.frame = 60  # the user moved it
    rest = AddMarker("rest", "one", clip("Bild").target, "YELLOW", "twopop: 2 s without", "2 s without")
    host.apply(change_list(host.read(), place(write_wav(tmp_path / "12A.wav")), rest))
    assert [marker.name for marker in bpy.context.scene.timeline_markers] == ["twopop: 2 s without"]


def test_where_results_go(strips: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOPOP_DATA", str(tmp_path / "data"))
    unsaved = BlenderHost(bpy.context.scene)
    assert unsaved.work_folder.parent == tmp_path / "data"
    unsaved.work_folder.mkdir(parents=True)
    unsaved.apply(change_list(unsaved.read(), place(write_wav(tmp_path / "12A.wav"))))
    project = tmp_path / "Projekt.v2"
    project.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(project / "Schnitt 1.blend"))
    assert BlenderHost(bpy.context.scene).work_folder == unsaved.work_folder  # what is there is found again
    unsaved.work_folder.rmdir()
    assert BlenderHost(bpy.context.scene).work_folder == project / "Schnitt 1.twopop"


def test_a_read_only_project_folder(strips: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "Schnitt.blend"))
    monkeypatch.setenv("TWOPOP_DATA", "/elsewhere")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)  # root may write everywhere
    folder = BlenderHost(bpy.context.scene).work_folder
    assert folder.parent == Path("/elsewhere") and folder.name.startswith("Schnitt-")


def test_a_scene_linked_from_another_file(strips: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "Bibliothek.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(path, link=True) as (there, here):
        here.scenes = list(there.scenes)
    linked = next(scene for scene in bpy.data.scenes if scene.library)
    host = BlenderHost(linked)
    target = host.read().clips[0].target
    with pytest.raises(HostFailed, match=r"is linked from another \.blend"):
        host.apply(change_list(host.read(), SetEnabled("off", "one", target, False, "a test")))
