"""What measures whether lips fit speech: the model of a card, with the face networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from twopop.errors import ModelUnknown
from twopop.locations import Home
from twopop_engine.sync.assessor import Meter

DEFAULT_MODEL: Final = "lipsync.twopop.v1"

_METERS: Mapping[str, Callable[[Home], Meter]] = {}


def meter_of(model: str, home: Home) -> Meter:
    """What measures with a model.

    Args:
        model: Id of its card; empty: the default.
        home: The engine's folder.

    Raises:
        ModelUnknown: No model of that name, or one that does something else.
    """
    wanted = model or DEFAULT_MODEL
    if wanted not in _METERS:
        raise ModelUnknown.of(wanted, ", ".join(sorted(_METERS)) or "none for lips yet")
    return _METERS[wanted](home)
