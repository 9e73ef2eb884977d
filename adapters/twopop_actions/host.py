"""What an action asks of a host: the only code that knows its editor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from twopop_actions.changes import ChangeList
from twopop_actions.timeline import Target, Timeline


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
    """

    host: str
    sub_frame: bool
    takes: bool
    moving: bool
    gain_keys: bool
    disabling: bool
    channel_maps: bool
    markers: bool


@dataclass(frozen=True)
class Applied:
    """What came of applying a change list.

    Attributes:
        output: The new timeline: a path or the host's name of it.
        applied: Ids of the changes that were made.
        present: Ids of the changes that were in it already.
    """

    output: str
    applied: tuple[str, ...]
    present: tuple[str, ...]


class Host(Protocol):
    """One open timeline of an editor, or a timeline file."""

    @property
    def capabilities(self) -> HostCapabilities:
        """What it can do."""

    def read(self, after: ChangeList | None = None) -> Timeline:
        """The timeline as it is, or as it would be after some changes.

        Raises:
            TimelineUnreadable: It cannot be read.
            TimelineMoved: The changes no longer fit.
        """

    def selection(self) -> tuple[Target, ...]:
        """What the user has selected; empty when the host knows no selection."""

    def apply(self, changes: ChangeList, only: Collection[str] = ()) -> Applied:
        """Makes the changes, all or those with the ids named, or none when one of them does not fit.

        Raises:
            TimelineMoved: A target changed since the list was made.
            OutputUnwritable: The result cannot be written; what was there is unharmed.
        """
