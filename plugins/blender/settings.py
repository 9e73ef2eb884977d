"""The actions' options as properties of the scene, so that they are saved with it."""

import bpy

from twopop_actions.catalog import ACTIONS

NAME = "twopop_settings"

_BLEND_RELATIVE = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5) else set()
"""Since 4.5 a property must say that it takes "//sound"; before, all did."""


class TwopopFolder(bpy.types.PropertyGroup):
    """A folder in a list of folders."""

    bl_idname = "TWOPOP_PG_folder"


TwopopFolder.__annotations__ = {
    "path": bpy.props.StringProperty(name="Folder", description="A folder", subtype="DIR_PATH", options=_BLEND_RELATIVE)
}


def label(option):
    """What a panel calls an option."""
    text = option.name.replace("_", " ").capitalize()
    return f"{text} ({option.unit})" if option.unit else text


def settings_of(scene, action):
    """The values of an action's options as the user set them.

    Args:
        scene: The scene that carries them.
        action: The action.

    Returns:
        By option name; None where nothing is said.
    """
    group = getattr(getattr(scene, NAME), action.name)
    return {option.name: _value(group, option) for option in action.options}


def _value(group, option):
    value = getattr(group, option.name)
    if option.kind == "number":
        return float(f"{value:.6g}")  # Blender holds 32-bit floats
    if option.kind == "steps":
        return ",".join(choice for choice in option.choices if choice in value)
    if option.kind == "folders":
        return tuple(bpy.path.abspath(item.path) for item in value if item.path) or None
    return value if value != "" else None


def _property(option):
    """The property that an option becomes."""
    told = {"name": label(option), "description": option.help}
    if option.kind == "number":
        low = -3.4e38 if option.minimum is None else option.minimum
        high = 3.4e38 if option.maximum is None else option.maximum
        return bpy.props.FloatProperty(**told, default=option.default or 0.0, min=low, max=high)
    if option.kind == "choice":
        return bpy.props.EnumProperty(**told, items=_items(option), default=option.default)
    if option.kind == "steps":
        chosen = set(str(option.default).split(","))
        return bpy.props.EnumProperty(**told, items=_items(option), default=chosen, options={"ENUM_FLAG"})
    if option.kind == "folders":
        return bpy.props.CollectionProperty(**told, type=TwopopFolder)
    if option.kind == "switch":
        return bpy.props.BoolProperty(**told, default=bool(option.default))
    return bpy.props.StringProperty(**told, default=option.default or "")


def _items(option):
    return [(choice, choice.replace("_", " ").capitalize(), option.help) for choice in option.choices]


def _group(name, properties):
    return type(name, (bpy.types.PropertyGroup,), {"__annotations__": properties})


_GROUPS = {
    action.name: _group(f"TWOPOP_PG_{action.name}", {option.name: _property(option) for option in action.options})
    for action in ACTIONS
}
_ALL = _group("TWOPOP_PG_settings", {name: bpy.props.PointerProperty(type=kind) for name, kind in _GROUPS.items()})


def register():
    """Puts the options on scenes."""
    for kind in (TwopopFolder, *_GROUPS.values(), _ALL):
        bpy.utils.register_class(kind)
    setattr(bpy.types.Scene, NAME, bpy.props.PointerProperty(type=_ALL))


def unregister():
    """Takes them off again; what was saved in a .blend stays there."""
    delattr(bpy.types.Scene, NAME)
    for kind in (_ALL, *_GROUPS.values(), TwopopFolder):
        bpy.utils.unregister_class(kind)
