"""A camera and a recorder whose truth is known, in the fake, and whether what is heard is what was seen."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from resolve.fake.media import note_facts
from resolve.fake.model import Clip, File, Line, ProjectState, Track
from resolve.fake.world import World
from resolve.stage import Stage
from shoot import Camera, Recorder

HOUR_S = 3600
MONO = {"Audio Type": "Mono", "SoloOn": False}
CHANNELS = {"Channels": [{"Source Channel ID": 0, "Source Track ID": 0}]}


def scene(folder: Path, rate: Fraction, drift_ppm: float) -> tuple[World, Line, Stage]:
    """Two clips of one camera file whose timecode starts at ten hours; its sound on two mono tracks."""
    folder.mkdir()
    path, first = folder / "A001.mov", round(10 * HOUR_S * rate)
    frames = round(120 * rate)
    note_facts(path, frames / rate, rate, first / rate)
    project = ProjectState("Rates", str(rate))
    project.files["a"] = File("a", str(path), str(rate), frames, first)
    line = Line("one", "Cut", float(rate), str(rate), round(HOUR_S * rate))
    tracks = [Track("video", "Video 1", ""), Track("audio", "Audio 1", "mono", block=MONO),
              Track("audio", "Audio 2", "mono", block=MONO)]  # fmt: skip
    for track in tracks:
        for number, (start, offset, length) in enumerate(((0, 301, 97), (131, 1007, 211)), 1):
            block = CHANNELS if track.kind == "audio" else {}
            name = f"{track.name} {number}"
            clip = Clip(name, path.name, start, length, "a", offset, link=number, url=str(path), block=block)
            track.clips.append(clip)
    line.tracks = tracks
    project.lines.append(line)
    project.current = line.id
    recorder = Recorder(
        "/sound/12A-3.wav", Fraction("-7.123"), Fraction(300), ("MIX", "BOOM"), drift_ppm,
        time_reference=48000 * 9 * HOUR_S + 12345,
    )  # fmt: skip
    stage = Stage.with_files(Camera(str(path), Fraction("1.5"), frames / rate, first / rate), recorder)
    return World(project), line, stage


def check_sound(world: World, stage: Stage, rate: Fraction) -> None:
    """Checks that the recorder's channels lie below the pictures, in sync, and that the camera's sound is silent."""
    now = world.open.line()
    assert now and [track.name for track in now.tracks[3:]] == ["MIX", "BOOM"]
    for track in now.tracks[3:]:
        assert len(track.clips) == 2
        for heard, seen in zip(track.clips, now.tracks[0].clips, strict=True):
            assert (heard.start, heard.duration, heard.enabled) == (seen.start, seen.duration, True)
            camera, sound = (world.open.files[clip.file or ""] for clip in (seen, heard))
            of_camera = stage.event_time(camera.path, seen.offset / rate)
            of_sound = stage.event_time(sound.path, heard.offset / rate)
            assert abs(of_camera - of_sound) < Fraction(1, 48000)
    for track in now.tracks[1:3]:
        silent = [not clip.enabled or bool(clip.effects) for clip in track.clips]
        assert silent == [True, True], "both halves of the camera's sound are silenced"
