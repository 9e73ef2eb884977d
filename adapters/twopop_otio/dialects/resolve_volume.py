"""A clip's gain in Resolve: the "volume" parameter of its "Fairlight Clip Volume and Fades" block, in dB.

Measured: keys written by hand in this block were applied on import, exact to 0.1 dB; -100 dB is silence.
"""

from __future__ import annotations

import json

from twopop.timing import snap_rate
from twopop_actions.changes import GainKey
from twopop_otio.dialects.plain import metadata_of
from twopop_otio.times import Node

SILENCE_DB = -100.0
"""The least gain of Resolve's volume, which it plays as silence."""

_TOLERANCE_DB = 0.01
_VOLUME = "Fairlight Clip Volume and Fades"


def state(clip: Node) -> str | None:
    """State and parameters of a clip's volume block, as JSON text; None when it has no such block."""
    effect = _effect(clip)
    return None if effect is None else json.dumps([_block(effect).get("Enabled"), _parameters(effect)])


def parameter(keys: tuple[GainKey, ...], frame_rate: float) -> Node:
    """The volume parameter for some keys.

    Args:
        keys: One or more; a single one is a gain that stays.
        frame_rate: Frames per second as the timeline spells it.

    Returns:
        The parameter's object.
    """
    gains = [SILENCE_DB if key.gain_db is None else max(SILENCE_DB, key.gain_db) for key in keys]
    rate = snap_rate(frame_rate)
    frames = {
        str(round(key.at * rate)): {"Value": gain, "Variant Type": "Double"}
        for key, gain in zip(keys, gains, strict=True)
    }
    return {
        "Default Parameter Value": 0.0,
        "Key Frames": frames if len(keys) > 1 else {},
        "Parameter ID": "volume",
        "Parameter Value": gains[0],
        "Variant Type": "Double",
        "maxValue": 30.0,
        "minValue": SILENCE_DB,
    }


def write(clip: Node, volume: Node) -> None:
    """Writes the volume parameter, into a new block where the clip has none."""
    effect = _effect(clip)
    if effect is None:
        effect = _new_effect()
        clip["effects"] = [*(clip.get("effects") or ()), effect]
    kept = [other for other in _parameters(effect) if not _is_volume(other)]
    _block(effect).update({"Parameters": [*kept, volume], "Enabled": True})


def restore(clip: Node, was: str | None, now: Node) -> bool:
    """Puts a clip's block back to an earlier `state`, unless its volume is no longer what `write` was given.

    Args:
        clip: The clip.
        was: The earlier state.
        now: What was written.

    Returns:
        Whether it was put back.
    """
    effect = _effect(clip)
    if effect is None or not any(_same(other, now) for other in _parameters(effect)):
        return False
    if was is None:
        clip["effects"] = [other for other in clip["effects"] if other is not effect]
    else:
        enabled, parameters = json.loads(was)
        _block(effect).update({"Parameters": parameters, "Enabled": enabled})
    return True


def _effect(clip: Node) -> Node | None:
    for effect in clip.get("effects") or ():
        if metadata_of(effect, "Resolve_OTIO").get("Effect Name") == _VOLUME:
            return effect if isinstance(effect, dict) else None
    return None


def _block(effect: Node) -> Node:
    block: Node = effect["metadata"]["Resolve_OTIO"]
    return block


def _new_effect() -> Node:
    block = {"Effect Name": _VOLUME, "Enabled": True, "Name": "Volume", "Parameters": [], "Type": 62}
    return {
        "OTIO_SCHEMA": "Effect.1",
        "metadata": {"Resolve_OTIO": block},
        "name": "",
        "effect_name": "Resolve Effect",
    }


def _is_volume(parameter: object) -> bool:
    return isinstance(parameter, dict) and parameter.get("Parameter ID") == "volume"


def _same(parameter: Node, written: Node) -> bool:
    if not _is_volume(parameter):
        return False
    near = abs(parameter.get("Parameter Value", 0.0) - written["Parameter Value"]) < _TOLERANCE_DB
    return near and set(parameter.get("Key Frames") or ()) == set(written["Key Frames"])


def _parameters(effect: Node) -> list[Node]:
    parameters = metadata_of(effect, "Resolve_OTIO").get("Parameters")
    return parameters if isinstance(parameters, list) else []
