"""The contract's scene in the fake, and a look at it by way of the fake's own model."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

from hosts.contract import CAMERA_S, RATE, SCENE, Look
from resolve.fake.app import FakeModule
from resolve.fake.exchange import Importer
from resolve.fake.media import facts_of, note_facts
from resolve.fake.model import Clip, Line, ProjectState, Take, Track
from resolve.fake.world import World
from twopop_actions.host import Host
from twopop_resolve.api import ScriptModule
from twopop_resolve.connection import Session, program, session_of
from twopop_resolve.in_place import InPlaceHost
from twopop_resolve.new_timeline import NewTimelineHost

_HOUR = 3600 * 25


Kind = type[NewTimelineHost] | type[InPlaceHost]


def session(world: World) -> Session:
    """The connection to a fake."""
    return session_of(program(cast(ScriptModule, FakeModule(world))))


class ResolveWorkbench:
    """The scene in the fake."""

    tolerance = Fraction(0)

    def __init__(self, kind: Kind, work: Path, oddities: tuple[str, ...] = ()) -> None:
        self._kind, self._work = kind, work
        self.world = World(ProjectState("Projekt / 1", str(RATE)), oddities)

    def open(self, folder: Path) -> Host:
        project = self.world.open
        line = Line(project.new_id(), "Schnitt 1", float(RATE), str(RATE), _HOUR)
        sound = {"Audio Type": "Stereo", "SoloOn": False}
        line.tracks = [Track("video", "Video 1", ""), Track("audio", "Audio 1", "stereo", block=sound)]
        for scene in SCENE:
            note_facts(folder / scene.file, Fraction(CAMERA_S), RATE)
            facts = facts_of(folder / scene.file)
            assert facts
            file = Importer(project).file(str(folder / scene.file), facts)
            for track in line.tracks:
                block = {"Channels": [{"Source Channel ID": 0, "Source Track ID": 0}]} if track.kind == "audio" else {}
                track.clips.append(
                    Clip(
                        project.new_id(), scene.file, int(scene.record_start * RATE), int(scene.duration * RATE),
                        file.id, int(scene.source_start * RATE), link=scene.link, block=block,
                    )
                )  # fmt: skip
        project.lines.append(line)
        project.current = line.id
        return self.reopen()

    def reopen(self) -> Host:
        return self._kind(session(self.world), self._work)

    def look(self) -> list[Look]:
        line = self.world.open.line()
        assert line
        return sorted(
            (self._look(track, clip) for track in line.tracks for clip in track.clips),
            key=lambda look: (look.kind, look.record_start, look.file),
        )

    def _look(self, track: Track, clip: Clip) -> Look:
        playing = clip.takes[clip.take - 1] if clip.take else Take(clip.file or "", clip.offset, clip.duration)
        volumes = [
            parameter["Parameter Value"]
            for effect in clip.effects
            for parameter in effect["metadata"]["Resolve_OTIO"]["Parameters"]
            if parameter["Parameter ID"] == "volume"
        ]
        return Look(
            track.kind, Path(self.world.open.files[playing.file].path).name, clip.start / RATE, clip.duration / RATE,
            playing.offset / RATE, clip.enabled, any(volume <= -100 for volume in volumes),
        )  # fmt: skip

    def markers(self) -> list[str]:
        line = self.world.open.line()
        assert line
        return [mark.name for clip in line.clips() for mark in clip.marks]

    def select(self, kind: str, index: int) -> Host:
        line = self.world.open.line()
        assert line
        self.world.selected = [line.of_kind(kind)[0].clips[index].id]
        return self.reopen()

    def lock(self) -> Host:
        line = self.world.open.line()
        assert line
        line.of_kind("audio")[0].locked = True
        return self.reopen()

    def alter(self) -> None:
        line = self.world.open.line()
        assert line
        for track in line.tracks:
            track.clips[-1].duration -= int(RATE)
