"""Reads pickles as data: a machine for the few opcodes that checkpoints are made of, which never calls anything.

The opcodes are those of Python's `pickletools`, which also takes the stream apart. A global is only a name here. What
is to be made of a name is looked up in a table; a name that is not in it ends the reading, and is named.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any

_STEPS = 5_000_000
_LARGEST_INTEGER = 1 << 512
_MARK = object()

Maker = Callable[[tuple[Any, ...]], Any]
"""Makes plain data of a call's arguments."""


class Refused(ValueError):
    """The stream is not a plain checkpoint; the message says why."""


@dataclass(frozen=True)
class Name:
    """A global that the stream speaks of.

    Attributes:
        text: "module.name".
    """

    text: str


@dataclass(frozen=True)
class Grammar:
    """What a stream may speak of.

    Attributes:
        makers: What the calls of a name come to, by name.
        names: Names that may stand as data and are never called.
        persistent: Makes something of a persistent id.
    """

    makers: Mapping[str, Maker]
    names: frozenset[str]
    persistent: Callable[[Any], Any]


def read_pickle(stream: IO[bytes], grammar: Grammar) -> Any:
    """Reads one pickle; the stream stands behind it afterwards.

    Args:
        stream: Where it begins.
        grammar: What it may speak of.

    Returns:
        Dictionaries, lists, tuples, sets, texts, numbers, `Name`s and what the grammar makes.

    Raises:
        Refused: It holds anything else, or is damaged.
    """
    machine = _Machine(grammar)
    try:
        for steps, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
            if steps > _STEPS:
                raise Refused("has too many steps")
            machine.do(opcode.name, argument)
        return machine.result()
    except Refused:
        raise
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise Refused("is damaged, or is no pickle") from error


class _Machine:
    """The stack and the memo of one pickle."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def result(self) -> Any:
        """What is left at the end."""
        (value,) = self._stack
        return value

    def do(self, name: str, argument: Any) -> None:
        """One opcode."""
        if name in _IGNORED:
            return
        if name in _VALUES:
            self._push(argument)
        elif name in _CONSTANTS:
            self._push(_CONSTANTS[name]())
        elif name in _PUTS:
            self._memo[len(self._memo) if argument is None else argument] = self._top()
        elif name in _GETS:
            self._push(self._memo[argument])
        elif step := _STEPS_OF.get(name):
            step(self, argument)
        else:
            raise Refused(f"holds the pickle instruction {name}, which no checkpoint needs")

    def _push(self, value: Any) -> None:
        if type(value) is int and abs(value) >= _LARGEST_INTEGER:
            raise Refused("holds a number that is too large")
        self._stack.append(value)

    def _top(self) -> Any:
        if self._stack[-1] is _MARK:
            raise Refused("is damaged, or is no pickle")
        return self._stack[-1]

    def _pop(self) -> Any:
        self._top()
        return self._stack.pop()

    def _pop_to_mark(self) -> list[Any]:
        for place in range(len(self._stack) - 1, -1, -1):
            if self._stack[place] is _MARK:
                items = self._stack[place + 1 :]
                del self._stack[place:]
                return items
        raise Refused("is damaged, or is no pickle")

    def _discard(self, _: Any) -> None:
        self._stack.pop()

    def _duplicate(self, _: Any) -> None:
        self._push(self._top())

    def _tuple(self, items: list[Any]) -> None:
        self._push(tuple(items))

    def _short_tuple(self, count: int) -> None:
        items = [self._pop() for _ in range(count)]
        self._push(tuple(reversed(items)))

    def _append(self, items: list[Any]) -> None:
        target = self._top()
        if type(target) is not list:
            raise Refused(f"appends to something that is no list: {_said(target)}")
        target.extend(items)

    def _add(self, _: Any) -> None:
        items = self._pop_to_mark()
        target = self._top()
        if type(target) is not set:
            raise Refused(f"adds to something that is no set: {_said(target)}")
        target.update(_key(item) for item in items)

    def _set_items(self, items: list[Any]) -> None:
        target = self._top()
        if type(target) is not dict or len(items) % 2:
            raise Refused(f"sets an item of something that is no dictionary: {_said(target)}")
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[_key(key)] = value

    def _one_item(self, _: Any) -> None:
        value, key = self._pop(), self._pop()
        self._set_items([key, value])

    def _global(self, text: str) -> None:
        self._name(".".join(text.split(" ", 1)))

    def _stack_global(self, _: Any) -> None:
        name, module = self._pop(), self._pop()
        self._name(f"{module}.{name}")

    def _name(self, text: str) -> None:
        if text not in self._grammar.makers and text not in self._grammar.names:
            raise Refused(
                f"wants to use {_printed(text)}, which no checkpoint needs; it may carry code and was not opened"
            )
        self._push(Name(text))

    def _call(self, _: Any) -> None:
        arguments, function = self._pop(), self._pop()
        maker = self._grammar.makers.get(function.text) if isinstance(function, Name) else None
        if maker is None or type(arguments) is not tuple:
            raise Refused(f"wants to call {_said(function)}; it may carry code and was not opened")
        self._push(maker(arguments))

    def _build(self, _: Any) -> None:
        """Attributes of an ordered dictionary are what torch notes beside a state; anything else has none here."""
        state, target = self._pop(), self._top()
        if type(target) is not dict or type(state) is not dict:
            raise Refused(f"wants to set the state of {_said(target)}; it may carry code and was not opened")

    def _persistent(self, _: Any) -> None:
        self._push(self._grammar.persistent(self._pop()))


def _said(value: Any) -> str:
    return _printed(value.text) if isinstance(value, Name) else f"a {type(value).__name__}"


def _printed(text: str) -> str:
    """A stranger's text, fit for a message in one line."""
    return ascii(text[:200])[1:-1]


def _key(value: Any) -> Any:
    """A dictionary's key; nested tuples are no keys here, since hashing crafted ones takes for ever."""
    flat = value if type(value) is tuple else (value,)
    if not all(item is None or type(item) in (str, bytes, int, float, bool) for item in flat):
        raise Refused("has a dictionary's key that is neither text nor number")
    return value


_IGNORED = frozenset({"PROTO", "FRAME", "STOP"})
_VALUES = frozenset(
    {
        *("INT", "LONG", "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING", "SHORT_BINSTRING"),
        *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
    }
)
_PUTS = frozenset({"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"})
_GETS = frozenset({"GET", "BINGET", "LONG_BINGET"})
_CONSTANTS: Mapping[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
    "MARK": lambda: _MARK,
}
_STEPS_OF: Mapping[str, Callable[[_Machine, Any], None]] = {
    "POP": _Machine._discard,
    "DUP": _Machine._duplicate,
    "TUPLE": lambda machine, _: machine._tuple(machine._pop_to_mark()),
    "TUPLE1": lambda machine, _: machine._short_tuple(1),
    "TUPLE2": lambda machine, _: machine._short_tuple(2),
    "TUPLE3": lambda machine, _: machine._short_tuple(3),
    "LIST": lambda machine, _: machine._push(machine._pop_to_mark()),
    "APPEND": lambda machine, _: machine._append([machine._pop()]),
    "APPENDS": lambda machine, _: machine._append(machine._pop_to_mark()),
    "ADDITEMS": _Machine._add,
    "SETITEM": _Machine._one_item,
    "SETITEMS": lambda machine, _: machine._set_items(machine._pop_to_mark()),
    "GLOBAL": _Machine._global,
    "STACK_GLOBAL": _Machine._stack_global,
    "REDUCE": _Machine._call,
    "BUILD": _Machine._build,
    "BINPERSID": _Machine._persistent,
}
