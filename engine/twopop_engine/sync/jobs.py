"""The jobs behind the Sync service."""

from __future__ import annotations

from pathlib import Path

from twopop.errors import OptionInvalid, OutputUnwritable
from twopop.v1 import sync_pb2
from twopop_engine.media.probe import probe
from twopop_engine.media.shift import shift_audio
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


def fix(request: sync_pb2.FixRequest, context: Context) -> sync_pb2.FixResult:
    """Copies a file with its sound moved.

    Raises:
        InputError: The file cannot be used or the output cannot be written.
    """
    output = Path(request.output_path)
    if output.exists() and not request.overwrite:
        raise OutputUnwritable.at(str(output), "it exists; choose another name or allow it to be replaced")
    duration_s = float(probe(Path(request.path)).duration)
    if -request.offset_s >= duration_s:
        raise OptionInvalid.of("offset", f"{request.offset_s:g} s leaves nothing of a file of {duration_s:.3f} s")
    shifted = shift_audio(
        Path(request.path), output, request.offset_s, lambda done: context.progress(done, "shift", output.name)
    )
    return sync_pb2.FixResult(path=str(shifted.path), applied_s=float(shifted.offset_s), method=shifted.method)
