"""A window for an action's options, by Fusion's UIManager, built from the action's data.

From Fusion's scripting guide: elements are made by name, an event is a function put under the element's id, and
`RunLoop` gives control to the window until `ExitLoop`. Free Resolve has no UIManager.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twopop.errors import OperationCancelled
from twopop_actions.action import Action, Option, Value
from twopop_resolve.api import ResolveApi, ScriptModule
from twopop_resolve.live import Live, has

_WIDTH, _ROW = 560, 34


class Windows:
    """Fusion's windows in the running Resolve."""

    def __init__(self, fusion: Any, manager: Any, dispatcher: Any) -> None:
        self._fusion = fusion
        self._ui = manager
        self._dispatcher = dispatcher

    @classmethod
    def of(cls, module: ScriptModule, resolve: ResolveApi) -> Windows | None:
        """The windows; None where this edition or version has none."""
        if not has(module, "UIDispatcher") or not has(resolve, "Fusion"):
            return None
        fusion = resolve.Fusion()
        raw = fusion.raw if isinstance(fusion, Live) else None
        manager = getattr(raw, "UIManager", None)
        if raw is None or manager is None:
            return None
        plain: Any = module.raw if isinstance(module, Live) else module
        return cls(raw, manager, plain.UIDispatcher(manager))

    def ask(self, action: Action, given: Mapping[str, Value | None]) -> dict[str, Value | None]:
        """What the user sets, starting from what was given.

        Raises:
            OperationCancelled: The user closed the window.
        """
        rows = [self._row(option, given.get(option.name)) for option in action.options]
        buttons = self._ui.HGroup([self._button("ok", action.label), self._button("cancel", "Cancel")])
        window = self._window(f"twopop: {action.label}", [self._label(action.help), *rows, buttons])
        items = window.GetItems()
        for option in action.options:
            self._fill(items[option.name], option, given.get(option.name))
            if option.kind == "folders":
                window.On[f"{option.name}_browse"].Clicked = self._browser(items[option.name])
        if not self._run(window, ("ok",)):
            raise OperationCancelled("cancelled")
        return {option.name: _answer(items[option.name], option) for option in action.options}

    def tell(self, title: str, text: str) -> None:
        """Shows a message until it is closed."""
        rows = [self._label(line) for line in text.splitlines()]
        self._run(self._window(f"twopop: {title}", [*rows, self._button("ok", "Close")]), ("ok",))

    def _window(self, title: str, rows: list[Any]) -> Any:
        shape = {"ID": "twopop", "WindowTitle": title, "Geometry": [200, 200, _WIDTH, _ROW * (len(rows) + 1)]}
        return self._dispatcher.AddWindow(shape, [self._ui.VGroup(rows)])

    def _run(self, window: Any, accepting: tuple[str, ...]) -> bool:
        """Shows a window until it is closed; whether that was by one of some buttons."""
        accepted = []

        def leave(event: Any) -> None:
            self._dispatcher.ExitLoop()

        def accept(event: Any) -> None:
            accepted.append(True)
            self._dispatcher.ExitLoop()

        for name in accepting:
            window.On[name].Clicked = accept
        if "cancel" in window.GetItems():
            window.On["cancel"].Clicked = leave
        window.On["twopop"].Close = leave
        window.Show()
        self._dispatcher.RunLoop()
        window.Hide()
        return bool(accepted)

    def _row(self, option: Option, value: Value | None) -> Any:
        unit = f" ({option.unit})" if option.unit else ""
        label = self._label(option.name.replace("_", " ").capitalize() + unit)
        kinds = {"choice": self._ui.ComboBox, "switch": self._ui.CheckBox}
        shape = {"ID": option.name, "ToolTip": option.help, "Weight": 1}
        parts = [label, kinds.get(option.kind, self._ui.LineEdit)(shape)]
        if option.kind == "folders":
            parts.append(self._button(f"{option.name}_browse", "Browse..."))
        return self._ui.HGroup(parts)

    def _fill(self, item: Any, option: Option, value: Value | None) -> None:
        shown = option.default if value is None else value
        if option.kind == "choice":
            item.AddItems(list(option.choices))
            item.CurrentText = str(shown if shown is not None else option.choices[0])
        elif option.kind == "switch":
            item.Checked = bool(shown)
        elif isinstance(shown, tuple):
            item.Text = "; ".join(shown)
        else:
            item.Text = "" if shown is None else f"{shown:g}" if isinstance(shown, float) else str(shown)

    def _browser(self, item: Any) -> Any:
        def browse(event: Any) -> None:
            chosen = self._fusion.RequestDir("")
            if chosen:
                item.Text = "; ".join(part for part in (str(item.Text), str(chosen)) if part)

        return browse

    def _label(self, text: str) -> Any:
        return self._ui.Label({"Text": text, "WordWrap": True})

    def _button(self, name: str, text: str) -> Any:
        return self._ui.Button({"ID": name, "Text": text})


def _answer(item: Any, option: Option) -> Value | None:
    """What an element holds; None when it was left empty."""
    if option.kind == "choice":
        return str(item.CurrentText)
    if option.kind == "switch":
        return bool(item.Checked)
    return value_of(str(item.Text), option)


def value_of(text: str, option: Option) -> Value | None:
    """What a typed text stands for; None when it is empty. What cannot be read is left for the option to turn down."""
    text = text.strip()
    if not text:
        return None
    if option.kind == "folders":
        return tuple(part for part in (part.strip() for part in text.split(";")) if part)
    if option.kind == "switch":
        return {"yes": True, "y": True, "no": False, "n": False}.get(text.lower(), text)
    if option.kind == "number":
        try:
            return float(text)
        except ValueError:
            return text
    return text
