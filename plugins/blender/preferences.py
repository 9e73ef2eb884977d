"""The one preference: which Python runs the engine."""

import bpy

from twopop.errors import EngineUnavailable
from twopop_blender.engine_python import use_engine_python


class TwopopPreferences(bpy.types.AddonPreferences):
    """Shown under Edit > Preferences > Add-ons > twopop."""

    bl_idname = __package__

    def draw(self, context):
        """Draws the preference and what it is for."""
        column = self.layout.column()
        column.prop(self, "engine_python")
        column.label(text='Empty: found by itself. In any Python: pip install "twopop[engine]"')


TwopopPreferences.__annotations__ = {
    "engine_python": bpy.props.StringProperty(
        name="Python with twopop's engine",
        description="The Python program that has twopop[engine] installed; Blender's own stays as it is",
        subtype="FILE_PATH",
    )
}


def find_engine():
    """Lets the client know which Python runs the engine.

    Raises:
        EngineUnavailable: The one that the user set is not there.
    """
    addon = bpy.context.preferences.addons.get(__package__)
    use_engine_python(bpy.path.abspath(addon.preferences.engine_python) if addon else "")


def explain(error):
    """An error's sentence, with the way to the preference when no engine could be started."""
    where = ". The Python that has the engine is set in Preferences > Add-ons > twopop."
    return f"{error}{where if isinstance(error, EngineUnavailable) else ''}"


def register():
    """Called by the extension."""
    bpy.utils.register_class(TwopopPreferences)


def unregister():
    """Called by the extension."""
    bpy.utils.unregister_class(TwopopPreferences)
