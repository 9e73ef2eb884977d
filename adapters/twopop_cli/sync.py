"""`twopop sync`: where files lie on each other's clock, and whether a file's sound fits its picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from twopop.v1 import media_pb2, sync_pb2
from twopop_cli.assess import assess
from twopop_cli.fix import fix
from twopop_cli.monitor import monitor
from twopop_cli.output import NO_ANSWER, Json, write_json, write_table
from twopop_cli.progress import progress_bar
from twopop_client import EngineClient, wire_path

app = typer.Typer(no_args_is_help=True, help="Find where recordings belong, and whether sound fits the picture.")


@app.command()
def match(
    reference: Annotated[
        Path, typer.Argument(readable=False, help="The file whose clock counts: the camera's, as a rule.")
    ],
    others: Annotated[list[Path], typer.Argument(readable=False, help="The files to place on it.")],
    timecode: Annotated[bool, typer.Option(help="Let trustworthy timecodes narrow the search.")] = True,
    chain: Annotated[bool, typer.Option(help="Place files that miss the reference through others.")] = True,
    as_json: Json = False,
) -> int:
    """Find where each OTHER lies on the REFERENCE's clock, by their sound."""
    request = sync_pb2.MatchRequest(
        reference=_source(reference),
        others=[_source(other) for other in others],
        allow_chaining=chain,
        use_timecode=timecode,
    )
    with EngineClient.connect() as engine, progress_bar("Match") as watch:
        pairs = engine.match(request, watch).pairs
    if as_json:
        found = [pair_json(other, pair) for other, pair in zip(others, pairs, strict=True)]
        write_json({"reference": str(reference), "pairs": found})
        return 0
    columns = ("File", "Verdict", "Starts at", "Drift", "Confidence", "Remarks")
    rows = [_row(other, pair) for other, pair in zip(others, pairs, strict=True)]
    write_table(columns, rows, right=("Starts at", "Drift", "Confidence"), fold=("File", "Remarks"))
    return 0


app.command()(assess)
app.command()(fix)
app.command()(monitor)


def pair_json(other: Path, pair: sync_pb2.MatchPair) -> dict[str, Any]:
    """A pair as `sync match --json` shows it.

    Args:
        other: The file as the user named it.
        pair: What was measured.
    """
    return {
        "other": str(other),
        "verdict": verdict_of(pair),
        "reason": pair.reason or None,
        "explanation": pair.explanation or None,
        "start_s": pair.start_s if pair.HasField("start_s") else None,
        "drift_ppm": pair.drift_ppm if pair.HasField("drift_ppm") else None,
        "drift_uncertainty_ppm": pair.drift_uncertainty_ppm if pair.HasField("drift_uncertainty_ppm") else None,
        "confidence": pair.confidence,
        "uncertainty_s": pair.uncertainty_s if pair.HasField("uncertainty_s") else None,
        "segments": [_segment_json(segment) for segment in pair.segments],
        "inverted_polarity": pair.inverted_polarity,
        "speed_change": pair.speed_change or None,
        "via": pair.via or None,
        "timecode_check": pair.timecode_check or None,
        "timecode_start_s": pair.timecode_start_s if pair.HasField("timecode_start_s") else None,
        "warnings": list(pair.warnings),
        "model": pair.model or None,
    }


def verdict_of(pair: sync_pb2.MatchPair) -> str:
    """Either "matched" or "refused"."""
    return "matched" if pair.verdict == sync_pb2.MATCH_VERDICT_MATCHED else "refused"


def _segment_json(segment: media_pb2.Segment) -> dict[str, float]:
    return {
        "other_start_s": segment.other_start_s,
        "duration_s": segment.duration_s,
        "start_s": segment.start_s,
        "drift_ppm": segment.drift_ppm,
    }


def _source(path: Path) -> sync_pb2.MatchSource:
    return sync_pb2.MatchSource(paths=[wire_path(path)])


def _row(other: Path, pair: sync_pb2.MatchPair) -> tuple[str, ...]:
    remarks = [pair.explanation, pair.speed_change, *pair.warnings]
    if len(pair.segments) > 1:
        remarks.append(f"{len(pair.segments)} segments")
    if pair.inverted_polarity:
        remarks.append("polarity is inverted")
    if pair.via:
        remarks.append(f"through {Path(pair.via).name}")
    return (
        str(other),
        verdict_of(pair),
        f"{pair.start_s:+.6f} s" if pair.HasField("start_s") else NO_ANSWER,
        f"{pair.drift_ppm:+.2f} ppm" if pair.HasField("drift_ppm") else NO_ANSWER,
        f"{pair.confidence:.4f}",
        "; ".join(remark for remark in remarks if remark),
    )
