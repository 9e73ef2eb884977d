"""FCPXML as OTIO: projects, and the tracks that their story lines and connected clips make.

Read by the element reference of Apple's "Final Cut Pro XML" documentation and its document type definition 1.10;
versions 1.8 to 1.13 differ in what is not carried anyway.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from twopop_otio.imports import nodes
from twopop_otio.imports.fcpxml_resources import Resources, time_of
from twopop_otio.imports.fcpxml_story import Story
from twopop_otio.imports.imported import Notes
from twopop_otio.imports.markup import Element
from twopop_otio.times import Node

_DEFAULT_RATE = Fraction(24)
_VERSIONS = range(8, 14)


def projects(root: Element) -> list[tuple[str, Element]]:
    """Names and sequences of a document's projects; of its compound clips when it has no project."""
    found = [(p.get("name", ""), s) for p in root.iter("project") if (s := p.find("sequence")) is not None]
    if found:
        return found
    media = root.iterfind("resources/media")
    return [(m.get("name", ""), s) for m in media if (s := m.find("sequence")) is not None]


def timeline_of(root: Element, name: str, sequence: Element, folder: Path, notes: Notes) -> Node:
    """A project's sequence as a timeline.

    Args:
        root: The document.
        name: The project's name.
        sequence: Its sequence.
        folder: What relative media paths count from.
        notes: Takes what is lost.

    Returns:
        The Timeline object.

    Raises:
        ValueError: Something in it cannot be understood.
    """
    version = root.get("version", "")
    if not re.fullmatch(r"1\.\d+", version) or int(version[2:]) not in _VERSIONS:
        notes.add(f"FCPXML of version {version or 'unknown'} is read as if it were 1.10; 1.8 to 1.13 are known")
    resources = Resources(root, folder)
    rate = resources.rate(sequence.get("format"))
    if rate is None:
        rate = _DEFAULT_RATE
        notes.add(f"the sequence's format says no frame rate; {float(rate):g} is taken")
    story = Story(resources, rate, notes)
    story.read(sequence)
    start = time_of(sequence.get("tcStart"), Fraction(0))
    drop = sequence.get("tcFormat") == "DF"
    return nodes.timeline(name, start, rate, story.tracks, drop_frame=drop, markers=story.markers)
