"""twopop in Blender's video sequencer: a panel made of the client's list of actions, over `twopop_blender`."""

from . import operators, panel, preferences, settings

_PARTS = (settings, preferences, operators, panel)


def register():
    """Called by Blender when the extension is enabled."""
    for part in _PARTS:
        part.register()


def unregister():
    """Called by Blender when it is disabled."""
    for part in reversed(_PARTS):
        part.unregister()
