"""The hook "twopop_snap", after reading: every frame rate spelled as the nearest double, residues of rounding gone.

Asked for by the argument `twopop_snap=True`. Frame counts stay; a value that lies within a millionth of a whole frame
(-1.9e-14, 40.0000000001) becomes that frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twopop_otio.lint.rates import times_in
from twopop_otio.plugin.exchange import document_from, path_in, timeline_from
from twopop_otio.times import exact_rate, is_frame_rate, rate_of

ARGUMENT = "twopop_snap"

_NEAR_FRAMES = 1e-6


def hook_function(in_timeline: Any, argument_map: Mapping[str, Any] | None = None) -> Any:
    """Snaps rates, where it is asked for.

    Args:
        in_timeline: What an adapter read.
        argument_map: The hook arguments of the tool.

    Returns:
        The timeline; the same object where nothing was asked for, or where it is no timeline.
    """
    if not argument_map or not argument_map.get(ARGUMENT):
        return in_timeline
    document = document_from(in_timeline, path_in(argument_map))
    if document is None:
        return in_timeline
    for time in times_in(document.root):
        if is_frame_rate(rate_of(time)):
            time["rate"] = float(exact_rate(time["rate"]))
            whole = float(round(time["value"]))
            time["value"] = whole if abs(time["value"] - whole) < _NEAR_FRAMES else time["value"]
    return timeline_from(document)
