"""What becomes of the camera's sound where recorder sound took its place."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from twopop_actions.changes import Change, GainKey, SetEnabled, SetGainKeys, change_id
from twopop_actions.host import HostCapabilities
from twopop_actions.sync.slots import Slot
from twopop_actions.timeline import Clip

Scratch = Literal["mute", "disable", "keep"]


def silence(slot: Slot, policy: Scratch, capabilities: HostCapabilities, clip: str) -> tuple[Change, ...]:
    """The changes that silence a slot's scratch clips.

    A disabled clip can vanish at turnover, so muting goes by gain where the host can write it.

    Args:
        slot: A slot that recorder sound was found for.
        policy: What the user wants.
        capabilities: What the host can do.
        clip: Id of the camera clip whose changes these are.

    Returns:
        One change for each scratch clip; none when it is to be kept or the host can do neither.
    """
    if policy == "keep" or not (capabilities.gain_keys or capabilities.disabling):
        return ()
    by_gain = policy == "mute" and capabilities.gain_keys
    make = _by_gain if by_gain else _by_switch
    return tuple(make(slot, number, scratch, clip) for number, scratch in enumerate(slot.scratch))


def _by_gain(slot: Slot, number: int, scratch: Clip, clip: str) -> SetGainKeys:
    return SetGainKeys(
        id=change_id("mute", slot.id, number),  # not by its place, which a ripple edit changes
        clip=clip,
        target=scratch.target,
        keys=(GainKey(Fraction(0), None),),
        was=scratch.gain,
        why="recorder sound takes its place",
    )


def _by_switch(slot: Slot, number: int, scratch: Clip, clip: str) -> SetEnabled:
    return SetEnabled(
        id=change_id("disable", slot.id, number),
        clip=clip,
        target=scratch.target,
        enabled=False,
        why="recorder sound takes its place",
    )


def describe(changes: tuple[Change, ...], slot: Slot, policy: Scratch) -> str:
    """What was done to the scratch sound, in a sentence."""
    if any(isinstance(change, SetGainKeys) for change in changes):
        return "Scratch sound is muted by its gain."
    if any(isinstance(change, SetEnabled) for change in changes):
        return "Scratch clips are disabled, which some turnovers drop."
    if policy == "keep" or slot.scratch:
        return "Scratch sound is left on."
    return "There is no scratch clip to mute."
