"""twopop in Blender's video sequencer: a panel made of the client's list of actions, over `twopop_blender`."""

import sys

try:
    from . import operators, panel, preferences, settings
except ImportError as problem:
    raise ImportError(
        f"twopop: {problem}. This zip brings wheels for one platform and one Python; Blender has Python "
        f"{sys.version_info[0]}.{sys.version_info[1]} here: install the zip that was built for it"
    ) from problem

_PARTS = (settings, preferences, operators, panel)


def register():
    """Called by Blender when the extension is enabled."""
    for part in _PARTS:
        part.register()


def unregister():
    """Called by Blender when it is disabled."""
    for part in reversed(_PARTS):
        part.unregister()
