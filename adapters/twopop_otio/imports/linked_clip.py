"""A clip of a timeline whose media may be missing: what it says of it, and how it is made to refer to a file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from twopop.timing import rational_from_wire
from twopop_actions.sync.clock import first_label
from twopop_actions.timeline import ClipMedia
from twopop_otio.dialects import Dialect
from twopop_otio.dialects.plain import IMPORTED, metadata_of
from twopop_otio.imports import nodes
from twopop_otio.imports.wanted import File, Wanted
from twopop_otio.layout import Placement, active_media
from twopop_otio.timeline import Document, kind_of, name_of
from twopop_otio.times import Node, span
from twopop_otio.urls import MediaLocation, locate


@dataclass(frozen=True)
class LinkedClip:
    """A clip and what it says of its media.

    Attributes:
        placement: Where it lies.
        track: Name of its track.
        location: The file that it names.
        wanted: What it says of the file.
        link: Its group of linked clips.
    """

    placement: Placement
    track: str
    location: MediaLocation
    wanted: Wanted
    link: str | None

    @classmethod
    def of(cls, found: Placement, document: Document, dialect: Dialect) -> LinkedClip:
        """Reads a placed clip."""
        reference = active_media(found.node) or {}
        location = locate(dialect.media_path(reference), document.path.parent)
        known = metadata_of(found.node, IMPORTED)
        end = found.source_start + found.record_duration * (found.speed or Fraction(0))
        available = reference.get("available_range")
        names = (str(known.get("file", "")), location.path or "", str(reference.get("name") or ""), name_of(found.node))
        wanted = Wanted(
            found.kind, min(found.source_start, end), max(found.source_start, end), str(known.get("reel", "")),
            tuple(dict.fromkeys(name for name in names if name)), span(available)[1] if available else None,
        )  # fmt: skip
        track = name_of(document.tracks[found.track])
        return cls(found, track, location, wanted, dialect.link(found.node))

    @property
    def reference(self) -> Node:
        """The media reference that plays; empty when there is none."""
        return active_media(self.placement.node) or {}

    @property
    def plays_file(self) -> bool:
        """Whether it plays a file, or would; titles and image sequences do not."""
        kind = kind_of(self.reference) if self.reference else "MissingReference"
        return kind not in ("GeneratorReference", "ImageSequenceReference")

    @property
    def is_offline(self) -> bool:
        """Whether its file is not there, or not named."""
        return self.location.path is None or self.location.problem is not None or not Path(self.location.path).is_file()

    @property
    def is_unlabelled(self) -> bool:
        """Whether its file is there, and its format told the source timecode but not where the file's begins."""
        imported = bool(metadata_of(self.placement.node, IMPORTED))
        return imported and not self.is_offline and self.reference.get("available_range") is None

    def refer(self, file: File, dialect: Dialect) -> None:
        """Makes it refer to a file, under the labels that its source range is written in."""
        old = self.reference
        label = _label(old, self.wanted, file)
        available: Node | None = old.get("available_range")
        if available is None or span(available)[0] != label:
            available = nodes.span_node((label, file.duration), _rate(file))
        reference = nodes.file_reference(dialect.target_url(str(file.path)), name_of(old))
        reference |= {"available_range": available, "metadata": old.get("metadata") or {}}
        node = self.placement.node
        if "media_references" in node:
            node["media_references"][node.get("active_media_reference_key", "DEFAULT_MEDIA")] = reference
        else:
            node["media_reference"] = reference


def _label(old: Node, wanted: Wanted, file: File) -> Fraction:
    """The label of a file's first frame."""
    available = old.get("available_range")
    if available is None and file.timecode is not None and wanted.is_at_timecode(file):
        return file.timecode
    start, duration = span(available) if available is not None else (None, None)
    media = ClipMedia(str(file.path), None, start, duration)
    return first_label(wanted.first, wanted.last - wanted.first, media, file.info)


def _rate(file: File) -> Fraction:
    """What a file's labels count: frames, or samples where it has no picture of constant rate."""
    steady = [stream for stream in file.info.video if not stream.variable_rate and stream.frame_rate.numerator]
    if steady:
        return rational_from_wire(steady[0].frame_rate)
    return Fraction(file.info.audio[0].sample_rate_hz) if file.info.audio else Fraction(1000)
