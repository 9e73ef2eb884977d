"""Rendering what cannot be linked: the files of parts that are to be placed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from twopop.errors import OutputUnwritable
from twopop.timing import range_from_wire
from twopop.v1 import media_pb2
from twopop_actions.engine import Engine
from twopop_actions.sync.placement import Part, render_item
from twopop_client.connection import Watch

Files = dict[int, media_pb2.RenderedFile]
"""The rendered file of each part that is not linked, by the part's `id()`."""


def render_parts(parts: Sequence[Part], engine: Engine, folder: Path, render: bool, watch: Watch | None) -> Files:
    """Renders the parts that are not linked.

    Args:
        parts: What is to be placed.
        engine: Renders.
        folder: Where the files go; made when needed.
        render: Whether to render; without, the answer names the files that would be made.
        watch: Called with the progress.

    Raises:
        OutputUnwritable: The folder cannot be made.
        TwopopError: The engine failed.
    """
    wanted = [part for part in parts if not part.linked]
    if not wanted:
        return {}
    items = [render_item(part) for part in wanted]
    if not render:
        files = [_foreseen(part, item, folder) for part, item in zip(wanted, items, strict=True)]
    else:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise OutputUnwritable.at(str(folder), problem.strerror or str(problem)) from problem
        request = media_pb2.RenderRequest(output_dir=str(folder.absolute()), items=items)
        files = list(engine.render(request, watch).files)
    return {id(part): file for part, file in zip(wanted, files, strict=True)}


def _foreseen(part: Part, item: media_pb2.RenderItem, folder: Path) -> media_pb2.RenderedFile:
    """What rendering would make, but for the mark of its content in the file's name."""
    rate = part.cover.recording.sample_rate_hz
    _, duration = range_from_wire(item.range)
    return media_pb2.RenderedFile(
        path=str(folder.absolute() / f"{item.name}.wav"),
        sample_rate_hz=rate,
        channel_count=1,
        sample_count=round(duration * rate),
        time_reference=-1,
    )
