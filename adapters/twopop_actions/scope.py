"""Which clips an action may touch: all of them, or what the user has selected."""

from __future__ import annotations

from twopop.errors import OptionInvalid, SelectionEmpty
from twopop_actions.action import Option
from twopop_actions.host import Host

Place = tuple[int, tuple[int, ...]]
"""A clip's track and path, as its target says them."""

SCOPE = Option("scope", "choice", "all", "Which clips to serve.", choices=("all", "selection"))


def places_in(host: Host, scope: str) -> frozenset[Place] | None:
    """Where the clips lie that an action may touch.

    Args:
        host: The timeline.
        scope: What the user set: "all" or "selection".

    Returns:
        The places; None for all.

    Raises:
        OptionInvalid: The host knows no selection.
        SelectionEmpty: Nothing is selected.
    """
    if scope == "all":
        return None
    if not host.capabilities.selection:
        raise OptionInvalid.of(SCOPE.flag, f"{host.capabilities.host} knows no selection; it must be 'all'")
    selected = host.selection()
    if not selected:
        raise SelectionEmpty.of(host.capabilities.host)
    return frozenset((target.track, target.path) for target in selected)
