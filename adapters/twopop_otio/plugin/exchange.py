"""OTIO objects as our documents and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import opentimelineio as otio

from twopop_otio.timeline import Document, document_of


def document_from(timeline: Any, path: Path) -> Document | None:
    """A timeline as a document.

    Args:
        timeline: What an adapter read, or is about to write.
        path: Its file, for messages and relative paths.

    Returns:
        The document; None where it is no timeline.
    """
    if not isinstance(timeline, otio.schema.Timeline):
        return None
    return document_of(path, json.loads(timeline.to_json_string()))


def timeline_from(document: Document) -> Any:
    """A document as an OTIO timeline."""
    return otio.adapters.read_from_string(json.dumps(document.root), "otio_json", media_linker_name=None)


def path_in(arguments: Mapping[str, Any]) -> Path:
    """The file that an adapter writes, as far as OTIO tells."""
    return Path(str(arguments.get("_filepath", "timeline.otio"))).absolute()
