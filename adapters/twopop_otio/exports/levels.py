"""A clip's gain and fades, as its dialect keeps them.

Resolve's volume block is the only one known: a "volume" in dB, its key frames counted from the clip's beginning, and
"faderIn" and "faderOut" in frames (measured on an export).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from twopop_actions.changes import GainKey

_SILENCE_DB = -100.0


@dataclass(frozen=True)
class Levels:
    """How loud a clip plays.

    Attributes:
        gain_db: Constant gain; None: silence.
        keys: A curve instead; empty: none.
        fade_in: Length of a fade at its beginning, in seconds.
        fade_out: Length of a fade at its end, in seconds.
        readable: Whether all that stood there was understood.
    """

    gain_db: float | None = 0.0
    keys: tuple[GainKey, ...] = ()
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)
    readable: bool = True


def levels_of(gain: str | None, rate: Fraction) -> Levels:
    """Reads what `Dialect.gain` says.

    Args:
        gain: JSON text; None when the clip has none.
        rate: Frames per second of the timeline.
    """
    if gain is None:
        return Levels()
    try:
        enabled, parameters = json.loads(gain)
        by_id = {parameter["Parameter ID"]: parameter for parameter in parameters}
        return Levels() if enabled is False else _levels(by_id, rate)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Levels(readable=False)


def _levels(by_id: dict[str, Any], rate: Fraction) -> Levels:
    volume = by_id.get("volume", {})
    keys = tuple(
        GainKey(Fraction(int(frame)) / rate, _decibels(key["Value"]))
        for frame, key in sorted((volume.get("Key Frames") or {}).items(), key=lambda item: int(item[0]))
    )
    fade_in, fade_out = (
        Fraction(by_id.get(name, {}).get("Parameter Value") or 0) / rate for name in ("faderIn", "faderOut")
    )
    constant = _decibels(volume.get("Parameter Value", 0.0))
    if len(keys) == 1:
        return Levels(keys[0].gain_db, (), fade_in, fade_out)
    return Levels(constant, keys, fade_in, fade_out)


def _decibels(value: float) -> float | None:
    return None if value <= _SILENCE_DB else float(value)
