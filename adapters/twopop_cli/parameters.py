"""Parameters of a command, made from an action's options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from twopop_actions.action import Action, Option, Value

_TYPES: dict[str, Any] = {"number": float | None, "switch": bool | None, "folders": list[Path] | None}


def with_parameters(run: Callable[..., int], action: Action, common: Mapping[str, Any]) -> Callable[..., int]:
    """A command's function as typer reads it: with a parameter for each option of an action.

    Args:
        run: Takes them all by name.
        action: Its options come first; what is not given is None, so that it can be asked for.
        common: Annotations of further parameters, by name; a switch is off, all others None when not given.
    """
    kinds = {option.name: _annotation(option) for option in action.options} | dict(common)
    defaults = {name: None if type(None) in get_args(get_args(kind)[0]) else False for name, kind in kinds.items()}
    one = inspect.Parameter.KEYWORD_ONLY
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, one, default=defaults[name], annotation=kind) for name, kind in kinds.items()]
    )
    run.__annotations__ = kinds
    run.__doc__ = action.help
    return run


def plain_value(value: Any) -> Value | None:
    """What typer gives for an option as actions take it: folders as absolute paths."""
    if isinstance(value, list):
        return tuple(str(folder.absolute()) for folder in value) or None
    plain: Value | None = value
    return plain


def _annotation(option: Option) -> Any:
    value = f"{option.default:g}" if isinstance(option.default, float) else option.default
    default = "" if value in (None, (), "") else f" Default: {value}."
    names = [option.flag, f"--no-{option.flag[2:]}"] if option.kind == "switch" else [option.flag]
    metavar = {"choice": "|".join(option.choices), "number": option.unit or "NUMBER", "folders": "DIR"}.get(option.kind)
    shown = typer.Option("/".join(names), metavar=metavar, help=option.help + default, show_default=False)
    return Annotated[_TYPES.get(option.kind, str | None), shown]
