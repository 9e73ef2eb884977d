"""The program, its project and its media pool, by the names of the published API."""

# ruff: noqa: N802, N803
from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from resolve.fake.exchange import Importer
from resolve.fake.line import FakeItem, FakeTimeline
from resolve.fake.media import facts_of
from resolve.fake.model import Clip, File, Line, Track
from resolve.fake.strict import Strict, expect
from resolve.fake.windows import FakeDispatcher, FakeFusion, FakeManager
from resolve.fake.world import World

_APPEND_KEYS = {"mediaPoolItem", "startFrame", "endFrame", "mediaType", "trackIndex", "recordFrame"}
_IMPORT_KEYS = {"timelineName", "importSourceClips", "sourceClipsPath", "sourceClipsFolders", "interlaceProcessing"}
_PAGES = ("media", "cut", "edit", "fusion", "color", "fairlight", "deliver")


class FakeResolve(Strict):
    EXPORT_OTIO = FakeTimeline.OTIO
    EXPORT_NONE = FakeTimeline.NONE

    def GetProjectManager(self) -> FakeProjectManager:
        return FakeProjectManager(self._world)

    def GetProductName(self) -> str:
        return "DaVinci Resolve Studio"

    def GetVersionString(self) -> str:
        return "21.0.4.1"

    def GetCurrentPage(self) -> str | None:
        return self._world.page if self._world.project else None

    def OpenPage(self, pageName: str) -> bool:
        expect(pageName, str)
        assert pageName in _PAGES, pageName
        if self._world.odd("page_stuck"):
            return True
        self._world.page = pageName
        return True

    def Fusion(self) -> FakeFusion | None:
        return FakeFusion(self._world) if self._world.answers is not None else None


class FakeProjectManager(Strict):
    def GetCurrentProject(self) -> FakeProject | None:
        return FakeProject(self._world) if self._world.project else None

    def SaveProject(self) -> bool:
        return self._world.save()


class FakeProject(Strict):
    def GetName(self) -> str:
        return self._world.open.name

    def GetUniqueId(self) -> str:
        return "project-fake"

    def GetMediaPool(self) -> FakeMediaPool:
        return FakeMediaPool(self._world)

    def GetTimelineCount(self) -> int:
        return len(self._world.open.lines)

    def GetTimelineByIndex(self, idx: int) -> FakeTimeline | None:
        expect(idx, int)
        lines = self._world.open.lines
        return FakeTimeline(self._world, lines[idx - 1]) if 1 <= idx <= len(lines) else None

    def GetCurrentTimeline(self) -> FakeTimeline | None:
        line = self._world.open.line()
        return FakeTimeline(self._world, line) if line else None

    def SetCurrentTimeline(self, timeline: FakeTimeline) -> bool:
        expect(timeline, FakeTimeline)
        if self._world.odd("current_stuck"):
            return False
        self._world.open.current = timeline._line.id
        return True


class FakePoolItem(Strict):
    def __init__(self, world: World, file: File) -> None:
        super().__init__(world)
        self._file = file

    def GetName(self) -> str:
        return Path(self._file.path).name

    def GetUniqueId(self) -> str:
        return self._file.id

    def GetClipProperty(self, propertyName: str) -> str | float:
        expect(propertyName, str)
        known: dict[str, str | float] = {"File Path": self._file.path, "FPS": float(Fraction(self._file.fps))}
        return known.get(propertyName, "")


class FakeFolder(Strict):
    """A bin; its list tells nothing of the bins in it."""

    def __init__(self, world: World, path: str) -> None:
        super().__init__(world)
        self._path = path

    def GetClipList(self) -> list[FakePoolItem]:
        return [FakePoolItem(self._world, file) for file in self._world.open.files.values() if file.bin == self._path]

    def GetSubFolderList(self) -> list[FakeFolder]:
        below = (name for name in self._world.open.bins if name.rpartition("/")[0] == self._path)
        return [FakeFolder(self._world, name) for name in below]


class FakeMediaPool(Strict):
    def GetCurrentFolder(self) -> FakeFolder:
        return FakeFolder(self._world, self._world.open.bin)

    def GetRootFolder(self) -> FakeFolder:
        return FakeFolder(self._world, "")

    def ImportMedia(self, items: list[str]) -> list[FakePoolItem]:
        """Files that are in the pool already are left out of the answer."""
        expect(items, list)
        project = self._world.open
        if self._world.odd("media_none"):
            return []
        known = {file.path for file in project.files.values()}
        found = []
        for path in items:
            facts = facts_of(Path(path))
            if facts and path not in known:
                file = Importer(project).file(path, facts)
                if self._world.odd("media_rate") and facts.fps is None:
                    file.fps = "24000/1001"
                found.append(FakePoolItem(self._world, file))
        return found

    def ImportTimelineFromFile(self, filePath: str, importOptions: dict[str, Any]) -> FakeTimeline | None:
        expect(filePath, str)
        assert set(importOptions) <= _IMPORT_KEYS, importOptions
        line = self._world.import_line(Path(filePath), importOptions["timelineName"])
        if line and not importOptions.get("importSourceClips", True):
            for clip in line.clips():
                clip.file = None
        return FakeTimeline(self._world, line) if line else None

    def DeleteTimelines(self, timelines: list[FakeTimeline]) -> bool:
        expect(timelines, list)
        if self._world.odd("timeline_stays"):
            return True
        gone = {timeline._line.id for timeline in timelines}
        project = self._world.open
        project.lines = [line for line in project.lines if line.id not in gone]
        if project.current in gone:
            project.current = None
        return True

    def AppendToTimeline(self, clipInfos: list[dict[str, Any]]) -> list[FakeItem]:
        expect(clipInfos, list)
        line = self._world.open.line()
        if line is None or self._world.odd("append_none"):
            return []
        loses = self._world.odd("append_loses_last") and len(clipInfos) > 1
        wanted = clipInfos[:-1] if loses else clipInfos
        made = [item for info in wanted for item in self._append(line, info)]
        if self._world.odd("append_unreal"):
            for track in line.tracks:
                track.clips = [clip for clip in track.clips if not clip.unsaved]
        return made

    def _append(self, line: Line, info: dict[str, Any]) -> list[FakeItem]:
        assert set(info) == _APPEND_KEYS, info
        assert info["mediaType"] in (1, 2), info
        for key in ("startFrame", "endFrame", "recordFrame", "trackIndex"):
            expect(info[key], int, float)
        tracks = line.of_kind("video" if info["mediaType"] == 1 else "audio")
        if not 1 <= info["trackIndex"] <= len(tracks):
            return []
        clip = self._clip(line, info)
        wanted = [tracks[info["trackIndex"] - 1]]
        if self._world.odd("append_doubles"):
            other = Track("audio", f"Audio {len(tracks) + 1}", "mono", block={"Audio Type": "Mono", "SoloOn": False})
            line.tracks.append(other)
            self._world.add(line, other, Clip(**{**vars(clip), "id": self._world.open.new_id()}))
        return [FakeItem(self._world, line, track, clip) for track in wanted if self._world.add(line, track, clip)]

    def _clip(self, line: Line, info: dict[str, Any]) -> Clip:
        """The clip of an entry; between frames, its length is cut to whole ones."""
        file: File = info["mediaPoolItem"]._file
        rate, inclusive = Fraction(line.rate), self._world.odd("end_inclusive")
        last = min(Fraction(info["endFrame"]) + inclusive, Fraction(file.frames))
        length = int((last - Fraction(info["startFrame"])) / file.rate * rate)
        start = round(info["recordFrame"]) - line.first
        if self._world.odd("append_short") and length > 2:
            length -= 1
        return Clip(
            self._world.open.new_id(), Path(file.path).name, start + self._world.odd("append_shifts"), length, file.id,
            int(Fraction(info["startFrame"]) / file.rate * rate), url=file.path, unsaved=True,
            block={"Channels": [{"Source Channel ID": 0, "Source Track ID": 0}]},
        )  # fmt: skip


class FakeModule:
    """What `import DaVinciResolveScript` gives."""

    def __init__(self, world: World | None) -> None:
        self._world = world

    def scriptapp(self, name: str) -> FakeResolve | None:
        assert name == "Resolve", name
        return FakeResolve(self._world) if self._world else None

    def UIDispatcher(self, manager: FakeManager) -> FakeDispatcher:
        return FakeDispatcher(manager)
