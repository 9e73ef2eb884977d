"""An operator for each action, and those of the panel's small buttons; each is a few lines over `twopop_blender`."""

import contextlib
from typing import ClassVar

import bpy

from twopop.errors import TwopopError
from twopop_actions.catalog import ACTIONS
from twopop_actions.task import Task
from twopop_blender.host import BlenderHost
from twopop_blender.job import Job
from twopop_blender.result import Result, keep
from twopop_blender.strips import sequencer_scene

from . import preferences, settings

_TICK_S = 0.1


class State:
    """What the panel shows of now; what is over is kept with the scene.

    Attributes:
        job: The action that runs; None when none does.
        error: Why the last one failed; empty when it did not.
    """

    job = None
    error = ""


def run_id(action):
    """The identifier of an action's operator."""
    return f"twopop.{action.name}"


class ActionOperator:
    """Runs an action on the sequencer's scene: in the background from the panel, to its end from a script.

    Its undo step is pushed the moment the changes are made, not when the operator ends: what the user does while the
    report is drawn is a step of its own.
    """

    bl_options: ClassVar = {"REGISTER"}
    action = None

    @classmethod
    def poll(cls, context):
        """Whether it can be asked for now."""
        return State.job is None and sequencer_scene(context) is not None

    def invoke(self, context, event):
        """From the panel: returns at once."""
        if self.wait:
            return self.execute(context)
        if not self._begin(context):
            return {"CANCELLED"}
        manager = context.window_manager
        self._timer = manager.event_timer_add(_TICK_S, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        """From a script: returns when it is over."""
        if not self._begin(context):
            return {"CANCELLED"}
        with contextlib.suppress(TwopopError):  # told below
            State.job.wait()
        return self._finish(context)

    def modal(self, context, event):
        """Looks after the job ten times a second."""
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        _redraw(context)
        if State.job is None or not State.job.step():
            return {"PASS_THROUGH"}
        return self._finish(context)

    def cancel(self, context):
        """Blender opens another file or quits."""
        State.job.cancel()
        self._end(context)

    def _begin(self, context):
        """Reads the sequencer and starts the job; whether it runs."""
        scene = sequencer_scene(context)
        State.error = ""
        try:
            preferences.find_engine()
            task = Task.prepare(self.action.name, BlenderHost(scene), settings.settings_of(scene, self.action))
        except TwopopError as error:
            return self._fail(error)
        State.job = Job(task, self._applied)
        State.job.start()
        return True

    def _applied(self, done):
        keep(bpy.data.scenes[done.applied.output], Result.of(self.action.label, done))
        bpy.ops.ed.undo_push(message=self.action.label)

    def _finish(self, context):
        job = State.job
        self._end(context)
        if job.done is None:
            self._fail(job.error)
            return {"CANCELLED"}
        State.error = job.warning
        self.report({"INFO"}, Result.of(self.action.label, job.done).summary)
        return {"FINISHED"}

    def _fail(self, error):
        State.error = preferences.explain(error)
        self.report({"WARNING" if error.reason == "OPERATION_CANCELLED" else "ERROR"}, str(error))
        return False

    def _end(self, context):
        State.job = None
        timer = getattr(self, "_timer", None)
        if timer is not None:
            context.window_manager.event_timer_remove(timer)
            self._timer = None
        _redraw(context)


def _operator(action):
    """The operator class of an action."""
    parts = {
        "__doc__": action.help,
        "__annotations__": {
            "wait": bpy.props.BoolProperty(
                name="Wait", description="Return when it is over", options={"SKIP_SAVE", "HIDDEN"}
            )
        },
        "bl_idname": run_id(action),
        "bl_label": action.label,
        "bl_description": action.help,
        "action": action,
    }
    return type(f"TWOPOP_OT_{action.name}", (ActionOperator, bpy.types.Operator), parts)


class TwopopUndo(bpy.types.Operator):
    """Remove what twopop placed, and take back what it changed unless somebody changed it since."""

    bl_idname = "twopop.undo"
    bl_description = (
        "Remove all strips that twopop placed in this scene, with their copies and whatever was done to them since. "
        "What you changed on your own strips stays"
    )
    bl_label = "Take twopop's changes back"
    bl_options: ClassVar = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        """Whether it can be asked for now."""
        return State.job is None and sequencer_scene(context) is not None

    def execute(self, context):
        """Takes them back."""
        State.error = ""
        try:
            ids = BlenderHost(sequencer_scene(context)).undo()
        except TwopopError as error:
            State.error = str(error)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{len(ids)} change{'s' * (len(ids) != 1)} taken back")
        return {"FINISHED"}


class TwopopCancel(bpy.types.Operator):
    """Stop the action that runs; nothing is changed."""

    bl_idname = "twopop.cancel"
    bl_description = "Stop the action that runs; nothing is changed"
    bl_label = "Cancel"
    bl_options: ClassVar = {"INTERNAL"}

    @classmethod
    def poll(cls, context):
        """Whether there is anything to stop."""
        return State.job is not None

    def execute(self, context):
        """Stops it."""
        State.job.cancel()
        return {"FINISHED"}


class TwopopFolderAdd(bpy.types.Operator):
    """Add a folder to the list."""

    bl_idname = "twopop.folder_add"
    bl_description = "Add a folder to the list"
    bl_label = "Add a folder"
    bl_options: ClassVar = {"INTERNAL", "UNDO"}

    def execute(self, context):
        """Adds an empty line."""
        _folders(context, self).add()
        return {"FINISHED"}


class TwopopFolderRemove(bpy.types.Operator):
    """Take this folder off the list."""

    bl_idname = "twopop.folder_remove"
    bl_description = "Take this folder off the list"
    bl_label = "Remove the folder"
    bl_options: ClassVar = {"INTERNAL", "UNDO"}

    def execute(self, context):
        """Removes a line."""
        _folders(context, self).remove(self.index)
        return {"FINISHED"}


_PLACE = {"action": bpy.props.StringProperty(), "option": bpy.props.StringProperty()}
TwopopFolderAdd.__annotations__ = _PLACE
TwopopFolderRemove.__annotations__ = {**_PLACE, "index": bpy.props.IntProperty(min=0)}

_CLASSES = (*map(_operator, ACTIONS), TwopopUndo, TwopopCancel, TwopopFolderAdd, TwopopFolderRemove)


def _folders(context, operator):
    group = getattr(getattr(sequencer_scene(context), settings.NAME), operator.action)
    return getattr(group, operator.option)


def _redraw(context):
    """Shows the progress: the sequencer's areas of all windows."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "SEQUENCE_EDITOR":
                area.tag_redraw()


def register():
    """Called by the extension."""
    for kind in _CLASSES:
        bpy.utils.register_class(kind)


def unregister():
    """Called by the extension; what runs is stopped."""
    if State.job is not None:
        State.job.cancel()
        State.job = None
    for kind in reversed(_CLASSES):
        bpy.utils.unregister_class(kind)
