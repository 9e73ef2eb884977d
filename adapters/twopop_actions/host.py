"""What an action asks of a host: the only code that knows its editor.

A host is what was read of one timeline at one moment. Making one reads; `capabilities`, `read` and `selection` then
only tell what was read and may be called from any thread. `apply` and `undo` speak to the editor and are called where
the editor allows it (Blender: its main thread).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from twopop.errors import ChangeUnsupported
from twopop_actions.changes import AddMarker, AddTake, Change, ChangeList, SetEnabled, SetGainKeys, SlipAudio
from twopop_actions.timeline import Target, Timebase, Timeline


@dataclass(frozen=True)
class HostCapabilities:
    """What a host can do; known to a plan before the engine is asked, since it shapes what is rendered.

    Attributes:
        host: The host's name, for people: "Resolve OTIO".
        sub_frame: Whether clips may begin, and media be entered, between frames.
        takes: Whether a clip can hold several media and name the active one.
        moving: Whether existing clips can be moved and slipped.
        gain_keys: Whether a clip's gain can be written.
        disabling: Whether a clip can be switched off.
        channel_maps: Whether a clip can play single channels of a file.
        markers: Whether clips can carry markers.
        selection: Whether the host knows what the user has selected.
        in_place: Whether changes land in the open timeline; else in a new one.
    """

    host: str
    sub_frame: bool
    takes: bool
    moving: bool
    gain_keys: bool
    disabling: bool
    channel_maps: bool
    markers: bool
    selection: bool = False
    in_place: bool = False

    def limit(self, change: Change) -> str | None:
        """Why a change cannot be made; None when it can."""
        able: dict[type[Change], tuple[bool, str]] = {
            AddTake: (self.takes, "its clips hold one media file each."),
            SlipAudio: (self.moving, "it lets nobody move what is on the timeline; conform to a new timeline instead."),
            SetGainKeys: (self.gain_keys, "it lets nobody write a clip's gain; disable the clip instead."),
            SetEnabled: (self.disabling, "its clips cannot be switched off."),
            AddMarker: (self.markers, "its clips carry no markers."),
        }
        can, why = able.get(type(change), (True, ""))
        return None if can else why

    def check(self, changes: Iterable[Change], timebase: Timebase) -> None:
        """Raises beforehand when one of the changes cannot be made, so that none is.

        Args:
            changes: What is to be applied.
            timebase: The timeline's frames and timecode, for the message.

        Raises:
            ChangeUnsupported: The message says which change and why.
        """
        for change in changes:
            if why := self.limit(change):
                raise ChangeUnsupported.of(self.host, change.describe(timebase), why)


@dataclass(frozen=True)
class Applied:
    """What came of applying a change list.

    Attributes:
        output: The timeline that holds the changes: a path or the host's name of it.
        applied: Ids of the changes that were made.
        present: Ids of the changes that were in it already.
        notes: What else is worth telling: what the editor rounded or did another way.
    """

    output: str
    applied: tuple[str, ...]
    present: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Host(Protocol):
    """One timeline of an editor, or a timeline file, as it was when this was made."""

    @property
    def capabilities(self) -> HostCapabilities:
        """What it can do."""

    @property
    def work_folder(self) -> Path:
        """Absolute path of the folder for what belongs to the timeline ("NAME.twopop"); it may not exist yet.

        It lies beside the project, or in the user's data folder where that cannot be.
        """

    def read(self, after: ChangeList | None = None) -> Timeline:
        """The timeline as it is, or as it would be after some changes.

        Raises:
            TimelineUnreadable: It cannot be read.
            TimelineMoved: The changes do not fit.
        """

    def selection(self) -> tuple[Target, ...]:
        """What the user has selected; empty when nothing is, or when the host knows no selection."""

    def apply(self, changes: ChangeList, only: Collection[str] = ()) -> Applied:
        """Makes the changes, all or those with the ids named, or none when one of them does not fit.

        Raises:
            ChangeUnsupported: The editor cannot make one of them.
            TimelineMoved: A target changed since the list was made.
            OutputUnwritable: The result cannot be written; what was there is unharmed.
            HostFailed: The editor did not do it, whatever it answered.
        """

    def undo(self) -> tuple[str, ...]:
        """Takes back what was applied to the timeline that `apply` wrote, or to the open one; the ids of the changes.

        Raises:
            TimelineUnreadable: It cannot be read.
            HostFailed: The editor did not do it, whatever it answered.
        """
