"""What Premiere Pro exports and imports.

Read in the source of auto-editor's exporter for it: links in "LinkID", percent-encoded file:// URLs, a retimed clip is
as long on the timeline as its source range divided by the speed. The level of its "Internal Volume" and "AudioFader"
effects is written in a unit that nobody has published, so gain is neither read nor written. Whether Premiere places
audio between frames is not known, so it is given whole frames.
"""

from __future__ import annotations

from fractions import Fraction

from twopop_actions.changes import PlaceClip
from twopop_actions.host import HostCapabilities
from twopop_otio.dialects.plain import Dialect, metadata_of, text_of
from twopop_otio.times import Node


class PremiereDialect(Dialect):
    """Premiere Pro."""

    name = "premiere"
    key = "PremierePro_OTIO"
    capabilities = HostCapabilities(
        host="Premiere OTIO", sub_frame=False, takes=False, moving=True, gain_keys=False, disabling=True,
        channel_maps=False, markers=True,
    )  # fmt: skip

    def record_duration(self, source_duration: Fraction, speed: Fraction | None) -> Fraction:
        """The source length divided by the speed."""
        return source_duration / abs(speed) if speed else source_duration

    def source_duration(self, record_duration: Fraction, speed: Fraction | None) -> Fraction:
        """The length on the timeline times the speed."""
        return record_duration * abs(speed) if speed else record_duration

    def link(self, clip: Node) -> str | None:
        """The "LinkID"."""
        return text_of(metadata_of(clip, "PremierePro_OTIO").get("LinkID"))

    def channels(self, clip: Node) -> tuple[tuple[int, int], ...] | None:
        """The "SecondaryChannelIndex" of each assignment."""
        block = metadata_of(clip, "PremierePro_OTIO").get("AudioChannels")
        assigned = block.get("SecondaryAssignments") if isinstance(block, dict) else None
        if not isinstance(assigned, list) or not all(isinstance(item, dict) for item in assigned):
            return None
        indexes = [item.get("SecondaryChannelIndex") for item in assigned]
        known = tuple((0, index) for index in indexes if isinstance(index, int))
        return known if len(known) == len(indexes) else None

    def dress_clip(self, clip: Node, change: PlaceClip) -> None:
        """The link group."""
        if change.link is not None:
            clip["metadata"]["PremierePro_OTIO"] = {"LinkID": change.link}
