"""The warm engine: the same one for all pairs, in a home of its own, asked through the client library."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from twopop.locations import Home
from twopop.v1 import operations_pb2, sync_pb2
from twopop_client.client import EngineClient


@dataclass(frozen=True)
class Answer:
    """What a tool says of a pair, and how long it took; start and drift are None when it gave none."""

    start_s: float | None
    wall_s: float
    drift_ppm: float | None = None
    note: str = ""


class WarmEngine:
    """Starts an engine for the time of a `with` block."""

    def __enter__(self) -> WarmEngine:
        # A benchmark that is ended must not leave its engine behind.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        self._folder = tempfile.TemporaryDirectory(prefix="twopop-bench-")
        self.home = Home(Path(self._folder.name) / "home")
        self.client = EngineClient.connect(self.home)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.stop()
        self.client.close()
        self._folder.cleanup()

    def match(self, reference: Path, other: Path) -> Answer:
        """Places one file, from nothing: results and decoded sound of earlier calls are not found again."""
        request = sync_pb2.MatchRequest(
            reference=sync_pb2.MatchSource(paths=[str(reference)]),
            others=[sync_pb2.MatchSource(paths=[str(other)])],
        )
        begin = time.perf_counter()
        pair = self.client.match(request).pairs[0]
        wall_s = time.perf_counter() - begin
        if pair.verdict != sync_pb2.MATCH_VERDICT_MATCHED:
            return Answer(None, wall_s, note=f"refused: {pair.reason}")
        return Answer(pair.start_s, wall_s, pair.drift_ppm, f"confidence {pair.confidence:.3f}")

    def match_many(self, reference: Path, others: list[Path]) -> sync_pb2.MatchResult:
        """Places several files on one reference's clock, with progress on the terminal."""
        request = sync_pb2.MatchRequest(
            reference=sync_pb2.MatchSource(paths=[str(reference)]),
            others=[sync_pb2.MatchSource(paths=[str(other)]) for other in others],
        )
        return self.client.match(request, watch=_print_progress)

    @property
    def pid(self) -> int:
        """Process id of the engine; its workers are its children."""
        return int(self.client.status().pid)


def renewed(path: Path) -> Path:
    """Gives a file a new modification time, so that its content's identity is a new one."""
    os.utime(path)
    return path


def _print_progress(progress: operations_pb2.Progress) -> None:
    filled = round(progress.fraction * 30)
    bar = "#" * filled + "-" * (30 - filled)
    print(f"\r[{bar}] {progress.fraction:4.0%} {progress.stage} {progress.message:<40.40}", end="", flush=True)
