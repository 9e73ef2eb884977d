"""`twopop undo`: a timeline as it was before a conform."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twopop_cli.output import Json, counted, write_json, write_line
from twopop_otio.host import undo_file


def undo(
    timeline: Annotated[Path, typer.Argument(metavar="OUT", help="A timeline that `twopop conform` wrote.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to; default: in its place.")] = None,
    as_json: Json = False,
) -> int:
    """Take back what a conform did to a timeline; what others did to it since stays."""
    ids = undo_file(timeline.absolute(), output.absolute() if output else None)
    target = (output or timeline).absolute()
    if as_json:
        write_json({"output": str(target), "undone": len(ids), "ids": list(ids)})
    else:
        write_line(f"Took back {counted(len(ids), 'change')}. Timeline: {target}")
    return 0
