"""Multicam clips: a stack whose tracks are the angles, of which one plays.

Resolve marks the stack with the sequence type "Multicam Clip", calls its tracks "Angle 1", "Angle 2" and ends the
stack's name in the active one (read in the source of HushCut, which edits such exports). Where nothing marks a stack,
its switched-off tracks are the angles that do not play.
"""

from __future__ import annotations

import re

from twopop_otio.dialects.plain import metadata_of
from twopop_otio.times import Node

_ANGLE = re.compile(r"Angle \d+")


def active_angle(stack: Node) -> str | None:
    """Name of the only track of a stack that plays; None where all may play."""
    if metadata_of(stack, "Resolve_OTIO").get("Sequence Type") != "Multicam Clip":
        return None
    named = _ANGLE.findall(str(stack.get("name")))
    names = [child.get("name") for child in stack.get("children") or ()]
    return named[-1] if named and named[-1] in names else None
