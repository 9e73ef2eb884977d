"""What becomes of the camera's sound where recorder sound took its place."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from twopop_actions.changes import Change, GainKey, SetEnabled, SetGainKeys, change_id
from twopop_actions.host import HostCapabilities
from twopop_actions.sync.slots import Slot
from twopop_actions.timeline import Clip

Scratch = Literal["mute", "disable", "keep"]


def silence(slot: Slot, policy: Scratch, capabilities: HostCapabilities) -> tuple[Change, ...]:
    """The changes that silence a slot's scratch clips.

    A disabled clip can vanish at turnover, so muting goes by gain where the host can write it.

    Args:
        slot: A slot that recorder sound was found for.
        policy: What the user wants.
        capabilities: What the host can do.

    Returns:
        One change for each scratch clip; none when it is to be kept or the host can do neither.
    """
    if policy == "keep" or not (capabilities.gain_keys or capabilities.disabling):
        return ()
    by_gain = policy == "mute" and capabilities.gain_keys
    return tuple(_by_gain(slot, clip) if by_gain else _by_switch(slot, clip) for clip in slot.scratch)


def _by_gain(slot: Slot, clip: Clip) -> SetGainKeys:
    return SetGainKeys(
        id=change_id("mute", slot.id, clip.target.track, clip.target.path),
        clip=slot.id,
        target=clip.target,
        keys=(GainKey(Fraction(0), None),),
        was=clip.gain,
        why="recorder sound takes its place",
    )


def _by_switch(slot: Slot, clip: Clip) -> SetEnabled:
    return SetEnabled(
        id=change_id("disable", slot.id, clip.target.track, clip.target.path),
        clip=slot.id,
        target=clip.target,
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
