"""The names of Blender's versions."""

from __future__ import annotations

from types import SimpleNamespace

from twopop_blender.strips import content_length, content_start, cut, left, right


def test_the_names_of_newer_versions() -> None:
    """As the manual of 5.1 has them; nothing of it could be run yet."""
    newer = SimpleNamespace(content_start=25.0, content_duration=250, left_handle=50, right_handle=200)
    assert (left(newer), right(newer)) == (50, 200)
    assert (content_start(newer), content_length(newer)) == (25, 250)
    cut(newer, 300, 400)
    assert (newer.left_handle, newer.right_handle) == (300, 400)
