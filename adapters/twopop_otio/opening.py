"""A timeline file opened with what its user says of it: where its media lies, which of several it is, its rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from twopop_actions.engine import Engine
from twopop_actions.report import Section
from twopop_client.connection import Watch
from twopop_otio.host import OtioHost, work_folder
from twopop_otio.imports import LinkEvent, read_any, relink

_FRAME_FORMATS = ("EDL", "FCP7 XML", "FCPXML")
"""Formats that hold whole frames only; who comes from one is likely to go back to it."""


@dataclass(frozen=True)
class Opening:
    """What is said of a timeline that is to be read.

    Attributes:
        media: Folders to look for missing media in.
        timeline: Name of the timeline in a file with several; None: the first.
        rate: Frames per second of an EDL; None: guessed, with a note.
        whole_frames: Whether what is placed lies on whole frames, what lies between them baked into rendered files;
            None: where the timeline came from a format that holds no more.
    """

    media: tuple[Path, ...] = ()
    timeline: str | None = None
    rate: Fraction | None = None
    whole_frames: bool | None = None


@dataclass(frozen=True)
class Opened:
    """A timeline that is open.

    Attributes:
        host: The timeline, relinked.
        events: What came of each clip's media; empty where no folders were given.
        notes: What another format did not bring along, and what could not be read.
    """

    host: OtioHost
    events: tuple[LinkEvent, ...] = ()
    notes: tuple[str, ...] = ()


def open_timeline(source: Path, output: Path, opening: Opening) -> Opened:
    """Reads a timeline of any format, without an engine.

    Args:
        source: The timeline.
        output: The .otio file to write.
        opening: What is said of it; its folders are left to `find_media`.

    Returns:
        The timeline.

    Raises:
        TimelineUnreadable: It cannot be read.
        OptionInvalid: No timeline of that name is in it.
        OutputUnwritable: The output cannot be written.
    """
    unpack_to = work_folder(output) / "media"
    found = read_any(source.absolute(), timeline=opening.timeline, rate=opening.rate, unpack_to=unpack_to)
    whole = found.format in _FRAME_FORMATS if opening.whole_frames is None else opening.whole_frames
    host = OtioHost(source, output, found, whole_frames=whole)
    return Opened(host, notes=host.notes)


def find_media(opened: Opened, folders: Iterable[Path], engine: Engine, watch: Watch | None = None) -> Opened:
    """Looks for the media of clips whose file is missing or not named.

    Args:
        opened: A timeline.
        folders: Where to look, sub-folders too; none: nothing is looked for.
        engine: Reads the files that are found.
        watch: Called with the progress.

    Returns:
        The timeline with what was found.

    Raises:
        OptionInvalid: One of the folders is none.
        TwopopError: The engine failed.
    """
    searched = tuple(folders)
    if not searched:
        return opened
    found = relink(opened.host.imported.document, searched, engine, watch)
    imported = replace(opened.host.imported, document=found.document)
    whole = not opened.host.capabilities.sub_frame
    host = OtioHost(opened.host.source, opened.host.output, imported, whole_frames=whole)
    return Opened(host, found.events, (*opened.notes, *found.notes))


def media_section(events: Iterable[LinkEvent]) -> Section:
    """Where each clip's media was found, for the report: what needs a hand first."""
    order = {"ambiguous": 0, "missing": 1, "linked": 2}
    ordered = sorted(events, key=lambda event: order[event.state])
    lead = "Where the media of each clip was found; of ambiguous ones none was chosen."
    return Section("Media", lead, tuple((f"{e.timecode} {e.clip}: {e.state}", _sentences(e)) for e in ordered))


def _sentences(event: LinkEvent) -> tuple[str, ...]:
    found = (event.path,) if event.path else event.candidates
    return (event.why, *found)
