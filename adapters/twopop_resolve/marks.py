"""Markers on live items.

An item's markers count by its media, as its left offset does; a frame holds one marker.
"""

from __future__ import annotations

from twopop.errors import HostFailed
from twopop_actions.changes import AddMarker
from twopop_resolve.api import Item
from twopop_resolve.live import HOST

_COLORS = {
    "RED": "Red", "GREEN": "Green", "BLUE": "Blue", "CYAN": "Cyan", "YELLOW": "Yellow", "PINK": "Pink",
    "PURPLE": "Purple", "MAGENTA": "Fuchsia", "ORANGE": "Sand", "WHITE": "Cream", "BLACK": "Cocoa",
}  # fmt: skip


def add_marker(item: Item, change: AddMarker) -> None:
    """Puts a marker on the first free frame of an item.

    Raises:
        HostFailed: It is not there.
    """
    taken = {round(frame) for frame in item.GetMarkers() or {}}
    first = round(item.GetLeftOffset() or 0)
    length = round(item.GetDuration() or 1)
    frame = next((frame for frame in range(first, first + length) if frame not in taken), None)
    color = _COLORS.get(change.color, "Blue")
    if frame is not None:
        item.AddMarker(frame, color, change.name, change.comment, 1, change.id)
    if not any(marker.get("customData") == change.id for marker in (item.GetMarkers() or {}).values()):
        raise HostFailed.of(HOST, f"the marker was not put on {change.target}; is its track locked?")


def remove_marker(item: Item, change_id: str) -> None:
    """Takes a marker of ours off an item."""
    item.DeleteMarkerByCustomData(change_id)
