"""Reading a timeline of any format: told by what the file holds, whatever its suffix."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from twopop.errors import TimelineUnreadable
from twopop_otio.imports import bundle, edl, edl_lines, fcp7, fcpxml
from twopop_otio.imports.aaf import read_aaf
from twopop_otio.imports.choice import choose
from twopop_otio.imports.imported import Imported, Notes
from twopop_otio.imports.markup import Element, parse_xml
from twopop_otio.snapshot import timebase
from twopop_otio.tags import tag_of
from twopop_otio.timeline import document_of, file_bytes, kind_of, load, name_of
from twopop_otio.times import Node
from twopop_otio.urls import target_url

_HEAD = 4096
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[\\/]")
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_KNOWN = "OTIO, OTIOZ, OTIOD, EDL, AAF, FCP7 XML and FCPXML are read"


@dataclass(frozen=True)
class Request:
    """What is asked of a reader.

    Attributes:
        path: The file.
        timeline: Which timeline of several; None: the first.
        rate: Frames per second of an EDL; None: guessed.
        unpack_to: Where the media of an .otioz is unpacked to; None: nowhere.
        notes: Takes what is lost.
    """

    path: Path
    timeline: str | None
    rate: Fraction | None
    unpack_to: Path | None
    notes: Notes


def read_any(
    path: Path, *, timeline: str | None = None, rate: Fraction | None = None, unpack_to: Path | None = None
) -> Imported:
    """Reads a timeline of any format.

    Args:
        path: An .otio, .otioz, .edl, .aaf, .xml or .fcpxml file, or an .otiod or .fcpxmld folder.
        timeline: Name of the timeline to take from a file with several; None: the first, with a note.
        rate: Frames per second of an EDL, which does not say it; None: guessed, with a note.
        unpack_to: Folder that the media inside an .otioz is unpacked to; None: its clips have no media, with a note.

    Returns:
        The timeline as plain OTIO (an .otio in its own dialect), and notes on what did not come along.

    Raises:
        TimelineUnreadable: Missing, damaged, of no known format, or without a timeline.
        OptionInvalid: No timeline of that name is in it.
        OutputUnwritable: The media of an .otioz cannot be unpacked.
    """
    request = Request(path, timeline, rate, unpack_to, Notes())
    try:
        name, root = _read(request)
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError, OverflowError) as problem:
        raise TimelineUnreadable.at(str(path), str(problem)) from problem
    except RecursionError as problem:
        raise TimelineUnreadable.at(str(path), "is nested too deeply") from problem
    document = document_of(path, root)
    if not name.startswith("OTIO"):
        _anchor(document.root, path.absolute().parent)
        if tag_of(document.root)["drop_frame"] and not timebase(document).drop_frame:
            request.notes.add("it says drop-frame, which exists at 29.97 and 59.94 only; its timecode is read without")
    return Imported(document, name, request.notes.sentences())


def _anchor(node: Any, folder: Path) -> None:
    """Makes relative media paths absolute: what is written of them may lie in another folder."""
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _anchor(value, folder)
    url = node.get("target_url") if isinstance(node, dict) else None
    if isinstance(url, str) and not _ABSOLUTE.match(url):
        node["target_url"] = target_url(os.path.normpath(folder / url))


def _read(request: Request) -> tuple[str, Any]:
    """The format's name and the OTIO object."""
    path = request.path
    if path.is_dir():
        return _read_folder(request)
    head = file_bytes(path, _HEAD)
    if head.startswith(b"PK\3\4"):
        return "OTIOZ", _picked(bundle.load_zip(path, request.unpack_to, request.notes), request)
    if head.startswith(_COMPOUND_FILE):
        return "AAF", read_aaf(path, request.timeline, request.notes)
    if path.suffix.lower() == ".otio" or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return "OTIO", _picked(load(path), request)
    if not head.strip():
        raise ValueError("is empty")
    if _is_xml(head):
        return _read_xml(request)
    return _read_text(request, head)


def _read_folder(request: Request) -> tuple[str, Any]:
    if (request.path / bundle.CONTENT).is_file():
        return "OTIOD", _picked(bundle.load_folder(request.path), request)
    inside = [path for path in sorted(request.path.iterdir()) if path.name.lower() == "info.fcpxml"]
    if inside:
        root = parse_xml(file_bytes(inside[0]))
        return "FCPXML", _project(root, request, request.path.absolute())
    raise ValueError(f"is a folder that holds neither {bundle.CONTENT} nor Info.fcpxml; expected a timeline file")


def _picked(root: Any, request: Request) -> Any:
    """The timeline that is asked for, of a collection or by itself; everything else as it is."""
    if not isinstance(root, dict) or "OTIO_SCHEMA" not in root:
        return root
    held = root.get("children") or () if kind_of(root) == "SerializableCollection" else (root,)
    found = [(name_of(child), child) for child in held if kind_of(child) == "Timeline"]
    return choose(found, request.timeline, request.notes) if found else root


def _is_xml(head: bytes) -> bool:
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    return text.lstrip().startswith("<")


def _read_xml(request: Request) -> tuple[str, Node]:
    root = parse_xml(file_bytes(request.path))
    if root.tag == "xmeml":
        found = fcp7.sequences(root)
        if not found:
            raise ValueError("is FCP7 XML without a sequence")
        return "FCP7 XML", fcp7.timeline_of(root, choose(found, request.timeline, request.notes), request.notes)
    if root.tag == "fcpxml":
        return "FCPXML", _project(root, request, request.path.absolute().parent)
    raise ValueError(f"is XML of the kind <{root.tag}>, expected <xmeml> (FCP7 XML) or <fcpxml>")


def _project(root: Element, request: Request, folder: Path) -> Node:
    found = fcpxml.projects(root)
    if not found:
        raise ValueError("is FCPXML without a project: it holds clips of the browser only; export the project")
    name, sequence = choose([(name, (name, sequence)) for name, sequence in found], request.timeline, request.notes)
    return fcpxml.timeline_of(root, name, sequence, folder, request.notes)


def _read_text(request: Request, head: bytes) -> tuple[str, Node]:
    text = _text(
        file_bytes(request.path) if b"\0" not in head or head[:2] in (b"\xff\xfe", b"\xfe\xff") else b"\0", request
    )
    if request.path.suffix.lower() != ".edl" and not edl_lines.looks_like_edl(text):
        raise ValueError(f"is no timeline that is known: {_KNOWN}")
    lists = edl_lines.parse_lines(text)
    if not lists:
        raise ValueError("holds no event of a CMX3600 list")
    edits = choose([(found.title, found) for found in lists], request.timeline, request.notes)
    return "EDL", edl.timeline_of(edits, request.rate, request.notes)


def _text(data: bytes, request: Request) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    if b"\0" in data:
        raise ValueError(f"is not text, and no timeline that is known: {_KNOWN}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        request.notes.add("it is not UTF-8 and was read as Western European text; names may be wrong")
        return data.decode("latin-1")
