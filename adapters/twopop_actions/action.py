"""What an action is: data from which panels, menus and command lines are built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from twopop.errors import OptionInvalid

OptionKind = Literal["number", "choice", "steps", "text", "folders", "switch"]
"""`steps`: some of the choices, separated by commas."""

Need = Literal["engine", "timeline"]
"""What must be there before an action can run."""

Value = str | float | bool | tuple[str, ...]
"""What an option can be set to; folders are a tuple of paths."""

Values = Mapping[str, Value]
"""A value for each option of an action, by its name."""


@dataclass(frozen=True)
class Option:
    """One thing that a user may set.

    Attributes:
        name: In snake_case; command lines show it with dashes.
        kind: What kind of value it takes.
        default: The value when nothing is said; None when it must be given.
        help: One sentence.
        unit: Unit of a number: "s", "ms", "dB"; empty for the others.
        choices: The values of a choice, or the steps.
        minimum: Least value of a number; None for none.
        maximum: Greatest value of a number; None for none.
    """

    name: str
    kind: OptionKind
    default: Value | None
    help: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    def check(self, value: object) -> None:
        """Raises when a value is outside what the option takes.

        Raises:
            OptionInvalid: The message says what is expected.
        """
        if self.kind == "choice" and value not in self.choices:
            raise OptionInvalid.of(self.flag, f"{value!r} is not one of {', '.join(self.choices)}")
        if self.kind == "steps":
            self._check_steps(str(value))
        if self.kind == "number":
            self._check_number(value)
        if self.kind == "folders" and value != self.default and not (isinstance(value, tuple) and value and all(value)):
            raise OptionInvalid.of(self.flag, "must name a folder")
        if self.kind == "text" and not isinstance(value, str):
            raise OptionInvalid.of(self.flag, f"{value!r} is not text")
        if self.kind == "switch" and not isinstance(value, bool):
            raise OptionInvalid.of(self.flag, f"{value!r} is neither on nor off")

    def _check_steps(self, value: str) -> None:
        named = {name.strip() for name in value.split(",")} - {""}
        if unknown := sorted(named - set(self.choices)):
            raise OptionInvalid.of(self.flag, f"{unknown[0]!r} is not one of {', '.join(self.choices)}")
        if not named:
            raise OptionInvalid.of(self.flag, f"names no step; there are {', '.join(self.choices)}")

    def _check_number(self, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise OptionInvalid.of(self.flag, f"{value!r} is not a number")
        low = float("-inf") if self.minimum is None else self.minimum
        high = float("inf") if self.maximum is None else self.maximum
        if not low <= value <= high:
            raise OptionInvalid.of(self.flag, f"{value:g} {self.unit} is outside {low:g} to {high:g} {self.unit}")

    @property
    def flag(self) -> str:
        """How a command line spells it."""
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True)
class Action:
    """Something that an editor can ask for.

    Attributes:
        name: One word: "sync".
        label: What a menu shows.
        help: One sentence.
        needs: What must be there.
        options: What a user may set.
    """

    name: str
    label: str
    help: str
    needs: tuple[Need, ...]
    options: tuple[Option, ...]

    def values(self, given: Mapping[str, Value | None]) -> Values:
        """A value for each option: what was given, else its default.

        Args:
            given: By option name; None stands for "not given".

        Returns:
            The values, checked.

        Raises:
            OptionInvalid: A name that the action does not have, a value outside what its option takes, or one that is
                missing and has no default; the message says what is expected.
        """
        names = {option.name for option in self.options}
        if unknown := sorted(set(given) - names):
            raise OptionInvalid.of(unknown[0], f"{self.name} has no such option; it has {', '.join(sorted(names))}")
        values: dict[str, Value] = {}
        for option in self.options:
            value = given.get(option.name)
            value = option.default if value is None else value
            if value is None:
                raise OptionInvalid.of(option.flag, f"is missing. {option.help}")
            option.check(value)
            values[option.name] = value
        return values
