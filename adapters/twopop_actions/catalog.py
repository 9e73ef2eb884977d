"""All actions, for panels, menus and command lines to be built from: a new one appears in every host by its entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from twopop.errors import OptionInvalid
from twopop_actions.action import Action, Values
from twopop_actions.conform import CONFORM, plan_conform
from twopop_actions.engine import Engine
from twopop_actions.findings import MARKERS, plan_markers
from twopop_actions.host import Host
from twopop_actions.plan import Plan
from twopop_client.connection import Watch


class Planner(Protocol):
    """Plans an action."""

    def __call__(self, host: Host, engine: Engine, values: Values, watch: Watch | None, render: bool) -> Plan:
        """What the action would do, with values as `Action.values` gives them; nothing is applied."""


@dataclass(frozen=True)
class Entry:
    """An action and what plans it.

    Attributes:
        action: What is shown.
        plan: What is called.
    """

    action: Action
    plan: Planner


ENTRIES = (Entry(CONFORM, plan_conform), Entry(MARKERS, plan_markers))
"""All actions, in the order in which a panel shows them."""

ACTIONS = tuple(entry.action for entry in ENTRIES)


def entry_of(name: str) -> Entry:
    """The entry of an action's name.

    Raises:
        OptionInvalid: There is no such action.
    """
    for entry in ENTRIES:
        if entry.action.name == name:
            return entry
    raise OptionInvalid.of("action", f"{name!r} is not one of {', '.join(action.name for action in ACTIONS)}")
