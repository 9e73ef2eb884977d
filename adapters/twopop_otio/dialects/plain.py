"""OTIO as the standard has it; what an editor does otherwise is said by its own subclass.

A clip's length on the timeline is its source length whatever its speed, links between clips are not written, and ranges
may have any rate: https://opentimelineio.readthedocs.io/en/stable/tutorials/time-ranges.html
"""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from twopop_actions.changes import AddMarker, GainKey, MediaStretch, PlaceClip
from twopop_actions.host import HostCapabilities
from twopop_otio.times import Node, finest, rational_time, time_range
from twopop_otio.urls import target_url

IMPORTED = "twopop_import"
"""Key of a clip's metadata for what another format knew of it (`twopop_otio.imports`)."""


class Dialect:
    """Plain OTIO.

    Attributes:
        name: What the command line calls it.
        key: Where its editor keeps metadata of its own; None where it has no such place.
        capabilities: What its editor can do.
        rate: Frames per second as the timeline spells it.
    """

    name: ClassVar[str] = "otio"
    key: ClassVar[str | None] = None
    capabilities: ClassVar[HostCapabilities] = HostCapabilities(
        host="OTIO", sub_frame=True, takes=True, moving=True, gain_keys=False, disabling=True, channel_maps=False,
        markers=True,
    )  # fmt: skip

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def record_duration(self, source_duration: Fraction, speed: Fraction | None) -> Fraction:
        """Length on the timeline of an item, in seconds; OTIO keeps it whatever the speed."""
        return source_duration

    def source_duration(self, record_duration: Fraction, speed: Fraction | None) -> Fraction:
        """What is written as the length of an item that takes some seconds of the timeline."""
        return record_duration

    def link(self, clip: Node) -> str | None:
        """The group of linked clips that a clip belongs to; OTIO has none, clips read from other formats may."""
        return text_of(metadata_of(clip, IMPORTED).get("link"))

    def channels(self, clip: Node) -> tuple[tuple[int, int], ...] | None:
        """The file's sound that a clip plays, as pairs of stream and channel, from 0; None where it does not say."""
        return None

    def media_path(self, reference: Node) -> str | None:
        """What a media reference names: a URL or a path."""
        return text_of(reference.get("target_url"))

    def target_url(self, path: str) -> str:
        """How a new media reference names a file."""
        return target_url(path)

    def ranges(self, media: MediaStretch) -> tuple[Node, Node]:
        """Source range and available range of a new clip, at the file's own rate where frames do not hold them."""
        at = media.sample_rate_hz
        source = time_range(finest(media.start, self.rate, at), finest(media.duration, self.rate, at))
        return source, time_range(rational_time(Fraction(0), at), rational_time(media.file_duration, at))

    def dress_clip(self, clip: Node, change: PlaceClip) -> None:
        """Adds what this editor expects of a clip."""

    def dress_track(self, track: Node) -> None:
        """Adds what this editor expects of an audio track."""

    def dress_marker(self, marker: Node, change: AddMarker) -> None:
        """Adds what this editor expects of a marker."""

    def gain(self, clip: Node) -> str | None:
        """What stands where a clip's gain is kept, as JSON text; None when nothing does."""
        return None

    def gain_block(self, keys: tuple[GainKey, ...]) -> Node:
        """How the gain of some keys is written."""
        raise NotImplementedError(f"{self.capabilities.host} carries no gain")

    def set_gain(self, clip: Node, block: Node) -> None:
        """Writes a clip's gain."""
        raise NotImplementedError(f"{self.capabilities.host} carries no gain")

    def restore_gain(self, clip: Node, was: str | None, now: Node) -> bool:
        """Puts a clip's gain back, unless it is no longer what we wrote.

        Args:
            clip: The clip.
            was: What `gain` said before.
            now: What `set_gain` wrote.

        Returns:
            Whether it was put back.
        """
        return False


def metadata_of(node: Node, key: str) -> Node:
    """An editor's block in an object's metadata; empty when there is none."""
    metadata = node.get("metadata")
    block = metadata.get(key) if isinstance(metadata, dict) else None
    return block if isinstance(block, dict) else {}


def text_of(value: object) -> str | None:
    """A value as text; None when nothing is said."""
    return None if value is None or value == "" or isinstance(value, dict | list) else str(value)
