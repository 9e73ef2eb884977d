"""What Kdenlive exports and imports since 25.04.

Read in its source (src/otio): bare paths, source ranges from the file's first frame, positions rounded to frames of the
timeline's rate. On import effects, retimes, takes, `enabled` and all metadata but that of markers are not looked at, so
nothing may depend on them; a marker shows its comment. Kdenlive subtracts a start timecode where MediaInfo finds one;
it is not known that it finds any in a sound file, so ours count from the file's first sample.
"""

from __future__ import annotations

from twopop_actions.changes import MediaStretch
from twopop_actions.host import HostCapabilities
from twopop_otio.dialects.blender import frames_from_zero
from twopop_otio.dialects.plain import Dialect
from twopop_otio.times import Node


class KdenliveDialect(Dialect):
    """Kdenlive."""

    name = "kdenlive"
    key = "kdenlive"
    capabilities = HostCapabilities(
        host="Kdenlive OTIO", sub_frame=False, takes=False, moving=True, gain_keys=False, disabling=False,
        channel_maps=False, markers=True,
    )  # fmt: skip

    def target_url(self, path: str) -> str:
        """The bare path: since 26.08 a URL is taken for a relative path."""
        return path

    def ranges(self, media: MediaStretch) -> tuple[Node, Node]:
        """Whole frames from the file's first."""
        return frames_from_zero(media, self.rate)
