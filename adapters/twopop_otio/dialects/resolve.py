"""What DaVinci Resolve exports and imports.

Measured on an export of version 18 and documented by those who built for its import: bare paths, one frame rate, source
ranges in the media's own timecode at the timeline's rate, available ranges at the media's, links in "Link Group ID". A
retimed clip's source range is as long as the clip is on the timeline. Whether Resolve places audio between frames is
not known, so it is given whole frames.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction

from twopop.timing import snap_rate
from twopop_actions.changes import AddMarker, GainKey, MediaStretch, PlaceClip
from twopop_actions.host import HostCapabilities
from twopop_otio.dialects import resolve_volume as volume
from twopop_otio.dialects.plain import Dialect, metadata_of, text_of
from twopop_otio.times import Node, rational_time, time_range


class ResolveDialect(Dialect):
    """DaVinci Resolve."""

    name = "resolve"
    key = "Resolve_OTIO"
    capabilities = HostCapabilities(
        host="Resolve OTIO", sub_frame=False, takes=False, moving=True, gain_keys=True, disabling=True,
        channel_maps=True, markers=True,
    )  # fmt: skip

    def link(self, clip: Node) -> str | None:
        """The "Link Group ID"."""
        return text_of(metadata_of(clip, "Resolve_OTIO").get("Link Group ID"))

    def channels(self, clip: Node) -> tuple[tuple[int, int], ...] | None:
        """The "Channels" list, or the "AudioMapping" text that older exports and compound clips carry."""
        block = metadata_of(clip, "Resolve_OTIO")
        if isinstance(block.get("Channels"), list):
            return _listed(block["Channels"])
        mapping = block.get("AudioMapping")
        return _mapped(mapping) if isinstance(mapping, str) else None

    def media_path(self, reference: Node) -> str | None:
        """The target_url; of a clip that was offline at the export, the path that it had."""
        return super().media_path(reference) or text_of(metadata_of(reference, "Resolve_OTIO").get("Media Url"))

    def target_url(self, path: str) -> str:
        """The bare path."""
        return path

    def ranges(self, media: MediaStretch) -> tuple[Node, Node]:
        """Whole frames, counted from the file's timecode, which Resolve takes from the bext time reference."""
        rate = snap_rate(self.rate)
        midnight_s = Fraction(max(0, media.time_reference), media.sample_rate_hz)
        zero_s = Fraction(math.floor(midnight_s * rate)) / rate
        whole_s = Fraction(math.floor(media.file_duration * rate)) / rate
        source = time_range(rational_time(zero_s + media.start, self.rate), rational_time(media.duration, self.rate))
        return source, time_range(rational_time(zero_s, self.rate), rational_time(whole_s, self.rate))

    def dress_clip(self, clip: Node, change: PlaceClip) -> None:
        """Channel map and link group."""
        channels = change.media.channels or (0,)
        block: Node = {"Channels": [{"Source Channel ID": index, "Source Track ID": 0} for index in channels]}
        if change.link is not None:
            block["Link Group ID"] = int(change.link) if change.link.isdigit() else change.link
        clip["metadata"]["Resolve_OTIO"] = block

    def dress_track(self, track: Node) -> None:
        """A mono track."""
        track["metadata"]["Resolve_OTIO"] = {"Audio Type": "Mono", "Locked": False, "SoloOn": False}

    def dress_marker(self, marker: Node, change: AddMarker) -> None:
        """The text where Resolve keeps a marker's note; it drops the comment."""
        marker["metadata"]["Resolve_OTIO"] = {"Note": change.comment}

    def gain(self, clip: Node) -> str | None:
        """The state and the parameters of the volume block."""
        return volume.state(clip)

    def gain_block(self, keys: tuple[GainKey, ...]) -> Node:
        """The volume parameter; keys stand at frames from the clip's beginning."""
        return volume.parameter(keys, self.rate)

    def set_gain(self, clip: Node, block: Node) -> None:
        """Writes the volume parameter, into a new volume block where the clip has none."""
        volume.write(clip, block)

    def restore_gain(self, clip: Node, was: str | None, now: Node) -> bool:
        """Puts the volume block back; the gain may have been rounded by an editor in between."""
        return volume.restore(clip, was, now)


def _listed(channels: list[Node]) -> tuple[tuple[int, int], ...] | None:
    maps = [item for item in channels if isinstance(item, dict)]
    pairs = [(item.get("Source Track ID"), item.get("Source Channel ID")) for item in maps]
    known = tuple((track, channel) for track, channel in pairs if isinstance(track, int) and isinstance(channel, int))
    return known if len(known) == len(channels) else None


def _mapped(text: str) -> tuple[tuple[int, int], ...] | None:
    """The channels of an audio mapping as Resolve's scripting API spells it, whose channels count from 1."""
    try:
        tracks = json.loads(text)["track_mapping"].values()
        heard = [track["channel_idx"] for track in tracks if not track.get("mute")]
        return tuple((0, int(index) - 1) for channels in heard for index in channels)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
