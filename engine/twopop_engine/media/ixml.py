"""The iXML chunk of production sound (iXML specification 3.0): reading and writing."""

from __future__ import annotations

import html
import xml.parsers.expat
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class IxmlTrack:
    """A track of TRACK_LIST.

    Attributes:
        channel: CHANNEL_INDEX, from 1: the recorder's channel.
        interleave: INTERLEAVE_INDEX, from 1: the channel in this file.
        name: NAME.
        function: FUNCTION.
    """

    channel: int
    interleave: int
    name: str
    function: str = ""


@dataclass(frozen=True)
class Ixml:
    """What an iXML chunk says.

    Attributes:
        values: Text of every element outside the track list by its path below BWFXML: "SPEED/TIMECODE_RATE".
        tracks: The tracks of TRACK_LIST, in their order.
    """

    values: dict[str, str] = field(default_factory=dict)
    tracks: tuple[IxmlTrack, ...] = ()

    def text(self, path: str) -> str:
        """The text of an element, or ""."""
        return self.values.get(path, "")

    def number(self, path: str) -> int:
        """The whole number in an element, or 0."""
        text = self.text(path)
        return int(text) if text.isdecimal() else 0


def parse_ixml(content: bytes) -> Ixml | None:
    """Reads an iXML chunk; entities and document types are refused, so that no file can expand or reach out.

    Args:
        content: The chunk's content.

    Returns:
        What it says; None when it is not well-formed.
    """
    reader = _Reader()
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(content.strip(b"\0 \r\n\t"), True)
    except (xml.parsers.expat.ExpatError, _DocumentType):
        return None
    return Ixml(reader.values, tuple(reader.tracks))


class _DocumentType(Exception):
    """The chunk declares a document type."""


def _refuse(*_: object) -> None:
    raise _DocumentType


class _Reader:
    """Collects elements as the parser meets them."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.tracks: list[IxmlTrack] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._track: dict[str, str] = {}

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._path.append(name)
        self._text = []
        if self._path[1:] == ["TRACK_LIST", "TRACK"]:
            self._track = {}

    def characters(self, text: str) -> None:
        self._text.append(text)

    def end(self, name: str) -> None:
        text = "".join(self._text).strip()
        self._text = []
        below = self._path[1:]
        self._path.pop()
        if below[:2] == ["TRACK_LIST", "TRACK"]:
            self._track[name] = text
            if len(below) == 2:
                self._keep_track()
        elif text and below[:1] != ["TRACK_LIST"]:
            self.values.setdefault("/".join(below), text)

    def _keep_track(self) -> None:
        def number(name: str) -> int:
            text = self._track.get(name, "")
            return int(text) if text.isdecimal() else len(self.tracks) + 1

        self.tracks.append(
            IxmlTrack(
                channel=number("CHANNEL_INDEX"),
                interleave=number("INTERLEAVE_INDEX"),
                name=self._track.get("NAME", ""),
                function=self._track.get("FUNCTION", ""),
            )
        )


def build_ixml(ixml: Ixml) -> bytes:
    """The content of an iXML chunk, UTF-8.

    Args:
        ixml: What to write; paths are nested into elements in their order of first appearance.

    Returns:
        The chunk's content.
    """
    root: dict[str, Any] = {}
    for path, text in ixml.values.items():
        *parents, name = path.split("/")
        branch = root
        for parent in parents:
            branch = branch.setdefault(parent, {})
            if not isinstance(branch, dict):
                raise ValueError(f"{path}: {parent} holds text already")
        branch[name] = text
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<BWFXML>", *_elements(root)]
    if ixml.tracks:
        lines += ["<TRACK_LIST>", f"<TRACK_COUNT>{len(ixml.tracks)}</TRACK_COUNT>"]
        lines += [_track_element(track) for track in ixml.tracks]
        lines.append("</TRACK_LIST>")
    content = "\n".join([*lines, "</BWFXML>", ""]).encode()
    return content + b"\n" * (len(content) % 2)  # libsndfile loses its way behind an odd chunk of an RF64 file


def _elements(branch: dict[str, Any]) -> Iterator[str]:
    for name, content in branch.items():
        if isinstance(content, dict):
            yield f"<{name}>"
            yield from _elements(content)
            yield f"</{name}>"
        else:
            yield f"<{name}>{_escape(content)}</{name}>"


def _track_element(track: IxmlTrack) -> str:
    fields = {
        "CHANNEL_INDEX": str(track.channel),
        "INTERLEAVE_INDEX": str(track.interleave),
        "NAME": track.name,
        "FUNCTION": track.function,
    }
    return f"<TRACK>{''.join(_elements({name: text for name, text in fields.items() if text}))}</TRACK>"


def _escape(text: str) -> str:
    """Text as XML may hold it: markup escaped, control characters left out."""
    return html.escape("".join(c for c in text if c >= " " or c in "\t\n"), quote=False)
