"""Fusion's windows without a screen: what they show is noted, and a scripted user answers."""

# ruff: noqa: N802
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from resolve.fake.world import World

_KNOWN = {
    "Label": {"ID", "Text", "WordWrap", "Weight"},
    "LineEdit": {"ID", "Text", "ToolTip", "Weight"},
    "ComboBox": {"ID", "ToolTip", "Weight"},
    "CheckBox": {"ID", "Text", "ToolTip", "Weight"},
    "Button": {"ID", "Text", "Weight"},
}


class FakeElement:
    """A row, a column or an element in it."""

    def __init__(self, kind: str, shape: dict[str, Any], parts: list[FakeElement]) -> None:
        assert set(shape) <= _KNOWN.get(kind, set()), (kind, shape)
        self.kind, self.parts, self.choices = kind, parts, list[str]()
        self.ID = str(shape.get("ID", ""))
        self.Text = str(shape.get("Text", ""))
        self.CurrentText = ""
        self.Checked = False

    def AddItems(self, items: list[str]) -> None:
        assert self.kind == "ComboBox"
        self.choices += items

    def all(self) -> Iterator[FakeElement]:
        yield self
        for part in self.parts:
            yield from part.all()

    def put(self, value: str | bool) -> None:
        if self.kind == "CheckBox":
            self.Checked = bool(value)
        elif self.kind == "ComboBox":
            assert value in self.choices, (value, self.choices)
            self.CurrentText = str(value)
        else:
            assert self.kind == "LineEdit", self.kind
            self.Text = str(value)


class FakeManager:
    """The UIManager."""

    def __init__(self, world: World) -> None:
        self.world = world

    def VGroup(self, parts: list[FakeElement]) -> FakeElement:
        return FakeElement("VGroup", {}, parts)

    def HGroup(self, parts: list[FakeElement]) -> FakeElement:
        return FakeElement("HGroup", {}, parts)

    def Label(self, shape: dict[str, Any]) -> FakeElement:
        return FakeElement("Label", shape, [])

    def LineEdit(self, shape: dict[str, Any]) -> FakeElement:
        return FakeElement("LineEdit", shape, [])

    def ComboBox(self, shape: dict[str, Any]) -> FakeElement:
        return FakeElement("ComboBox", shape, [])

    def CheckBox(self, shape: dict[str, Any]) -> FakeElement:
        return FakeElement("CheckBox", shape, [])

    def Button(self, shape: dict[str, Any]) -> FakeElement:
        return FakeElement("Button", shape, [])


class FakeEvents:
    """The functions put under an element's id."""

    def __init__(self) -> None:
        self.Clicked: Callable[[Any], None] | None = None
        self.Close: Callable[[Any], None] | None = None


class FakeWindow:
    def __init__(self, title: str, root: FakeElement) -> None:
        self.On: dict[str, FakeEvents] = defaultdict(FakeEvents)
        self.title, self.root, self.visible = title, root, False

    def GetItems(self) -> dict[str, FakeElement]:
        return {element.ID: element for element in self.root.all() if element.ID}

    def Show(self) -> None:
        self.visible = True

    def Hide(self) -> None:
        self.visible = False


class FakeDispatcher:
    """Runs a window: the scripted user sets values and presses a button."""

    def __init__(self, manager: FakeManager) -> None:
        self._world = manager.world
        self._window: FakeWindow | None = None
        self._left = False

    def AddWindow(self, shape: dict[str, Any], parts: list[FakeElement]) -> FakeWindow:
        assert set(shape) == {"ID", "WindowTitle", "Geometry"}, shape
        self._window = FakeWindow(shape["WindowTitle"], FakeElement("Window", {}, parts))
        return self._window

    def ExitLoop(self) -> None:
        self._left = True

    def RunLoop(self) -> None:
        window = self._window
        assert window and window.visible and self._world.answers is not None
        texts = [e.Text for e in window.root.all() if e.kind in ("Label", "Button")]
        self._world.shown.append([window.title, *texts])
        answer = dict(self._world.answers.pop(0)) if self._world.answers else {"press": "ok"}
        pressed = str(answer.pop("press", "ok"))
        for name, value in answer.items():
            if name.endswith("_browse"):
                self._press(window.On[name].Clicked)
            else:
                window.GetItems()[name].put(value)
        self._left = False
        self._press(window.On["twopop"].Close if pressed == "close" else window.On[pressed].Clicked)
        assert self._left, f"{pressed} did not leave the window"

    def _press(self, handler: Callable[[Any], None] | None) -> None:
        assert handler is not None, "nothing was put under the button"
        handler({})


class FakeFusion:
    """Fusion, as far as windows go."""

    def __init__(self, world: World) -> None:
        self.UIManager = FakeManager(world)

    def RequestDir(self, path: str) -> str | None:
        return "/chosen/folder"
