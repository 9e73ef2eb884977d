"""A timeline file opened with what its user says of it: where its media lies, which of several it is, its rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from twopop.timing import rational_from_wire, snap_rate
from twopop_actions.engine import Engine
from twopop_actions.report import Section
from twopop_client.connection import Watch
from twopop_otio.exports import losses_by_format
from twopop_otio.host import OtioHost, work_folder
from twopop_otio.imports import LinkEvent, read_any, relink
from twopop_otio.imports.folders import media_files
from twopop_otio.imports.imported import Notes
from twopop_otio.timeline import read

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


def find_media(opened: Opened, opening: Opening, engine: Engine, watch: Watch | None = None) -> Opened:
    """Looks for the media of clips whose file is missing or not named.

    Files that are named by a timeline of another format are looked into as well, for the timecode that labels what the
    clips use. An EDL of unknown rate is read anew at the rate of the media, where that is one.

    Args:
        opened: A timeline.
        opening: What is said of it; without folders only the files that it names are looked at.
        engine: Reads the files that are found.
        watch: Called with the progress.

    Returns:
        The timeline with what was found.

    Raises:
        OptionInvalid: One of the folders is none.
        TwopopError: The engine failed.
    """
    if not opening.media and opened.host.imported.format.startswith("OTIO"):
        return opened
    if opened.host.imported.format == "EDL" and opening.rate is None:
        opened = _at_rate_of_media(opened, opening, engine)
    found = relink(opened.host.imported.document, opening.media, engine, watch)
    imported = replace(opened.host.imported, document=found.document)
    whole = not opened.host.capabilities.sub_frame
    host = OtioHost(opened.host.source, opened.host.output, imported, whole_frames=whole)
    return Opened(host, found.events, (*opened.notes, *found.notes))


def _at_rate_of_media(opened: Opened, opening: Opening, engine: Engine) -> Opened:
    """The EDL at the one rate that its media can have, which is known better than by its frame numbers."""
    named = {clip.media.path for clip in opened.host.read().clips if clip.media and clip.media.path}
    there = {path for path in map(Path, named) if path.is_file()}
    files = engine.probe(sorted({*media_files(opening.media, Notes()), *there})).files
    streams = [file.info.video[0] for file in files if file.HasField("info") and file.info.video]
    guess = opened.host.read().timebase.rate
    rates = {snap_rate(float(rational_from_wire(stream.frame_rate))) for stream in streams if not stream.variable_rate}
    able = {rate for rate in rates if round(rate) == round(guess)} or {rate for rate in rates if rate > guess}
    if len(able) != 1 or able == {guess}:
        return opened
    (rate,) = able
    again = open_timeline(opened.host.source, opened.host.output, replace(opening, rate=rate))
    return replace(again, notes=(*again.notes, f"The EDL is read at {float(rate):.3f}, the frame rate of the media."))


def media_section(events: Iterable[LinkEvent]) -> Section:
    """Where each clip's media was found, for the report: what needs a hand first."""
    order = {"ambiguous": 0, "missing": 1, "linked": 2}
    ordered = sorted(events, key=lambda event: order[event.state])
    lead = "Where the media of each clip was found; of ambiguous ones none was chosen."
    return Section("Media", lead, tuple((f"{e.timecode} {e.clip}: {e.state}", _sentences(e)) for e in ordered))


def formats_section(output: Path) -> Section:
    """What other formats would not carry of a timeline that was written, for the report.

    Raises:
        TimelineUnreadable: It cannot be read.
    """
    losses = losses_by_format(read(output))
    lead = "What each would not carry of this timeline; `twopop otio export` writes them."
    items = tuple((name, tuple(loss.sentence for loss in found)) for name, found in losses.items())
    return Section("Other formats", lead, items)


def _sentences(event: LinkEvent) -> tuple[str, ...]:
    found = (event.path,) if event.path else event.candidates
    return (event.why, *found)
