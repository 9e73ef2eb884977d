"""Objects of the running program behind a wrapper that tells a program that is gone from an answer.

An object of a Resolve that was closed gives None for every name, and calling that raises whatever it likes; `hasattr`
is true of anything. Both were measured, so what an object has is told by `dir` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twopop.errors import HostUnavailable, TwopopError

HOST = "DaVinci Resolve"


def bare(problem: TwopopError) -> str:
    """What a problem says, without the program's name, for a sentence that says the name already."""
    return problem.message.removeprefix(f"{HOST}: ")


def joined(*sentences: str) -> str:
    """Sentences one after the other; the last keeps its end, the others get a full stop where they have none."""
    ended = [said if said.endswith((".", "?", "!")) else f"{said}." for said in sentences[:-1]]
    return " ".join((*ended, sentences[-1]))


class Live:
    """An object of the running program."""

    __slots__ = ("raw",)

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def __getattr__(self, name: str) -> Any:
        try:
            value = getattr(self.raw, name)
        except Exception as problem:
            raise _gone(name, problem) from problem
        if callable(value) or (value is None and not name.isupper()):
            return _guarded(name, value)
        return wrapped(value)

    def __dir__(self) -> list[str]:
        return dir(self.raw)


def wrapped(value: Any) -> Any:
    """An answer with every object in it wrapped; plain values as they are."""
    if value is None or isinstance(value, str | int | float | Live):
        return value
    if isinstance(value, list | tuple):
        return [wrapped(item) for item in value]
    if isinstance(value, dict):
        return {key: wrapped(item) for key, item in value.items()}
    return Live(value)


def unwrapped(value: Any) -> Any:
    """A value as the program takes it."""
    if isinstance(value, Live):
        return value.raw
    if isinstance(value, list | tuple):
        return [unwrapped(item) for item in value]
    if isinstance(value, dict):
        return {key: unwrapped(item) for key, item in value.items()}
    return value


def _guarded(name: str, method: Any) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        try:
            return wrapped(method(*(unwrapped(argument) for argument in arguments)))
        except Exception as problem:  # a foreign library: nothing says what it may raise
            raise _gone(name, problem) from problem

    return call


def _gone(name: str, problem: Exception) -> HostUnavailable:
    what = f"it stopped answering at {name} ({type(problem).__name__}: {problem}); was it closed?"
    return HostUnavailable.of(HOST, f"{what} Start it again, open the project and look at what is there")


def has(target: object, name: str) -> bool:
    """Whether an object of the program has a method."""
    return name in dir(target)


def required(answer: Any, what: str) -> Any:
    """An answer that must be there.

    Raises:
        HostUnavailable: It is None, as everything is of a program that was closed.
    """
    if answer is None:
        raise HostUnavailable.of(HOST, f"it does not tell {what}; was it closed? Start it again and open the project")
    return answer
