"""How a picture is shown: pixel aspect and rotation (the display matrix of ISO/IEC 14496-12, 6.2.2)."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import av.error
from av.container import InputContainer
from av.video import VideoStream

from twopop.timing import round_half_up
from twopop_engine.media.container import only, open_container

_ENOUGH_PACKETS = 100


def displayed_size(path: Path, container: InputContainer, stream: VideoStream) -> tuple[int, int]:
    """Width and height of a picture as it is shown: square pixels, upright.

    Args:
        path: The file.
        container: The open container.
        stream: The stream of pictures in it.

    Returns:
        Width and height in pixels.
    """
    aspect = stream.sample_aspect_ratio or Fraction(1)
    size = round_half_up(stream.width * aspect), stream.height
    turns = quarter_turns(path, stream.index) if container.format.name.startswith(("mov", "matroska")) else 0
    return size[::-1] if turns % 2 else size


def quarter_turns(path: Path, index: int) -> int:
    """How often a picture must be turned by 90 degrees counter-clockwise to stand upright; 0 when no frame decodes."""
    with open_container(path) as container:
        (stream,) = (s for s in container.streams.video if s.index == index)
        only(container, stream)
        try:
            for packet in islice(container.demux(stream), _ENOUGH_PACKETS):
                for frame in stream.decode(packet):
                    return round(frame.rotation / 90) % 4
        except av.error.FFmpegError:
            pass  # a damaged beginning: shown as stored
    return 0
