"""From the labels that an editor wrote to the file's own clock, on which zero is where a player starts.

A source range counts from the label of the media's first frame. That label is zero for most files, the start timecode
for those that carry one, and it stands in `available_range` where the editor wrote it. It is decided in this order:

1. `available_range` starts at the file's timecode, or is as long as the file: its start labels the first frame.
2. `available_range` lies within the file's own clock and so does the clip: it names a part of the file; zero.
3. Without a telling `available_range`: zero when the clip then lies in the file, else the file's timecode when it does.
4. Else the start of `available_range`.

A clip that lies outside its file under the label found is not guessed at: `used_range` says so.
"""

from __future__ import annotations

from fractions import Fraction

from twopop.timing import rational_from_wire
from twopop.v1 import media_pb2
from twopop_actions.timeline import ClipMedia

_FRAME_S = Fraction(1, 20)
"""Labels and lengths may be rounded by up to a frame of any rate."""


def used_range(
    source_start: Fraction, duration: Fraction, media: ClipMedia, info: media_pb2.MediaInfo
) -> tuple[Fraction, Fraction] | None:
    """The part of a file that a clip uses, on the file's clock.

    Args:
        source_start: Label of the first frame used, in seconds.
        duration: Length of the part, in seconds.
        media: What the timeline says of the file.
        info: What the file says of itself.

    Returns:
        Start and end in seconds; None when the file does not hold such a part.
    """
    start = source_start - first_label(source_start, duration, media, info)
    length = rational_from_wire(info.duration)
    if start < -_FRAME_S or start + duration > length + _FRAME_S:
        return None
    return start, start + duration


def first_label(source_start: Fraction, duration: Fraction, media: ClipMedia, info: media_pb2.MediaInfo) -> Fraction:
    """The label of a file's first frame, in seconds."""
    length = rational_from_wire(info.duration)
    timecode = rational_from_wire(info.timecode.since_midnight) if info.HasField("timecode") else Fraction(0)
    available, whole = media.available_start, media.available_duration

    def holds(zero: Fraction) -> bool:
        return zero - _FRAME_S <= source_start and source_start + duration <= zero + length + _FRAME_S

    if available and (abs(available - timecode) < _FRAME_S or (whole and abs(whole - length) < _FRAME_S)):
        return available
    within = not available or (available >= 0 and available + (whole or Fraction(0)) <= length + _FRAME_S)
    if within and holds(Fraction(0)):
        return Fraction(0)
    if holds(timecode):
        return timecode
    return available or Fraction(0)
