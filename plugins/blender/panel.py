"""The panel in the sequencer's sidebar, built from the list of actions."""

import os

import bpy

from twopop_actions.catalog import ACTIONS
from twopop_blender.result import last
from twopop_blender.strips import sequencer_scene

from . import operators, settings

_SHOWN_REFUSALS = 8
_LINE_LETTERS = 44


class TwopopPanel(bpy.types.Panel):
    """twopop's tab in the sidebar."""

    bl_idname = "TWOPOP_PT_panel"
    bl_label = "twopop"
    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"
    bl_category = "twopop"

    def draw(self, context):
        """Draws the actions, or the one that runs, and what the last one came to."""
        scene, job = sequencer_scene(context), operators.State.job
        if scene is None:
            self.layout.label(text="There is no scene to work on", icon="INFO")
            return
        if job is not None:
            _draw_job(self.layout.column(), job)
            return
        for action in ACTIONS:
            _draw_action(self.layout.box(), action, scene)
        self.layout.operator(operators.TwopopUndo.bl_idname, icon="LOOP_BACK")
        _draw_text(self.layout.column(), operators.State.error, "ERROR")
        result = last(scene)
        if result is not None:
            _draw_result(self.layout.box().column(), result)


def _draw_action(box, action, scene):
    group = getattr(getattr(scene, settings.NAME), action.name)
    for option in action.options:
        if option.kind == "folders":
            _draw_folders(box.column(align=True), action, option, getattr(group, option.name))
        elif option.kind == "steps":
            row = box.row(align=True)
            row.label(text=settings.label(option))
            row.prop(group, option.name)
        else:
            box.prop(group, option.name)
    box.operator(operators.run_id(action), icon="PLAY")


def _draw_folders(column, action, option, folders):
    """A line for each folder with a button to remove it, and one to add another."""
    for index, folder in enumerate(folders):
        row = column.row(align=True)
        row.prop(folder, "path", text="")
        _aim(row.operator(operators.TwopopFolderRemove.bl_idname, text="", icon="X"), action, option).index = index
    button = column.operator(
        operators.TwopopFolderAdd.bl_idname, text=f"{settings.label(option)}: add a folder", icon="ADD"
    )
    _aim(button, action, option)


def _aim(button, action, option):
    button.action, button.option = action.name, option.name
    return button


def _draw_job(column, job):
    column.label(text=job.task.entry.action.label)
    column.progress(factor=job.fraction, text=job.stage)
    column.operator(operators.TwopopCancel.bl_idname, icon="CANCEL")


def _draw_result(column, result):
    column.label(text=result.summary, icon="CHECKMARK")
    for item in result.refused[:_SHOWN_REFUSALS]:
        _draw_text(column, f"{item.clip} at {item.timecode}: {item.sentence}", "DOT")
    if len(result.refused) > _SHOWN_REFUSALS:
        column.label(text=f"and {len(result.refused) - _SHOWN_REFUSALS} more in the report")
    for note in result.notes:
        _draw_text(column, note, "INFO")
    if os.path.exists(result.report):
        column.operator("wm.path_open", text="Open the report", icon="URL").filepath = result.report


def _draw_text(column, text, icon):
    """A text in as many lines as it takes: a label does not wrap."""
    line = ""
    for word in [*text.split(), None] if text else ():
        if word is None or (line and len(line) + len(word) >= _LINE_LETTERS):
            column.label(text=line, icon=icon)
            line, icon = "", "BLANK1"
        line = f"{line} {word or ''}".strip()


def register():
    """Called by the extension."""
    bpy.utils.register_class(TwopopPanel)


def unregister():
    """Called by the extension."""
    bpy.utils.unregister_class(TwopopPanel)
