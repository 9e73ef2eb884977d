"""When a face speaks: speech is heard, the mouth moves, and the two fit."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from twopop_engine.sync.assess.answer import Span
from twopop_engine.sync.assess.field import Doubles, Field

_SMOOTH_S = 1.5
_LEAST_SPEECH = 0.3  # of a block
_BRIDGED_S = 0.6
_SHORTEST_S = 0.5


def fit_along(field: Field, lags_s: Doubles) -> Doubles:
    """How well a face fits the sound at a lag for each block, over about a second and a half [blocks]."""
    size = max(1, round(_SMOOTH_S / field.step_s))
    return np.asarray(uniform_filter1d(field.along(lags_s), size, mode="nearest"), np.float64)


def speaking_spans(field: Field, lags_s: Doubles, still: float) -> tuple[Span, ...]:
    """When a face speaks.

    Args:
        field: Its scores.
        lags_s: The offset at each block [blocks].
        still: Motion at or below which a mouth is still.

    Returns:
        Spans in order, none shorter than half a second, with pauses for breath bridged.
    """
    speaks = (
        (fit_along(field, lags_s) > 0)
        & (field.speech_s >= _LEAST_SPEECH * field.step_s)
        & (field.motion > still)
        & (field.weights_s > 0)
    )
    spans: list[Span] = []
    for number in np.flatnonzero(speaks):
        start = field.start_s + float(number) * field.step_s
        if spans and start - spans[-1].stop_s <= _BRIDGED_S:
            spans[-1] = Span(spans[-1].start_s, start + field.step_s)
        else:
            spans.append(Span(start, start + field.step_s))
    return tuple(span for span in spans if span.stop_s - span.start_s >= _SHORTEST_S)
