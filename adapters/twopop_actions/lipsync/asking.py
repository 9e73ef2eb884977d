"""Asking the engine to measure any number of files: in parts that fit into a message."""

from __future__ import annotations

from collections.abc import Sequence

from twopop.v1 import sync_pb2
from twopop_actions.engine import Engine, part_of
from twopop_client.connection import Watch

MOST_AT_ONCE = 16
MOST_WITH_EVIDENCE = 96
"""Files whose evidence is asked for, the first ones: about as many as a report draws."""


def measure_all(
    engine: Engine, items: Sequence[sync_pb2.AssessItem], options: sync_pb2.AssessOptions, watch: Watch | None
) -> list[sync_pb2.VideoSync]:
    """Measures files.

    Args:
        engine: Measures.
        items: What to measure.
        options: How.
        watch: Called with the progress of the whole.

    Returns:
        What was measured, in order.

    Raises:
        TwopopError: The engine failed, or a model is missing.
    """
    measured: list[sync_pb2.VideoSync] = []
    for first in range(0, len(items), MOST_AT_ONCE):
        part = items[first : first + MOST_AT_ONCE]
        request = sync_pb2.AssessRequest(items=part, options=options)
        request.options.with_evidence = options.with_evidence and first < MOST_WITH_EVIDENCE
        within = part_of(watch, first / len(items), (first + len(part)) / len(items))
        measured += engine.assess(request, within).videos
    return measured
