"""A timeline read with one export: thousands of single calls stall Resolve, one export of any size does not."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from twopop.errors import HostFailed, HostUnavailable, TimelineUnreadable
from twopop_actions.timeline import Timeline
from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.snapshot import snapshot
from twopop_otio.tags import digest_of
from twopop_otio.timeline import Document, read
from twopop_resolve.api import TimelineApi
from twopop_resolve.connection import Session
from twopop_resolve.live import HOST, bare
from twopop_resolve.recall import recalled


@dataclass(frozen=True)
class Reading:
    """What one export told.

    Attributes:
        document: The timeline, with our tags put back on what we did to it.
        dialect: Resolve's.
        timeline: What actions plan on.
        digest: SHA-256 of the export as Resolve wrote it.
    """

    document: Document
    dialect: ResolveDialect
    timeline: Timeline
    digest: str


def take_reading(session: Session, timeline: TimelineApi, name: str, kept: Path) -> Reading:
    """Reads a timeline.

    Args:
        session: The running program.
        timeline: The timeline.
        name: Its name.
        kept: What was done to it; it need not exist.

    Raises:
        HostFailed: It is not exported, or what is written is no timeline.
        TimelineUnreadable: It cannot be understood.
    """
    document = export(session, timeline, name)
    dialect = ResolveDialect(document.rate)
    digest = digest_of(document.root)
    document = recalled(document, kept, dialect)
    return Reading(document, dialect, understood(document, dialect, session.project_name, name), digest)


def understood(document: Document, dialect: ResolveDialect, project: str, name: str) -> Timeline:
    """What actions plan on.

    Raises:
        TimelineUnreadable: An item's length is unknown.
    """
    try:
        shot = snapshot(document, dialect)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise TimelineUnreadable.at(name, f"cannot be understood: {problem}") from problem
    return replace(shot, name=name, source=f"{HOST}: {project} / {name}")


def export(session: Session, timeline: TimelineApi, name: str) -> Document:
    """What Resolve writes of a timeline.

    Raises:
        HostUnavailable: This version exports no OTIO.
        HostFailed: It wrote nothing, or no timeline, whatever it answered.
    """
    kind, subtype = session.resolve.EXPORT_OTIO, session.resolve.EXPORT_NONE
    if kind is None or subtype is None:
        raise HostUnavailable.of(HOST, "this version exports no OTIO; 18.5 is the first that does")
    with tempfile.TemporaryDirectory(prefix="twopop-") as folder:
        path = Path(folder) / "timeline.otio"
        answer = timeline.Export(str(path), kind, subtype)
        if answer is not True or not path.is_file():
            raise HostFailed.of(
                HOST, f"the timeline {name} was not exported; can File > Export > Timeline write .otio?"
            )
        try:
            return read(path)
        except TimelineUnreadable as problem:
            raise HostFailed.of(HOST, f"what it exported of {name} is no timeline: {bare(problem)}") from problem
