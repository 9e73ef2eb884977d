"""A timeline and its items, by the names of the published API."""

# ruff: noqa: N802, N803
from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from resolve.fake.exchange import exported
from resolve.fake.model import Clip, Line, Mark, Take, Track
from resolve.fake.strict import Strict, expect
from resolve.fake.world import World

_COLORS = {
    "Blue", "Cyan", "Green", "Yellow", "Red", "Pink", "Purple", "Fuchsia", "Rose", "Lavender", "Sky", "Mint", "Lemon",
    "Sand", "Cocoa", "Cream",
}  # fmt: skip


class FakeTimeline(Strict):
    OTIO, NONE = 27.0, -1.0  # what the live handle calls these kinds; names of them do nothing
    later = frozenset({"GetSelectedClips"})

    def __init__(self, world: World, line: Line) -> None:
        super().__init__(world)
        self._line = line

    def GetName(self) -> str:
        return self._line.name

    def GetUniqueId(self) -> str:
        return self._line.id

    def GetStartFrame(self) -> int:
        return self._line.first

    def GetSetting(self, settingName: str) -> str:
        assert settingName == "timelineFrameRate", settingName
        return str(self._line.fps)

    def GetTrackCount(self, trackType: str) -> int:
        return len(self._line.of_kind(trackType))

    def GetTrackName(self, trackType: str, trackIndex: int) -> str:
        return self._track(trackType, trackIndex).name

    def GetTrackSubType(self, trackType: str, trackIndex: int) -> str:
        return self._track(trackType, trackIndex).subtype

    def SetTrackName(self, trackType: str, trackIndex: int, name: str) -> bool:
        if not self._world.odd("name_lies"):
            self._track(trackType, trackIndex).name = name
        return True

    def AddTrack(self, trackType: str, newTrackOptions: dict[str, Any] | str) -> bool:
        if self._world.odd("track_false"):
            return False
        if self._world.odd("track_lies"):
            return True
        options = newTrackOptions if isinstance(newTrackOptions, dict) else {"audioType": newTrackOptions}
        assert set(options) <= {"audioType", "index"}, options
        kind = "stereo" if self._world.odd("track_stereo") else options.get("audioType", "mono")
        block = {"Audio Type": kind.title(), "SoloOn": False} if trackType == "audio" else {}
        number = self.GetTrackCount(trackType) + 1
        self._line.tracks.append(Track(trackType, f"{trackType.title()} {number}", kind, block=block))
        return True

    def DeleteTrack(self, trackType: str, trackIndex: int) -> bool:
        self._line.tracks.remove(self._track(trackType, trackIndex))
        return True

    def GetItemListInTrack(self, trackType: str, index: int) -> list[FakeItem]:
        track = self._track(trackType, index)
        return [FakeItem(self._world, self._line, track, clip) for clip in track.clips]

    def DeleteClips(self, timelineItems: list[FakeItem], ripple: bool) -> bool:
        expect(timelineItems, list)
        expect(ripple, bool)
        if self._world.page != "edit":
            return False
        if self._world.odd("delete_lies"):
            return True
        gone = {item._clip.id for item in timelineItems}
        for track in self._line.tracks:
            track.clips = [clip for clip in track.clips if clip.id not in gone or track.locked]
        return True

    def SetClipsLinked(self, timelineItems: list[FakeItem], linked: bool) -> bool:
        expect(timelineItems, list)
        groups = [item._clip.link for item in timelineItems if item._clip.link is not None]
        highest = max((clip.link or 0 for clip in self._line.clips()), default=0)
        if not self._world.odd("link_lies"):
            for item in timelineItems:
                item._clip.link = (groups[0] if groups else highest + 1) if linked else None
        return True

    def GetSelectedClips(self) -> list[FakeItem]:
        return [
            FakeItem(self._world, self._line, track, clip)
            for track in self._line.tracks
            for clip in track.clips
            if clip.id in self._world.selected
        ]

    def Export(self, fileName: str, exportType: object, exportSubtype: object) -> bool:
        expect(fileName, str)
        if exportType != self.OTIO or exportSubtype != self.NONE or self._world.odd("export_false"):
            return False
        if self._world.odd("export_nothing"):
            return True
        text = "" if self._world.odd("export_garbage") else json.dumps(exported(self._line, self._world.open))
        Path(fileName).write_text(text)
        return True

    def _track(self, kind: str, number: int) -> Track:
        expect(number, int)
        assert kind in ("video", "audio"), kind
        return self._line.of_kind(kind)[number - 1]


class FakeItem(Strict):
    def __init__(self, world: World, line: Line, track: Track, clip: Clip) -> None:
        super().__init__(world)
        self._line, self._track, self._clip = line, track, clip

    def GetName(self) -> str:
        return self._clip.name

    def GetUniqueId(self) -> str:
        return self._clip.id if self._clip in self._track.clips else ""

    def GetStart(self) -> int:
        return self._line.first + self._clip.start

    def GetDuration(self) -> int:
        return self._clip.duration

    def GetLeftOffset(self) -> float:
        return float(self._clip.offset)

    def GetTrackTypeAndIndex(self) -> list[Any]:
        kind = self._track.kind
        return [kind, self._line.of_kind(kind).index(self._track) + 1]

    def SetClipEnabled(self, enabled: bool) -> bool:
        expect(enabled, bool)
        if self._world.odd("switch_false") or self._track.locked:
            return False
        if not self._world.odd("switch_lies"):
            self._clip.enabled = enabled
        return True

    def GetClipEnabled(self) -> bool:
        return self._clip.enabled

    def AddMarker(self, frameId: float, color: str, name: str, note: str, duration: float, customData: str) -> bool:
        expect(frameId, int, float)
        assert color in _COLORS, color
        if any(mark.frame == frameId for mark in self._clip.marks) or self._track.locked:
            return False
        if not self._world.odd("marker_lies"):
            frame = round(frameId) + self._world.odd("marker_elsewhere") * 3
            self._clip.marks.append(Mark(frame, color, name, note, customData))
        return True

    def GetMarkers(self) -> dict[float, dict[str, Any]]:
        return {
            float(m.frame): {
                "color": m.color, "duration": 1.0, "note": m.note, "name": m.name, "customData": m.custom,
            }
            for m in self._clip.marks
        }  # fmt: skip

    def DeleteMarkerByCustomData(self, customData: str) -> bool:
        found = next((mark for mark in self._clip.marks if mark.custom == customData), None)
        if found:
            self._clip.marks.remove(found)
        return found is not None

    def AddTake(self, mediaPoolItem: Any, startFrame: int, endFrame: int) -> bool:
        expect(startFrame, int)
        expect(endFrame, int)
        if self._track.locked:
            return False
        if self._world.odd("take_lies"):
            return True
        file, rate, clip = mediaPoolItem._file, Fraction(self._line.rate), self._clip
        if not clip.takes:
            clip.takes = [Take(clip.file or "", clip.offset, clip.duration)]
            clip.take = 1
        length = Fraction(endFrame - startFrame + self._world.odd("end_inclusive"))
        clip.takes.append(Take(file.id, int(startFrame / file.rate * rate), int(length / file.rate * rate)))
        self._choose(len(clip.takes))
        return True

    def GetTakesCount(self) -> int:
        return len(self._clip.takes)

    def GetSelectedTakeIndex(self) -> int:
        return self._clip.take

    def GetTakeByIndex(self, idx: int) -> dict[str, Any] | None:
        from resolve.fake.app import FakePoolItem

        if not 1 <= idx <= len(self._clip.takes):
            return None
        take = self._clip.takes[idx - 1]
        file = self._world.open.files[take.file]
        item = FakePoolItem(self._world, file)
        return {"startFrame": take.offset, "endFrame": take.offset + take.duration, "mediaPoolItem": item}

    def SelectTakeByIndex(self, idx: int) -> bool:
        return not self._world.odd("take_not_chosen") and self._choose(idx)

    def DeleteTakeByIndex(self, idx: int) -> bool:
        if not 1 <= idx <= len(self._clip.takes):
            return False
        del self._clip.takes[idx - 1]
        if self._clip.take >= idx:
            self._choose(max(1, self._clip.take - 1))
        return True

    def FinalizeTake(self) -> bool:
        playing = self._clip.takes[self._clip.take - 1]
        self._clip.file, self._clip.offset = playing.file, playing.offset
        self._clip.takes, self._clip.take = [], 0
        return True

    def _choose(self, number: int) -> bool:
        if not 1 <= number <= len(self._clip.takes):
            return False
        if not self._world.odd("take_not_chosen"):
            self._clip.take = number
            self._clip.duration = self._clip.takes[number - 1].duration
        return True
