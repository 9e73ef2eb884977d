"""Stand-ins for what a Blender without a window lacks: a layout that records, and a window's context.

They take nothing that the real ones would not: functions, parameters, icons, properties and operators are looked up in
Blender itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import bpy

_FUNCTIONS = bpy.types.UILayout.bl_rna.functions
_INSIDE = {"row", "column", "box", "split", "grid_flow", "column_flow"}
_ICONS = set(bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys())


@dataclass
class Drawn:
    """One thing that was drawn.

    Attributes:
        kind: The layout's function: "label", "prop", "operator", "progress".
        given: Its arguments by name.
        set: What was set on an operator's properties.
    """

    kind: str
    given: dict[str, Any]
    set: dict[str, Any] = field(default_factory=dict)


class Layout:
    """Records what a panel draws.

    Attributes:
        drawn: In order, through all rows and boxes.
    """

    def __init__(self, drawn: list[Drawn] | None = None) -> None:
        self.drawn: list[Drawn] = [] if drawn is None else drawn

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in _FUNCTIONS:
            raise AttributeError(f"UILayout has no {name}")

        def call(*positional: Any, **named: Any) -> Any:
            parameters = [p for p in _FUNCTIONS[name].parameters if not p.is_output]
            given = dict(zip((p.identifier for p in parameters), positional, strict=False)) | named
            return self._record(name, given, parameters)

        return call

    def _record(self, name: str, given: dict[str, Any], parameters: list[Any]) -> Any:
        known = {p.identifier for p in parameters}
        assert set(given) <= known, f"{name} takes no {set(given) - known}"
        missing = {p.identifier for p in parameters if p.is_required} - set(given)
        assert not missing, f"{name} wants {missing}"
        assert given.get("icon", "NONE") in _ICONS, f"there is no icon {given['icon']}"
        assert all(isinstance(given.get(key, ""), str) for key in ("text", "icon"))
        if name == "prop":
            assert given["property"] in given["data"].bl_rna.properties, f"{given['data']} has no {given['property']}"
        if name in _INSIDE:
            return Layout(self.drawn)
        item = Drawn(name, given)
        self.drawn.append(item)
        return _Properties(item) if name == "operator" else None

    def texts(self) -> list[str]:
        """What is written on labels and bars."""
        return [item.given["text"] for item in self.drawn if item.kind in ("label", "progress")]

    def operators(self) -> list[str]:
        """The operators that there are buttons for."""
        return [item.given["operator"] for item in self.drawn if item.kind == "operator"]


class _Properties:
    """An operator's properties, as a button holds them."""

    def __init__(self, item: Drawn) -> None:
        module, name = item.given["operator"].split(".")
        self.__dict__["_known"] = getattr(getattr(bpy.ops, module), name).get_rna_type().properties
        self.__dict__["_item"] = item

    def __setattr__(self, name: str, value: Any) -> None:
        item: Drawn = self.__dict__["_item"]
        assert name in self.__dict__["_known"], f"{item.given['operator']} has no {name}"
        item.set[name] = value


class WindowManager:
    """Takes timers and modal operators.

    Attributes:
        timers: Those that run.
        modal: Operators that were handed over.
    """

    def __init__(self) -> None:
        functions = bpy.types.WindowManager.bl_rna.functions
        for name in ("event_timer_add", "event_timer_remove", "modal_handler_add"):
            assert name in functions
        self.windows: list[Any] = []
        self.timers: list[Any] = []
        self.modal: list[Any] = []

    def event_timer_add(self, time_step: float, *, window: Any) -> Any:
        assert 0 < time_step < 1 and window is not None
        self.timers.append(object())
        return self.timers[-1]

    def event_timer_remove(self, timer: Any) -> None:
        self.timers.remove(timer)

    def modal_handler_add(self, operator: Any) -> bool:
        self.modal.append(operator)
        return True


class Area:
    """An area of a screen; counts how often it was to be drawn anew."""

    type = "SEQUENCE_EDITOR"

    def __init__(self) -> None:
        self.redraws = 0

    def tag_redraw(self) -> None:
        self.redraws += 1


def window_context() -> Any:
    """The context that a click in the sequencer's sidebar brings."""
    area, manager = Area(), WindowManager()
    manager.windows.append(SimpleNamespace(screen=SimpleNamespace(areas=[area])))
    return SimpleNamespace(
        scene=bpy.context.scene, workspace=bpy.context.workspace, window=bpy.context.window, window_manager=manager,
        area=area,
    )  # fmt: skip


TIMER = SimpleNamespace(type="TIMER", value="NOTHING")
CLICK = SimpleNamespace(type="LEFTMOUSE", value="PRESS")
