"""The lines of a CMX3600 edit decision list, as they stand; also File32 lists, whose reels have up to 32 characters.

SMPTE 258M-2004 describes the list. Editors add comments ("* FROM CLIP NAME: ...") of which those are kept that name
media, clips, levels of speed and markers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TC = r"\d{2}:\d{2}:\d{2}[:;.,]\d{2,3}"
_EDIT = re.compile(
    rf"(?P<number>\d+)\s+(?P<reel>\S.*?)\s+(?P<channels>[A-Z0-9/]+)\s+(?P<kind>C|D|W\d+|K\s?B|K\s?O|K)"
    rf"(?:\s+(?P<length>\d+))?\s+(?P<times>{_TC}\s+{_TC}\s+{_TC}\s+{_TC})(?:\s.*)?"
)
_MOTION = re.compile(rf"M2\s+(?P<reel>\S.*?)\s+(?P<fps>[-+]?\d+(?:\.\d*)?)\s+(?P<at>{_TC})(?:\s.*)?")
_FIELD = re.compile(
    r"(?:\*\s*)?(FROM CLIP NAME|TO CLIP NAME|SOURCE FILE|FROM CLIP|TO CLIP|FROM FILE|TO FILE|LOC)\s*:\s*(.*)"
)
_SECOND = {"FROM CLIP NAME": "TO CLIP NAME", "SOURCE FILE": "TO FILE", "FROM CLIP": "TO CLIP", "FROM FILE": "TO FILE"}
_REPLACED = re.compile(r"(?:\*\s*)?FINAL CUT PRO REEL:\s*(.+?)\s+REPLACED BY:\s*(.+)")
_CARRIED = re.compile(r"\*\s*(BLEND|COMMENT|REEL|\*?\s*FREEZE FRAME|FROM CLIP IS A STILL|TO CLIP IS A STILL|$)")


@dataclass
class Edit:
    """A numbered line: a cut, or the second half of a dissolve.

    Attributes:
        line: Its number in the file, from 1.
        number: The event's number, as it is spelled.
        reel: As it is spelled.
        channels: As spelled: "AA/V".
        kind: "C", "D", "W001", "K", "KB" or "KO".
        length: Length of the transition, in frames.
        times: Source in and out, record in and out.
        drop_frame: What the last FCM line said; None when none did.
        motion: The M2 line's frames per second, as spelled, and its timecode; None without one.
    """

    line: int
    number: str
    reel: str
    channels: str
    kind: str
    length: int
    times: tuple[str, str, str, str]
    drop_frame: bool | None
    motion: tuple[str, str] | None = None


@dataclass
class Event:
    """All lines of one number.

    Attributes:
        edits: Its numbered lines.
        fields: Its comments by name: "FROM CLIP NAME".
        markers: Its LOC comments.
        channels: More sound channels, from AUD lines.
        unread: Comments of which nothing is kept.
    """

    edits: list[Edit] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    markers: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass
class EditList:
    """One list: what stands from one TITLE line to the next.

    Attributes:
        title: Its title; empty when it has none.
        drop_frame: What the first FCM line said; None when there is none.
        events: By number, as they stand.
        reels: Full names of reels that were shortened.
    """

    title: str = ""
    drop_frame: bool | None = None
    events: list[Event] = field(default_factory=list)
    reels: dict[str, str] = field(default_factory=dict)


def looks_like_edl(text: str) -> bool:
    """Whether one of the first lines could only be an edit decision list's."""
    head = [line.strip() for line in text[:20000].splitlines()[:60]]
    return any(line.startswith(("TITLE:", "FCM:")) or _EDIT.fullmatch(line) for line in head)


def parse_lines(text: str) -> list[EditList]:
    """The lists of a file.

    Raises:
        ValueError: A numbered line or an M2 line is not one; the message names the line.
    """
    lists: list[EditList] = []
    drop: bool | None = None
    for line, words in _lines(text):
        if words.startswith("TITLE:") or not lists:
            drop = None
            lists.append(EditList())
        current = lists[-1]
        if words.startswith("TITLE:"):
            current.title = words[6:].strip()
        elif words.startswith("FCM"):
            drop = "NON" not in words.upper()
            current.drop_frame = drop if current.drop_frame is None else current.drop_frame
        elif replaced := _REPLACED.fullmatch(words):
            current.reels[replaced[2].strip()] = replaced[1].strip()
        elif words[0].isdigit():
            _add_edit(current, _edit(line, words, drop))
        elif current.events:
            _add_comment(current.events[-1], line, words)
    return [found for found in lists if found.events or found.title]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.replace("\x1a", "").splitlines(), 1):
        if words := line.strip():
            yield number, words


def _edit(line: int, words: str, drop: bool | None) -> Edit:
    found = _EDIT.fullmatch(words)
    if not found:
        raise ValueError(
            f"line {line} ({words[:60]!r}) is not an event of a CMX3600 list: number, reel, channels, transition and "
            "four timecodes were expected"
        )
    times = found["times"].split()
    kind = found["kind"].replace(" ", "")
    return Edit(
        line, found["number"], found["reel"], found["channels"], kind, int(found["length"] or 0),
        (times[0], times[1], times[2], times[3]), drop,
    )  # fmt: skip


def _add_edit(current: EditList, edit: Edit) -> None:
    last = current.events[-1] if current.events else None
    if last is None or last.edits[-1].number != edit.number:
        last = Event()
        current.events.append(last)
    last.edits.append(edit)


def _add_comment(event: Event, line: int, words: str) -> None:
    if words.startswith("M2"):
        _add_motion(event, line, words)
    elif words.startswith("AUD"):
        event.channels += [f"A{number}" for number in re.findall(r"\d+", words)]
    elif found := _FIELD.fullmatch(words):
        if found[1] == "LOC":
            event.markers.append(found[2])
        else:
            name = _SECOND.get(found[1], found[1]) if found[1] in event.fields else found[1]
            event.fields.setdefault(name, found[2].strip())
    elif not words.startswith(("SPLIT:", "EFFECTS NAME IS")) and not _CARRIED.match(words):
        event.unread.append(words)


def _add_motion(event: Event, line: int, words: str) -> None:
    found = _MOTION.fullmatch(words)
    if not found:
        raise ValueError(f"line {line} ({words[:60]!r}) is not an M2 line: reel, speed and timecode were expected")
    same = [edit for edit in event.edits if edit.reel == found["reel"]]
    (same or event.edits)[-1].motion = (found["fps"], found["at"])
