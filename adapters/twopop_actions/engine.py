"""What a plan asks of the engine; `twopop_client.EngineClient` answers it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol

from twopop.v1 import media_pb2, operations_pb2, sync_pb2
from twopop_client.connection import Watch

AnyPath = str | os.PathLike[str]


class Engine(Protocol):
    """The calls that actions make."""

    def probe(self, paths: Iterable[AnyPath], watch: Watch | None = None) -> media_pb2.ProbeResult:
        """Reads what each file holds, in the order given."""

    def scan(self, paths: Iterable[AnyPath], watch: Watch | None = None) -> media_pb2.ScanResult:
        """Finds the recordings in folders."""

    def match(self, request: sync_pb2.MatchRequest, watch: Watch | None = None) -> sync_pb2.MatchResult:
        """Places files on a reference's clock."""

    def assess(self, request: sync_pb2.AssessRequest, watch: Watch | None = None) -> sync_pb2.AssessResult:
        """Measures whether files' sound fits their picture."""

    def render(self, request: media_pb2.RenderRequest, watch: Watch | None = None) -> media_pb2.RenderResult:
        """Renders stretches of recordings as BWF."""


def part_of(watch: Watch | None, low: float, high: float) -> Watch | None:
    """A watcher for one of several calls, whose progress counts as a part of the whole.

    Args:
        watch: Watches the whole.
        low: Fraction of the whole at which the call begins.
        high: Fraction of the whole at which it ends.

    Returns:
        The call's watcher; None when nobody watches.
    """
    if watch is None:
        return None
    whole = watch

    def report(progress: operations_pb2.Progress) -> None:
        fraction = low + (high - low) * progress.fraction
        whole(operations_pb2.Progress(fraction=fraction, stage=progress.stage, message=progress.message))

    return report
