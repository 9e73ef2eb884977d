"""Frozen dataclasses to JSON and back, strictly: nothing missing but defaults, nothing unknown, every number exact.

Fractions are written "numerator/denominator" in lowest terms, so that the same data always gives the same text.
"""

from __future__ import annotations

import re
import types
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Record = TypeVar("Record")

_FRACTION = re.compile(r"-?\d+/\d+")


def to_json(value: object) -> Any:
    """The JSON form of a dataclass, or of what one may hold.

    Raises:
        TypeError: A value that this format does not carry.
    """
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_json(value[key]) for key in sorted(value)}
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def from_json(kind: type[Record], data: object, where: str = "") -> Record:
    """The dataclass that JSON stands for.

    Args:
        kind: The dataclass.
        data: Parsed JSON.
        where: What to call the place in messages.

    Returns:
        The record.

    Raises:
        ValueError: A key is missing, unknown, or of the wrong type; the message names it.
    """
    if not isinstance(data, dict):
        raise ValueError(f"{where or 'it'} is not an object")
    hints = _hints(cast(Hashable, kind))
    if unknown := sorted(set(data) - set(hints)):
        raise ValueError(f"{where}.{unknown[0]} is unknown".lstrip("."))
    if missing := sorted(_required(kind) - set(data)):
        raise ValueError(f"{where}.{missing[0]} is missing".lstrip("."))
    given = {name: hint for name, hint in hints.items() if name in data}
    return kind(**{name: _value(hint, data[name], f"{where}.{name}".lstrip(".")) for name, hint in given.items()})


def _required(kind: Any) -> set[str]:
    """Names of the fields that have no default; one that was added later has one, so that older files are read."""
    return {item.name for item in fields(kind) if item.default is MISSING and item.default_factory is MISSING}


@lru_cache(maxsize=64)
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, data: object, where: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _either(arguments, data, where)
    if origin is Literal:
        if data not in arguments:
            raise ValueError(f"{where} is {data!r}, expected one of {', '.join(map(repr, arguments))}")
        return data
    if origin is tuple:
        return _sequence(arguments, data, where)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(data, dict):
            raise ValueError(f"{where} is not an object")
        return {key: _value(arguments[1], item, f"{where}.{key}") for key, item in data.items()}
    if hint is Fraction:
        return _fraction(data, where)
    if is_dataclass(hint):
        return from_json(hint, data, where)  # type: ignore[arg-type]
    if type(data) is not hint and not (hint is float and type(data) is int):
        raise ValueError(f"{where} is {data!r}, expected {'null' if hint is type(None) else hint.__name__}")
    return data


def _either(arguments: tuple[Any, ...], data: object, where: str) -> Any:
    problems = []
    for argument in arguments:
        try:
            return _value(argument, data, where)
        except ValueError as problem:
            problems.append(str(problem))
    raise ValueError(problems[0])


def _sequence(arguments: tuple[Any, ...], data: object, where: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise ValueError(f"{where} is not a list")
    kinds = arguments[:1] * len(data) if arguments[-1] is Ellipsis else arguments
    if len(kinds) != len(data):
        raise ValueError(f"{where} has {len(data)} values, expected {len(kinds)}")
    return tuple(_value(kind, item, f"{where}[{index}]") for index, (kind, item) in enumerate(zip(kinds, data)))  # noqa: B905


def _fraction(data: object, where: str) -> Fraction:
    if not isinstance(data, str) or not _FRACTION.fullmatch(data) or data.endswith("/0"):
        raise ValueError(f"{where} is {data!r}, expected an exact number such as '1001/24000'")
    return Fraction(data)
