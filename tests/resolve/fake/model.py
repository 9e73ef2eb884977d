"""What the fake holds: a project with its media and timelines. Record frames count from a timeline's first frame."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass
class File:
    """A file in the media pool; frames count at its own rate, which for sound is the project's at its import."""

    id: str
    path: str
    fps: str
    frames: int
    first: int
    channels: int = 1
    still: bool = False
    bin: str = ""

    @property
    def rate(self) -> Fraction:
        return Fraction(self.fps)


@dataclass
class Mark:
    """A marker on a clip; its frame counts from the media's first, at the timeline's rate."""

    frame: int
    color: str
    name: str
    note: str
    custom: str = ""


@dataclass
class Take:
    file: str
    offset: int
    duration: int


@dataclass
class Clip:
    """A clip; `offset` is the first media frame that it plays, at the timeline's rate."""

    id: str
    name: str
    start: int
    duration: int
    file: str | None
    offset: int
    enabled: bool = True
    link: int | None = None
    url: str = ""
    block: Json = field(default_factory=dict)
    effects: list[Json] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    takes: list[Take] = field(default_factory=list)
    take: int = 0
    unsaved: bool = False

    @property
    def end(self) -> int:
        return self.start + self.duration


@dataclass
class Track:
    kind: str
    name: str
    subtype: str
    locked: bool = False
    block: Json = field(default_factory=dict)
    clips: list[Clip] = field(default_factory=list)
    transitions: list[tuple[int, Json]] = field(default_factory=list)

    def sort(self) -> None:
        self.clips.sort(key=lambda clip: clip.start)


@dataclass
class Line:
    """A timeline."""

    id: str
    name: str
    fps: float
    rate: str
    first: int
    tracks: list[Track] = field(default_factory=list)

    def of_kind(self, kind: str) -> list[Track]:
        return [track for track in self.tracks if track.kind == kind]

    def clips(self) -> list[Clip]:
        return [clip for track in self.tracks for clip in track.clips]


@dataclass
class ProjectState:
    """A project; bins are named by their way from the top, "Sound/Day 1", the top itself is "", and `bin` is open."""

    name: str
    rate: str
    lines: list[Line] = field(default_factory=list)
    current: str | None = None
    files: dict[str, File] = field(default_factory=dict)
    ids: int = 0
    bins: list[str] = field(default_factory=list)
    bin: str = ""

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:08x}-fake"

    def line(self) -> Line | None:
        return next((line for line in self.lines if line.id == self.current), None)

    def dump(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> ProjectState:
        data = json.loads(path.read_text())
        state = cls(**{**data, "lines": [], "files": {key: File(**file) for key, file in data["files"].items()}})
        for line in data["lines"]:
            state.lines.append(Line(**{**line, "tracks": [_track(track) for track in line["tracks"]]}))
        return state


def _track(data: Json) -> Track:
    clips = []
    for clip in data["clips"]:
        parts = {"marks": [Mark(**m) for m in clip["marks"]], "takes": [Take(**t) for t in clip["takes"]]}
        clips.append(Clip(**{**clip, **parts}))
    return Track(**{**data, "clips": clips, "transitions": [(at, node) for at, node in data["transitions"]]})
