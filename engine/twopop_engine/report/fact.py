"""A figure with its name, as the page's lists show it."""

from __future__ import annotations

from dataclasses import dataclass

NO_ANSWER = "\N{EN DASH}"
"""What stands where a figure is not known."""


@dataclass(frozen=True)
class Fact:
    """A figure with its name."""

    name: str
    value: str
