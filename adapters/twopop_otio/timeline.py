"""OTIO files: read with every fault named, written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twopop.errors import OutputUnwritable, TimelineUnreadable
from twopop_otio.times import Node, is_frame_rate, rate_of

KNOWN_SCHEMAS = {
    "Timeline": 1, "Stack": 1, "Track": 1, "Clip": 2, "Gap": 1, "Transition": 1, "TimeRange": 1, "RationalTime": 1,
    "LinearTimeWarp": 1, "FreezeFrame": 1, "TimeEffect": 1, "ExternalReference": 1, "MissingReference": 1,
    "GeneratorReference": 1, "ImageSequenceReference": 1,
}  # fmt: skip
"""The newest version of each schema that the timing of a timeline depends on. Others are carried as they are."""

_DEFAULT_RATE = 24.0


@dataclass(frozen=True)
class Document:
    """A timeline file.

    Attributes:
        path: Where it was read.
        root: Its Timeline object; copied before it is changed.
        rate: Frames per second as the file spells it.
    """

    path: Path
    root: Node
    rate: float

    @property
    def tracks(self) -> list[Node]:
        """The top-level tracks."""
        children: list[Node] = self.root["tracks"]["children"]
        return children


def schema(node: object) -> tuple[str, int]:
    """Name and version of an object's schema: ("Clip", 2).

    Raises:
        ValueError: It carries none.
    """
    label = node.get("OTIO_SCHEMA") if isinstance(node, dict) else None
    name, _, version = str(label).rpartition(".")
    if not isinstance(label, str) or not name or not version.isdigit():
        raise ValueError("an object carries no OTIO_SCHEMA")
    return name, int(version)


def kind_of(node: object) -> str:
    """Name of an object's schema: "Clip"."""
    return schema(node)[0]


def name_of(node: Node) -> str:
    """An object's name, as Unicode text; empty when it has none."""
    name = node.get("name")
    return name.encode("utf-8", "replace").decode() if isinstance(name, str) else ""


_OTHERS = (".aaf", ".edl", ".fcpxml", ".fcpxmld", ".otiod", ".otioz", ".xml")
"""Formats that a conform reads; what edits or checks a file in place knows .otio only."""


def read(path: Path) -> Document:
    """Reads a timeline.

    Args:
        path: An .otio file.

    Returns:
        The document.

    Raises:
        TimelineUnreadable: Missing, not JSON, not a Timeline, or of an unknown schema version.
    """
    if path.suffix.lower() in _OTHERS:
        raise TimelineUnreadable.at(str(path), "only .otio is read here; `twopop conform` makes one of it")
    return document_of(path, load(path))


def load(path: Path) -> Any:
    """The JSON value that a file holds.

    Raises:
        TimelineUnreadable: Missing, or not JSON.
    """
    try:
        return json.loads(_text(path))
    except json.JSONDecodeError as problem:
        raise TimelineUnreadable.at(str(path), f"is not JSON: {problem}; export it again") from problem
    except ValueError as problem:
        raise TimelineUnreadable.at(str(path), f"cannot be understood: {problem}") from problem
    except RecursionError as problem:
        raise TimelineUnreadable.at(str(path), "is nested too deeply") from problem


def document_of(path: Path, root: Any) -> Document:
    """A JSON value as a timeline.

    Args:
        path: Where it was read.
        root: The value.

    Raises:
        TimelineUnreadable: It is no Timeline, or of an unknown schema version.
    """
    try:
        return _document(path.absolute(), root)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise TimelineUnreadable.at(str(path), f"cannot be understood: {problem}") from problem
    except RecursionError as problem:
        raise TimelineUnreadable.at(str(path), "is nested too deeply") from problem


def write(document: Document, path: Path) -> None:
    """Writes a timeline; a reader sees the old file or the new one, never a part.

    Args:
        document: The timeline.
        path: The file; replaced when it exists.

    Raises:
        OutputUnwritable: No such folder, read-only, or the disk is full.
    """
    write_whole(path, encode(document))


def encode(document: Document) -> bytes:
    """A timeline as it is written."""
    text = json.dumps(document.root, indent=4, ensure_ascii=False) + "\n"
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON can carry and UTF-8 cannot
        return (json.dumps(document.root, indent=4) + "\n").encode()


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file under a temporary name beside it, then renames it.

    Raises:
        OutputUnwritable: No such folder, read-only, or the disk is full.
    """
    partial = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.partial")
    try:
        try:
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as problem:
        raise OutputUnwritable.at(str(path), output_problem(problem)) from problem


def output_problem(error: OSError) -> str:
    """What an error of the system says about an output, in a few words."""
    known = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EROFS: "its drive is read-only",
        errno.EACCES: "its folder may not be written to",
        errno.EPERM: "its folder may not be written to",
        errno.ENOENT: "its folder does not exist",
        errno.ENOTDIR: "its folder is a file",
        errno.EISDIR: "it is a folder",
    }
    return known.get(error.errno or 0, error.strerror or str(error))


def file_bytes(path: Path, limit: int = -1) -> bytes:
    """The first bytes of a file, or all of them.

    Raises:
        TimelineUnreadable: Missing, a folder, or not to be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except FileNotFoundError as problem:
        raise TimelineUnreadable.at(str(path), "no such file") from problem
    except IsADirectoryError as problem:
        raise TimelineUnreadable.at(str(path), "is a folder, expected an .otio file") from problem
    except OSError as problem:
        raise TimelineUnreadable.at(str(path), f"cannot be read: {problem.strerror}") from problem


def _text(path: Path) -> str:
    try:
        text = file_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise TimelineUnreadable.at(str(path), "is not text, expected an .otio file") from problem
    if not text.strip():
        raise TimelineUnreadable.at(str(path), "is empty")
    return text


def _document(path: Path, root: Any) -> Document:
    if not isinstance(root, dict) or "OTIO_SCHEMA" not in root:
        raise TimelineUnreadable.at(str(path), "is JSON but not OTIO: it carries no OTIO_SCHEMA")
    check_schemas(root, str(path))
    if kind_of(root) != "Timeline":
        raise TimelineUnreadable.at(str(path), f"holds a {kind_of(root)}, expected a Timeline")
    stack = root.get("tracks")
    if not isinstance(stack, dict) or not isinstance(stack.get("children"), list):
        raise TimelineUnreadable.at(str(path), "holds no tracks")
    return Document(path, root, _frame_rate(root))


def check_schemas(node: object, path: str) -> None:
    """Raises when a schema that timing depends on is of an unknown version, or an item is none.

    Raises:
        TimelineUnreadable: The message names the schema.
        ValueError: Something among the items is no OTIO object.
    """
    if isinstance(node, dict):
        if "OTIO_SCHEMA" in node:
            name, version = schema(node)
            if not 1 <= version <= KNOWN_SCHEMAS.get(name, version):
                known = f"{name}.{KNOWN_SCHEMAS[name]}"
                problem = (
                    f"uses the schema {name}.{version}; this build knows up to {known}: export it for an older OTIO"
                )
                raise TimelineUnreadable.at(path, problem)
        for child in node.get("children") or ():
            schema(child)
        for key, value in node.items():
            if key != "metadata":
                check_schemas(value, path)
    elif isinstance(node, list):
        for value in node:
            check_schemas(value, path)


def _frame_rate(root: Node) -> float:
    start = root.get("global_start_time")
    if start is not None and is_frame_rate(rate_of(start)):
        return rate_of(start)
    tracks = sorted(root["tracks"]["children"], key=lambda track: track.get("kind") != "Video")
    for track in tracks:
        for item in track.get("children") or ():
            source = item.get("source_range")
            if source is not None and is_frame_rate(rate_of(source["duration"])):
                return rate_of(source["duration"])
    return _DEFAULT_RATE
