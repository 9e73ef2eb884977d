"""The job of the Sync service that works on sound alone."""

from __future__ import annotations

from pathlib import Path

from twopop.v1 import sync_pb2
from twopop_engine.runtime.context import Context
from twopop_engine.sync.session import MatchSession
from twopop_engine.sync.source import Source


def match(request: sync_pb2.MatchRequest, context: Context) -> sync_pb2.MatchResult:
    """Places any number of files on one reference's clock.

    Raises:
        InputError: The reference cannot be used; others that cannot be used are refused one by one.
    """
    reference = Source.open([Path(path) for path in request.reference.paths])
    session = MatchSession(reference, request, context)
    pairs = session.run([[Path(path) for path in other.paths] for other in request.others])
    if not request.with_curves:
        for pair in pairs:
            pair.ClearField("curve")
    return sync_pb2.MatchResult(pairs=pairs)
