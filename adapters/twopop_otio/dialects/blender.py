"""What the Blender add-ons VSE_OTIO_Export and vse_io export and import.

Read in their sources: ranges are whole frames counted from the file's first frame, values are cut to whole frames, and
on import only clips and gaps are looked at: effects, retimes, markers, takes and `enabled` are not. There are no links;
linked sound is known by its file and position.
"""

from __future__ import annotations

import math
from fractions import Fraction

from twopop.timing import snap_rate
from twopop_actions.changes import MediaStretch
from twopop_actions.host import HostCapabilities
from twopop_otio.dialects.plain import Dialect
from twopop_otio.times import Node, rational_time, time_range


class BlenderDialect(Dialect):
    """Blender's sequencer."""

    name = "blender"
    key = "blender"
    capabilities = HostCapabilities(
        host="Blender OTIO", sub_frame=False, takes=False, moving=True, gain_keys=False, disabling=False,
        channel_maps=False, markers=False,
    )  # fmt: skip

    def target_url(self, path: str) -> str:
        """The bare path."""
        return path

    def ranges(self, media: MediaStretch) -> tuple[Node, Node]:
        """Whole frames from the file's first."""
        return frames_from_zero(media, self.rate)


def frames_from_zero(media: MediaStretch, frame_rate: float) -> tuple[Node, Node]:
    """Source range and available range of a new clip, in whole frames that count from the file's first."""
    rate = snap_rate(frame_rate)
    whole_s = Fraction(math.floor(media.file_duration * rate)) / rate
    source = time_range(rational_time(media.start, frame_rate), rational_time(media.duration, frame_rate))
    return source, time_range(rational_time(Fraction(0), frame_rate), rational_time(whole_s, frame_rate))
