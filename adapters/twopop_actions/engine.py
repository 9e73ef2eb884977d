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

    def render(self, request: media_pb2.RenderRequest, watch: Watch | None = None) -> media_pb2.RenderResult:
        """Renders stretches of recordings as BWF."""


class Progress:
    """Several engine calls as one progress from 0 to 1."""

    def __init__(self, watch: Watch | None, calls: int) -> None:
        self._watch = watch
        self._calls = max(1, calls)
        self._done = 0

    def expect(self, calls: int) -> None:
        """Says how many more calls there will be."""
        self._calls = max(1, self._done + calls)

    def next(self) -> Watch | None:
        """The watcher for the next call."""
        start, self._done = self._done, self._done + 1
        watch = self._watch
        if watch is None:
            return None

        def report(progress: operations_pb2.Progress) -> None:
            fraction = min(1.0, (start + progress.fraction) / self._calls)
            watch(operations_pb2.Progress(fraction=fraction, stage=progress.stage, message=progress.message))

        return report
