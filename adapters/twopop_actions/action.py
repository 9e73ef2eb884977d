"""What an action is: data from which panels, menus and command lines are built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from twopop.errors import OptionInvalid

OptionKind = Literal["number", "choice", "text", "folders", "switch"]

Need = Literal["engine", "timeline", "sound"]
"""What must be there before an action can run."""


@dataclass(frozen=True)
class Option:
    """One thing that a user may set.

    Attributes:
        name: In snake_case; command lines show it with dashes.
        kind: What kind of value it takes.
        default: The value when nothing is said; None when it must be given.
        help: One sentence.
        unit: Unit of a number: "s", "ms", "dB"; empty for the others.
        choices: The values of a choice.
        minimum: Least value of a number; None for none.
        maximum: Greatest value of a number; None for none.
    """

    name: str
    kind: OptionKind
    default: str | float | bool | None
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
        if self.kind == "number":
            self._check_number(value)

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

    def check(self, name: str, value: object) -> None:
        """Raises when a value is outside what the option of this name takes.

        Raises:
            OptionInvalid: The message says what is expected.
        """
        next(option for option in self.options if option.name == name).check(value)
