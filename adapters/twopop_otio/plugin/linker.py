"""The media linker "twopop": links clips whose file is not there to the one file of that name in some folders.

The folders stand in the argument `folders`: one text, separated as PATH is, or a list. A name that several files have
is left alone. Only names are compared; by timecode and duration `twopop conform --media` links, which reads the files.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import opentimelineio as otio

from twopop.errors import OptionInvalid
from twopop_otio.urls import locate, target_url

_INDEX = "_twopop_index"  # kept in the arguments, which live as long as one read

_log = logging.getLogger("twopop.otio")


def link_media_reference(in_clip: Any, media_linker_argument_map: MutableMapping[str, Any]) -> Any:
    """The media of a clip, where a file of its name is found.

    Args:
        in_clip: The clip.
        media_linker_argument_map: The linker arguments of the tool: `folders`.

    Returns:
        A reference to the file that keeps the range that is known; None to leave the clip as it is.

    Raises:
        OptionInvalid: No folders are given, or one is none.
    """
    reference = in_clip.media_reference
    if not isinstance(reference, otio.schema.ExternalReference | otio.schema.MissingReference):
        return None
    named = locate(_named(reference), Path.cwd()).path
    if named and os.path.exists(named):
        return None
    index = media_linker_argument_map.get(_INDEX)
    if index is None:
        index = media_linker_argument_map[_INDEX] = _index(_folders(media_linker_argument_map.get("folders")))
    found = index.get(_last(named) if named else in_clip.name, [])
    if len(found) > 1:
        _log.warning("%s: several files have this name, none was linked: %s", in_clip.name, ", ".join(found))
    if len(found) != 1:
        return None
    linked = otio.schema.ExternalReference(target_url(found[0]), reference.available_range)
    linked.name = reference.name
    linked.metadata.update(reference.metadata)
    return linked


def _named(reference: Any) -> str | None:
    """The file that a reference names; of a clip that was offline in Resolve, the path that it had."""
    if isinstance(reference, otio.schema.ExternalReference):
        return str(reference.target_url)
    url = dict(reference.metadata.get("Resolve_OTIO", {})).get("Media Url")
    return str(url) if url else None


def _last(path: str) -> str:
    return re.split(r"[\\/]", path)[-1]


def _folders(value: Any) -> list[Path]:
    texts = [text for text in (value.split(os.pathsep) if isinstance(value, str) else value or ()) if text]
    if not texts:
        raise OptionInvalid.of("folders", "none given; expected -M 'folders=\"/one:/two\"'")
    folders = [Path(str(text)) for text in texts]
    for folder in folders:
        if not folder.is_dir():
            raise OptionInvalid.of("folders", f"{folder} is no folder")
    return folders


def _index(folders: list[Path]) -> dict[str, list[str]]:
    """Files by name; links to folders are not followed, so there are no loops."""
    index: dict[str, list[str]] = {}
    for folder in folders:
        for holder, _, names in os.walk(folder.absolute(), onerror=_unreadable):
            for name in names:
                path = os.path.join(holder, name)
                if path not in index.setdefault(name, []):
                    index[name].append(path)
    return index


def _unreadable(problem: OSError) -> None:
    _log.warning("%s: not searched: %s", problem.filename, problem.strerror)
