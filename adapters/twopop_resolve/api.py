"""The part of Resolve's scripting API that is used, as types.

From Resolve's own "Scripting/README.txt"; names, arguments and answers as it spells them. None of the methods raises:
what fails answers None, False or an empty list, and some answer as if it had worked. Frames are whole unless said.
"""

# ruff: noqa: N802, N803
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class PoolItem(Protocol):
    """A file in the media pool."""

    def GetName(self) -> str | None:
        """Its name."""

    def GetUniqueId(self) -> str | None:
        """Its id; empty for an item that is not real."""

    def GetClipProperty(self, propertyName: str) -> str | float | None:
        """A property by its name in the interface: "File Path", "FPS"."""


class Item(Protocol):
    """A clip, title or generator on a track."""

    def GetName(self) -> str | None:
        """Its name."""

    def GetUniqueId(self) -> str | None:
        """Its id; empty for an item that is not real."""

    def GetStart(self) -> float | None:
        """First frame on the timeline, counted from midnight."""

    def GetDuration(self) -> float | None:
        """Its length on the timeline, in frames."""

    def GetLeftOffset(self) -> float | None:
        """Frames of the timeline by which it could be extended to the left."""

    def GetTrackTypeAndIndex(self) -> Sequence[Any] | None:
        """The kind of its track, "video" or "audio", and the track's number, from 1."""

    def SetClipEnabled(self, enabled: bool) -> bool | None:
        """Switches it on or off."""

    def AddMarker(
        self, frameId: float, color: str, name: str, note: str, duration: float, customData: str
    ) -> bool | None:
        """Puts a marker on a frame of its media."""

    def GetMarkers(self) -> Mapping[float, Mapping[str, Any]] | None:
        """Its markers by frame."""

    def DeleteMarkerByCustomData(self, customData: str) -> bool | None:
        """Takes the first marker off that carries a text."""

    def AddTake(self, mediaPoolItem: PoolItem, startFrame: int, endFrame: int) -> bool | None:
        """Adds a take; the clip as it is becomes the first one where it has no takes yet."""

    def GetTakesCount(self) -> int | None:
        """How many takes it has; 0 without a take selector."""

    def GetSelectedTakeIndex(self) -> int | None:
        """The take that plays, from 1; 0 without a take selector."""

    def GetTakeByIndex(self, idx: int) -> Mapping[str, Any] | None:
        """Under "startFrame", "endFrame" and "mediaPoolItem", what a take plays."""

    def SelectTakeByIndex(self, idx: int) -> bool | None:
        """Lets a take play."""

    def DeleteTakeByIndex(self, idx: int) -> bool | None:
        """Takes a take away."""

    def FinalizeTake(self) -> bool | None:
        """Keeps the selected take and takes the take selector away."""


class TimelineApi(Protocol):
    """A timeline."""

    def GetName(self) -> str | None:
        """Its name."""

    def GetUniqueId(self) -> str | None:
        """Its id."""

    def GetStartFrame(self) -> int | None:
        """Its first frame, counted from midnight."""

    def GetTrackCount(self, trackType: str) -> int | None:
        """How many tracks of a kind it has."""

    def GetTrackName(self, trackType: str, trackIndex: int) -> str | None:
        """A track's name."""

    def GetTrackSubType(self, trackType: str, trackIndex: int) -> str | None:
        """An audio track's format: "mono"."""

    def SetTrackName(self, trackType: str, trackIndex: int, name: str) -> bool | None:
        """Names a track."""

    def AddTrack(self, trackType: str, newTrackOptions: Mapping[str, Any]) -> bool | None:
        """Adds a track behind the others."""

    def DeleteTrack(self, trackType: str, trackIndex: int) -> bool | None:
        """Takes a track away with all that lies on it."""

    def GetItemListInTrack(self, trackType: str, index: int) -> list[Item] | None:
        """What lies on a track, by time."""

    def DeleteClips(self, timelineItems: list[Item], ripple: bool) -> bool | None:
        """Takes clips away; the Edit page must be open."""

    def SetClipsLinked(self, timelineItems: list[Item], linked: bool) -> bool | None:
        """Links clips."""

    def GetSelectedClips(self) -> list[Item] | None:
        """What is selected (21.0 and later)."""

    def Export(self, fileName: str, exportType: object, exportSubtype: object) -> bool | None:
        """Writes it to a file."""


class Folder(Protocol):
    """A bin of the media pool."""

    def GetClipList(self) -> list[PoolItem] | None:
        """What lies in it, and not in the bins below."""

    def GetSubFolderList(self) -> list[Folder] | None:
        """The bins that lie in it."""


class MediaPool(Protocol):
    """The media pool."""

    def GetCurrentFolder(self) -> Folder | None:
        """The bin that imports go to."""

    def GetRootFolder(self) -> Folder | None:
        """The bin that holds all others."""

    def ImportMedia(self, items: list[str]) -> list[PoolItem] | None:
        """Takes files into the current bin."""

    def ImportTimelineFromFile(self, filePath: str, importOptions: Mapping[str, Any]) -> TimelineApi | None:
        """Makes a timeline of a file and opens it."""

    def AppendToTimeline(self, clipInfos: list[dict[str, Any]]) -> list[Item] | None:
        """Puts media on the open timeline."""

    def DeleteTimelines(self, timelines: list[TimelineApi]) -> bool | None:
        """Deletes timelines."""


class Project(Protocol):
    """A project."""

    def GetName(self) -> str | None:
        """Its name; "Untitled Project" while it was never saved."""

    def GetMediaPool(self) -> MediaPool | None:
        """Its media pool."""

    def GetTimelineCount(self) -> int | None:
        """How many timelines it has."""

    def GetTimelineByIndex(self, idx: int) -> TimelineApi | None:
        """A timeline by its number, from 1."""

    def GetCurrentTimeline(self) -> TimelineApi | None:
        """The open timeline."""

    def SetCurrentTimeline(self, timeline: TimelineApi) -> bool | None:
        """Opens a timeline."""


class ProjectManager(Protocol):
    """Where projects are kept."""

    def GetCurrentProject(self) -> Project | None:
        """The open project."""

    def SaveProject(self) -> bool | None:
        """Saves the open project."""


class ResolveApi(Protocol):
    """The program."""

    EXPORT_OTIO: object
    EXPORT_NONE: object

    def GetProjectManager(self) -> ProjectManager | None:
        """Where projects are kept."""

    def GetCurrentPage(self) -> str | None:
        """The page that is shown: "edit"; None in the project manager."""

    def OpenPage(self, pageName: str) -> bool | None:
        """Shows a page."""

    def Fusion(self) -> Any:
        """Fusion, for its windows."""


class ScriptModule(Protocol):
    """What `import DaVinciResolveScript` gives."""

    def scriptapp(self, name: str) -> ResolveApi | None:
        """A program that runs, by its name; None where it does not, or takes no scripts."""
