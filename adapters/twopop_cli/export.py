"""`twopop otio export`: a timeline in the format of another program, and what that format does not carry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from twopop_cli.output import Json, write_json, write_line
from twopop_otio.exports import FORMATS, Exported
from twopop_otio.exports import export as export_timeline
from twopop_otio.exports.export import format_of
from twopop_otio.timeline import read


def export(
    timeline: Annotated[Path, typer.Argument(metavar="FILE", help="An .otio file. It is never changed.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help=f"One of {', '.join(FORMATS)}.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    as_json: Json = False,
) -> int:
    """Write a timeline in another format, and say what that format does not carry."""
    format_of(to)
    done = export_timeline(read(timeline.absolute()), to, output.absolute(), force=force)
    if as_json:
        write_json(_as_json(to, done))
    else:
        _show(done)
    return 0


def _as_json(to: str, done: Exported) -> dict[str, Any]:
    return {
        "output": str(done.path),
        "files": [str(path) for path in done.files],
        "format": to.lower(),
        "losses": [
            {"kind": loss.kind, "sentence": loss.sentence, "count": len(loss.where), "where": list(loss.where)}
            for loss in done.losses
        ],
    }


def _show(done: Exported) -> None:
    for path in done.files:
        write_line(f"{done.format}: {path}")
    if not done.losses:
        write_line("Nothing of the timeline was lost.")
    for loss in done.losses:
        write_line(f"- {loss.sentence}")
