"""A check's answer: how it stands, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from twopop.errors import TwopopError

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Row:
    """One answer.

    Attributes:
        name: What was looked at.
        state: "warning": it works, but not as well as it could.
        what: What was found.
        mend: What to do; empty when nothing is to be done.
    """

    name: str
    state: State
    what: str
    mend: str = ""


Check = Callable[[], Iterable[Row]]
"""Looks at something; may fail in any way."""


def rows_of(name: str, check: Check) -> list[Row]:
    """A check's rows; one that fails is a problem itself, whatever it fails with.

    Args:
        name: What to call it when it fails.
        check: The check.
    """
    rows: list[Row] = []
    try:
        rows.extend(check())
    except TwopopError as error:
        rows.append(Row(name, "problem", error.message))
    except Exception as fault:  # the boundary of a check: the others go on
        words = f"the check itself failed: {type(fault).__name__}: {fault}"
        rows.append(Row(name, "problem", words, "run it again; report it if it stays"))
    return rows
