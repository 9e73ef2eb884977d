"""One running Resolve: its open project, what of it is saved, and what goes wrong in it."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from resolve.fake.exchange import Importer
from resolve.fake.model import Clip, Line, ProjectState, Track

Answer = dict[str, str | bool]
"""What a user sets, by element, and under "press" the button."""

ODDITIES = {
    "end_inclusive": "the end frame is part of an appended clip",
    "import_none": "a timeline's import gives None",
    "import_empty": "an imported timeline is empty",
    "import_drops_last": "the last clip of the last track is dropped",
    "import_shifts_last": "the last clip of the last track comes in a frame late",
    "import_drops_gain": "gain is dropped at the import",
    "import_drops_markers": "markers are dropped at the import",
    "import_enables": "all clips are switched on at the import",
    "import_slips": "clips play another part of their media",
    "import_offline": "media is offline after the import",
    "import_drops_channels": "channel maps are dropped at the import",
    "import_first_channel": "every channel map becomes the first channel at the import",
    "import_drops_transitions": "transitions are dropped at the import",
    "import_renames": "tracks get names of Resolve's at the import",
    "import_retypes": "audio tracks become 5.1 at the import",
    "export_false": "exports fail",
    "export_nothing": "exports are said to work, and write nothing",
    "export_garbage": "exports write an empty file",
    "append_none": "appending does nothing and gives an empty list",
    "append_unreal": "appended items have no id and are not there",
    "append_shifts": "appended clips lie a frame late",
    "append_short": "appended clips are a frame short",
    "append_loses_last": "the last of several clips is not appended",
    "append_doubles": "appended clips come on the next track as well",
    "lost_on_save": "what was appended is gone after saving",
    "save_false": "the project cannot be saved",
    "track_false": "no track is added",
    "track_lies": "a track is said to be added",
    "track_stereo": "an added track is stereo, whatever was asked for",
    "name_lies": "tracks keep their names",
    "media_none": "no media is imported",
    "media_rate": "sound counts at another frame rate",
    "switch_lies": "clips are not switched, whatever is answered",
    "switch_false": "clips are not switched",
    "marker_lies": "markers are not set, whatever is answered",
    "marker_elsewhere": "markers come to stand elsewhere",
    "take_lies": "takes are not added, whatever is answered",
    "take_not_chosen": "takes cannot be chosen",
    "take_lost": "takes are gone after saving",
    "page_stuck": "the page cannot be changed",
    "delete_lies": "clips are not deleted, whatever is answered",
    "timeline_stays": "timelines are not deleted, whatever is answered",
    "link_lies": "clips are not linked, whatever is answered",
    "current_stuck": "the open timeline cannot be changed",
}
"""What may go wrong beyond what always holds."""


@dataclass
class World:
    """A running program.

    Attributes:
        project: The open project; None in the project manager.
        oddities: What goes wrong.
        page: The page that is shown.
        calls: How often each method was called.
        gone_after: Number of calls after which the program is gone; None: never.
        selected: Ids of selected clips.
        old: Whether it is a version that does not tell the selection.
        store: Where a saved project is kept, for other processes; None: nowhere.
        refusals: Why imports made nothing, for those who write tests.
        answers: What the user does in each window, in turn; None: this edition has no windows.
        shown: What each window showed.
    """

    project: ProjectState | None
    oddities: Collection[str] = ()
    page: str = "edit"
    calls: Counter[str] = field(default_factory=Counter)
    gone_after: int | None = None
    selected: list[str] = field(default_factory=list)
    old: bool = False
    store: Path | None = None
    refusals: list[str] = field(default_factory=list)
    answers: list[Answer] | None = None
    shown: list[list[str]] = field(default_factory=list)

    def odd(self, name: str) -> bool:
        """Whether something goes wrong."""
        if name not in ODDITIES:
            raise AssertionError(f"{name} is no oddity")
        return name in self.oddities

    @property
    def is_gone(self) -> bool:
        return self.gone_after is not None and self.calls.total() > self.gone_after

    @property
    def open(self) -> ProjectState:
        assert self.project is not None
        return self.project

    def save(self) -> bool:
        if self.open.name == "Untitled Project" or self.odd("save_false"):
            return False
        for line in self.open.lines:
            for track in line.tracks:
                self._settle(track)
        if self.store:
            self.open.dump(self.store)
        return True

    def _settle(self, track: Track) -> None:
        if self.odd("lost_on_save"):
            track.clips = [clip for clip in track.clips if not clip.unsaved]
        for clip in track.clips:
            clip.unsaved = False
            if self.odd("take_lost"):
                clip.takes, clip.take = [], 0

    def import_line(self, path: Path, name: str) -> Line | None:
        project = self.open
        if self.odd("import_none") or name in [line.name for line in project.lines]:
            return None
        importer = Importer(project)
        line = importer.read(path, name)
        self.refusals = importer.said
        if line is not None:
            self._spoil(line)
            project.lines.append(line)
            if not self.odd("current_stuck"):
                project.current = line.id
        return line

    def _spoil(self, line: Line) -> None:
        """What an import loses in silence."""
        last = next((track for track in reversed(line.tracks) if track.clips), None)
        if self.odd("import_empty"):
            line.tracks = []
        elif last and self.odd("import_drops_last"):
            last.clips.pop()
        elif last and self.odd("import_shifts_last"):
            last.clips[-1].start += 1
        for track in line.tracks:
            self._spoil_track(track, line.of_kind(track.kind).index(track) + 1)
        for clip in line.clips():
            self._spoil_clip(clip)

    def _spoil_track(self, track: Track, number: int) -> None:
        if self.odd("import_drops_transitions"):
            track.transitions = []
        if self.odd("import_renames"):
            track.name = f"{track.kind.title()} {number}"
        if self.odd("import_retypes") and track.kind == "audio":
            track.subtype, track.block = "5.1", {**track.block, "Audio Type": "5.1"}

    def _spoil_clip(self, clip: Clip) -> None:
        if self.odd("import_drops_gain"):
            clip.effects = []
        if self.odd("import_drops_markers"):
            clip.marks = []
        if self.odd("import_enables"):
            clip.enabled = True
        if self.odd("import_slips"):
            clip.offset += 1
        if self.odd("import_offline"):
            clip.file = None
        if self.odd("import_drops_channels"):
            clip.block.pop("Channels", None)
        if self.odd("import_first_channel") and "Channels" in clip.block:
            clip.block["Channels"] = [{"Source Channel ID": 0, "Source Track ID": 0}]

    def add(self, line: Line, track: Track, clip: Clip) -> bool:
        """Puts a clip on a track; where one lies already, the earlier wins."""
        if track.locked or any(clip.start < other.end and other.start < clip.end for other in track.clips):
            return False
        track.clips.append(clip)
        track.sort()
        return True

    def copy(self) -> ProjectState:
        """What is there, for comparing."""
        return copy.deepcopy(self.open)

    def rate(self, line: Line) -> Fraction:
        return Fraction(line.rate)
