"""The one place that knows how Blender's versions name things in the sequencer (4.2 to 5.x).

4.4 renamed sequences to strips, 5.0 took the old names away, and the manual of 5.1 names handles and content in place
of `frame_*`. Frames are the scene's; a strip's content is the whole media, its handles cut out what is seen and heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Strip = Any
"""A strip of any type; Blender ships no types for its Python."""

Scene = Any
"""A scene."""

LAST_CHANNEL = 128
"""There are no more; the first is 1."""

_EDGES = {"left": ("frame_final_start", "left_handle"), "right": ("frame_final_end", "right_handle")}
_CONTENT_START = ("frame_start", "content_start")
_CONTENT_LENGTH = ("frame_duration", "content_duration")


def collection(owner: Any) -> Any:
    """The strips of a sequencer, or of a meta strip; the collection in which new ones are made."""
    return owner.strips if hasattr(owner, "strips") else owner.sequences


def all_strips(scene: Scene) -> Iterator[Strip]:
    """All strips of a scene, those inside meta strips too."""
    editor = scene.sequence_editor
    if editor is not None:
        yield from editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all


def left(strip: Strip) -> int:
    """The first frame that is seen or heard."""
    return int(getattr(strip, _known(strip, _EDGES["left"])))


def right(strip: Strip) -> int:
    """The first frame behind it."""
    return int(getattr(strip, _known(strip, _EDGES["right"])))


def content_start(strip: Strip) -> int:
    """The frame on which the media's first frame lies, seen or not."""
    frame: float = getattr(strip, _known(strip, _CONTENT_START))
    return round(frame)


def content_length(strip: Strip) -> int:
    """The media's length in frames of the scene."""
    return int(getattr(strip, _known(strip, _CONTENT_LENGTH)))


def cut(strip: Strip, first: int, end: int) -> None:
    """Sets what is seen or heard, leaving the content where it lies.

    Args:
        strip: The strip.
        first: The first frame.
        end: The first frame behind it.
    """
    edges = [(_known(strip, _EDGES["right"]), end), (_known(strip, _EDGES["left"]), first)]
    for name, frame in edges if end > left(strip) else reversed(edges):  # a strip is never shorter than a frame
        setattr(strip, name, frame)


def is_retimed(strip: Strip) -> bool | None:
    """Whether it carries retiming keys, whose speeds cannot be read; None before 4.4, which does not show them."""
    return len(strip.retiming_keys) > 0 if hasattr(strip, "retiming_keys") else None


def inputs(strip: Strip) -> tuple[Strip, ...]:
    """The strips that an effect works on."""
    found = (getattr(strip, name, None) for name in ("input_1", "input_2"))
    return tuple(item for item in found if item is not None)


def volume_curve(scene: Scene, strip: Strip) -> Any | None:
    """The animation curve of a sound strip's volume; None when it is constant."""
    animation = scene.animation_data
    action = animation.action if animation else None
    if action is None:
        return None
    return next((c for c in _curves(animation, action) if _animates(c.data_path, strip.name)), None)


def sequencer_scene(context: Any) -> Scene | None:
    """The scene that the sequencer shows: since 5.0 the workspace has one of its own."""
    own = getattr(context, "sequencer_scene", None)
    return own or getattr(context.workspace, "sequencer_scene", None) or context.scene


def _known(strip: Strip, names: tuple[str, str]) -> str:
    return names[0] if hasattr(strip, names[0]) else names[1]


def _curves(animation: Any, action: Any) -> Iterator[Any]:
    if hasattr(action, "fcurves"):  # until 4.5
        yield from action.fcurves
        return
    for layer in action.layers:
        for part in layer.strips:
            bag = part.channelbag(animation.action_slot)
            yield from bag.fcurves if bag else ()


def _animates(path: str, name: str) -> bool:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return path.startswith("sequence_editor.") and path.endswith(f'_all["{escaped}"].volume')
