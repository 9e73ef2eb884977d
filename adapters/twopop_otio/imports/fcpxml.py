"""FCPXML as OTIO: projects, and the tracks that their story lines and connected clips make.

Read by the element reference of Apple's "Final Cut Pro XML" documentation and its document type definition 1.10;
versions 1.8 to 1.13 differ in what is not carried anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from twopop_otio.imports import lay, nodes
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
    return nodes.timeline(name, start, rate, tracks(story), drop_frame=drop, markers=story.markers)


def tracks(story: Story) -> list[Node]:
    """The tracks of a story: one or more for each lane, pictures first."""
    pictures, sounds = sorted({lane for kind, lane in story.pieces if kind == "Video"}), _sound_lanes(story)
    order = [("Video", lane) for lane in pictures] + [("Audio", lane) for lane in sounds]
    found: list[Node] = []
    for kind, lane in order:
        for children in _laid(story, kind, lane):
            number = sum(track["kind"] == kind for track in found) + 1
            found.append(nodes.track(f"{kind[0]}{number}", kind, children))
    return found


def _sound_lanes(story: Story) -> list[int]:
    return sorted({lane for kind, lane in story.pieces if kind == "Audio"}, key=lambda lane: (abs(lane), lane))


def _laid(story: Story, kind: str, lane: int) -> Iterator[list[Node]]:
    for pieces in lay.spread(story.pieces[kind, lane]):
        edges = {edge for piece in pieces for edge in (piece.start, piece.end)}
        cuts = [cut for cut in story.dissolves.get(lane, ()) if cut.at in edges]
        yield lay.children(pieces, story.rate, cuts)
