"""The size of a JPEG (ITU-T T.81, annex B), read before anybody makes room for its pixels."""

from __future__ import annotations

from typing import Final

_STARTS_OF_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_SCAN: Final = 0xDA


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None for what is no JPEG.

    Args:
        data: The file.
    """
    if data[:2] != b"\xff\xd8":
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
        elif marker in _ALONE:
            at += 2
        elif marker in _STARTS_OF_FRAMES:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        elif marker == _SCAN:
            return None
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None
