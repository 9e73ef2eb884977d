"""`twopop sync fix`: a copy of a video with its sound moved, by a figure that is given or measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from twopop.v1 import sync_pb2
from twopop_actions.lipsync.measured import lead_words, surest, verdict_word
from twopop_cli.assess import Model, Standard, assess_options
from twopop_cli.assessed import video_json
from twopop_cli.output import Json, complain, write_json, write_line
from twopop_cli.progress import progress_bar
from twopop_client import EngineClient, wire_path

_ANSWERED_NO = 1


def fix(
    video: Annotated[Path, typer.Argument(readable=False, help="The file with sound to move.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The new file.")],
    offset_ms: Annotated[
        float | None,
        typer.Option(
            help="The sound leads the picture by this many milliseconds and is delayed by it; < 0: earlier. "
            "Default: it is measured, and nothing is written when that cannot be told or is within the tolerance."
        ),
    ] = None,
    model: Model = None,
    standard: Standard = "ebu-r37",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing OUTPUT.")] = False,
    as_json: Json = False,
) -> int:
    """Copy VIDEO with its sound moved into sync; the picture's packets are not touched."""
    request = sync_pb2.FixRequest(
        path=wire_path(video),
        output_path=wire_path(output),
        offset_s=None if offset_ms is None else offset_ms / 1000,
        overwrite=overwrite,
        options=assess_options(model, standard),
    )
    with EngineClient.connect() as engine, progress_bar("Fix") as watch:
        result = engine.fix(request, watch)
    if as_json:
        write_json(_result_json(video, output, result))
    else:
        _write_result(video, result)
    for warning in () if as_json else dict.fromkeys([*result.before.warnings, *result.after.warnings]):
        complain(f"{result.path or video}: {warning}")
    return _ANSWERED_NO if result.refusal or _is_doubtful(result) else 0


def _is_doubtful(result: sync_pb2.FixResult) -> bool:
    """Whether the new file was measured and is not in sync."""
    return result.HasField("after") and verdict_word(result.after.verdict) != "in_sync"


def _result_json(video: Path, output: Path, result: sync_pb2.FixResult) -> dict[str, Any]:
    return {
        "output": result.path or None,
        "applied_ms": result.applied_s * 1000 if result.path else None,
        "method": result.method or None,
        "refusal": result.refusal or None,
        "explanation": result.explanation or None,
        "before": video_json(video, result.before) if result.HasField("before") else None,
        "after": video_json(output, result.after) if result.HasField("after") else None,
    }


def _write_result(video: Path, result: sync_pb2.FixResult) -> None:
    if result.HasField("before"):
        write_line(f"Before: {_measured(result.before)}")
    if result.refusal:
        complain(f"{video}: nothing was written: {result.explanation}")
        return
    way = "later" if result.applied_s >= 0 else "earlier"
    write_line(f"The sound is {abs(result.applied_s) * 1000:.3f} ms {way} in {result.path} ({result.method}).")
    if result.HasField("after"):
        write_line(f"After:  {_measured(result.after)}")


def _measured(video: sync_pb2.VideoSync) -> str:
    """What was measured, in one line."""
    verdict = verdict_word(video.verdict).replace("_", " ")
    speaker = surest(video)
    if speaker is None:
        return f"{verdict}: {video.explanation or video.reason}"
    frames = f"{speaker.offset_s * video.frame_rate:+.2f} frames"
    return f"{verdict}: the sound {lead_words(speaker.offset_s)} ({frames}, confidence {speaker.confidence:.2f})."
