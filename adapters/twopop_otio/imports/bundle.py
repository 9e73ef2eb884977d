"""OTIO bundles: an .otioz is a zip file, an .otiod a folder; both hold content.otio and the media beside it.

https://opentimelineio.readthedocs.io/en/stable/tutorials/otio-filebundles.html
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from twopop.errors import OutputUnwritable, TimelineUnreadable
from twopop_otio.imports.imported import Notes
from twopop_otio.timeline import load, output_problem
from twopop_otio.times import Node
from twopop_otio.urls import locate, target_url

CONTENT = "content.otio"
_LARGEST = 1 << 30  # of the timeline inside; a zip file can claim any size


def load_zip(path: Path, unpack_to: Path | None, notes: Notes) -> Any:
    """The timeline of an .otioz.

    Args:
        path: The bundle.
        unpack_to: Where its media is unpacked to; None: it is not, and its clips have no media.
        notes: Takes what is lost.

    Raises:
        TimelineUnreadable: It is damaged, or holds no timeline.
        OutputUnwritable: The media cannot be unpacked.
    """
    try:
        with zipfile.ZipFile(path) as bundle:
            root = _content(path, bundle)
            for reference in _relative(root):
                _place(reference, bundle, unpack_to, notes)
            return root
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise TimelineUnreadable.at(str(path), f"is a damaged zip file: {problem}") from problem


def load_folder(path: Path) -> Any:
    """The timeline of an .otiod.

    Raises:
        TimelineUnreadable: It holds none that can be read.
    """
    root = load(path / CONTENT)
    for reference in _relative(root):
        reference["target_url"] = target_url(locate(reference["target_url"], path.absolute()).path or "")
    return root


def _content(path: Path, bundle: zipfile.ZipFile) -> Any:
    try:
        entry = bundle.getinfo(CONTENT)
    except KeyError:
        raise TimelineUnreadable.at(str(path), f"is a zip file without {CONTENT}, so no OTIO bundle") from None
    if entry.file_size > _LARGEST:
        raise TimelineUnreadable.at(str(path), f"claims a timeline of {entry.file_size >> 20} MiB; it was not read")
    try:
        return json.loads(bundle.read(entry).decode("utf-8-sig"))
    except ValueError as problem:
        raise TimelineUnreadable.at(str(path), f"holds a {CONTENT} that is not JSON: {problem}") from problem
    except RecursionError as problem:
        raise TimelineUnreadable.at(str(path), "is nested too deeply") from problem


def _relative(node: Any) -> Iterator[Node]:
    """The references to media inside the bundle."""
    if isinstance(node, dict):
        url = node.get("target_url")
        if isinstance(url, str) and PurePosixPath(url).parts[:1] == ("media",):
            yield node
        for key, value in node.items():
            if key != "metadata":
                yield from _relative(value)
    elif isinstance(node, list):
        for value in node:
            yield from _relative(value)


def _place(reference: Node, bundle: zipfile.ZipFile, unpack_to: Path | None, notes: Notes) -> None:
    """Makes a reference name the unpacked file."""
    inside = reference["target_url"]
    parts = PurePosixPath(inside).parts[1:]
    if inside not in bundle.namelist() or not parts or ".." in parts:
        notes.add("the bundle does not hold the media", inside)
        reference["target_url"] = None
    elif unpack_to is None:
        notes.add("the media inside the bundle was not unpacked", inside)
        reference["target_url"] = None
    else:
        reference["target_url"] = target_url(
            str(_unpacked(bundle.getinfo(inside), bundle, unpack_to.absolute().joinpath(*parts)))
        )


def _unpacked(entry: zipfile.ZipInfo, bundle: zipfile.ZipFile, file: Path) -> Path:
    """Unpacks a file under a temporary name, unless one of its size is there."""
    if file.is_file() and file.stat().st_size == entry.file_size:
        return file
    partial = file.with_name(f".{file.name[:100]}.partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with bundle.open(entry) as inside, partial.open("wb") as outside:
            shutil.copyfileobj(inside, outside, 1 << 20)
        os.replace(partial, file)
    except OSError as problem:
        raise OutputUnwritable.at(str(file), output_problem(problem)) from problem
    finally:
        partial.unlink(missing_ok=True)
    return file
