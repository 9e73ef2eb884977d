"""Which of a file's timelines is read, when it holds several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from twopop.errors import OptionInvalid
from twopop_otio.imports.imported import Notes

_Found = TypeVar("_Found")


def choose(found: Sequence[tuple[str, _Found]], wanted: str | None, notes: Notes) -> _Found:
    """One timeline of several.

    Args:
        found: Names and timelines, at least one.
        wanted: The name to take; None: the first.
        notes: Takes what was passed over.

    Raises:
        OptionInvalid: None is of that name.
    """
    names = ", ".join(repr(name) for name, _ in found)
    same = [timeline for name, timeline in found if wanted is None or name == wanted]
    if not same:
        raise OptionInvalid.of("--timeline", f"no timeline is called {wanted!r}; the file holds {names}")
    if wanted is None and len(found) > 1:
        notes.add(f"the file holds {len(found)} timelines ({names}); the first was read, name another with --timeline")
    elif len(same) > 1:
        notes.add(f"{len(same)} timelines are called {wanted!r}; the first was read")
    return same[0]
