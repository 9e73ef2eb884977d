"""Readers of exported files that share nothing with the writers: who lies where, in exact seconds.

Each answers (name, record start, duration, label of the first frame or sample), sorted by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, parse

import opentimelineio as otio

from renderer import exact_rate

Row = tuple[str, Fraction, Fraction, Fraction]


def with_otio(path: Path, adapter: str, first: Fraction = Fraction(0), **options: Any) -> list[Row]:
    """Through an OTIO adapter; record times count from `first`."""
    found = otio.adapters.read_from_file(str(path), adapter_name=adapter, **options)
    found = found[0] if isinstance(found, otio.schema.SerializableCollection) else found
    return sorted(row for track in found.tracks for row in _track_rows(track, first))


def _track_rows(track: Any, first: Fraction) -> Iterator[Row]:
    for clip in track.find_clips():
        start = clip.transformed_time(clip.source_range.start_time, track)
        if track.source_range is not None:
            start = start - track.source_range.start_time
        yield clip.name, _s(start) - first, _s(clip.source_range.duration), _s(clip.source_range.start_time)


def _s(time: Any) -> Fraction:
    return Fraction(round(time.value * 1000), 1000) / exact_rate(time.rate)


def edl(text: str, rate: Fraction, first: Fraction) -> list[Row]:
    """The events of a list without drop-frame, by pattern: label and record times counted by hand."""
    rows = []
    pattern = r"^\d+ +(\S+) +(\S+) +C +(\S+) (\S+) (\S+) (\S+)\n\* FROM CLIP NAME: (.*)$"
    for match in re.finditer(pattern, text, re.MULTILINE):
        label, _, start, end = (_count(match[i], rate) for i in (3, 4, 5, 6))
        voices = {"B": 2, "A2/V": 2, "AA/V": 3}.get(match[2], 1)
        rows += [(match[7], start / rate - first, (end - start) / rate, label / rate)] * voices
    return sorted(rows)


def _count(label: str, rate: Fraction) -> Fraction:
    hours, minutes, seconds, frames = (int(part) for part in label.split(":"))
    return Fraction(((hours * 60 + minutes) * 60 + seconds) * round(rate) + frames)


def rpp(text: str) -> list[Row]:
    """The items of a REAPER project, by pattern; the label is the position in the file."""
    found = []
    for item in re.findall(r"<ITEM\n(.*?)\n    >", text, re.DOTALL):
        values = dict(re.findall(r"^ +(POSITION|LENGTH|SOFFS|NAME) (.*)$", item, re.MULTILINE))
        name = values["NAME"].strip("\"'`")
        found.append((name, *(Fraction(values[key]) for key in ("POSITION", "LENGTH", "SOFFS"))))
    return sorted(found)


def seconds(text: str) -> Fraction:
    """A time of FCPXML."""
    return Fraction(text.removesuffix("s"))


def fcpxml(path: Path) -> list[Row]:
    """The clips of an FCPXML file, its lanes resolved to record time."""
    sequence = parse(path).getroot().find("./event/project/sequence")
    spine = sequence.find("spine") if sequence is not None else None
    assert sequence is not None and spine is not None
    return sorted(_storyline(spine, -seconds(sequence.get("tcStart", "0s"))))  # a sequence's time begins at its label


def _storyline(spine: Element, shift: Fraction) -> Iterator[Row]:
    for item in spine:
        yield from _item(item, shift)


def _item(item: Element, shift: Fraction) -> Iterator[Row]:
    """`shift`: record time at the parent's own zero."""
    if "offset" not in item.attrib or item.tag == "transition":
        return
    at = shift + seconds(item.attrib["offset"])
    if item.tag == "spine":
        yield from _storyline(item, at)
        return
    start = seconds(item.get("start", "0s"))
    if item.tag != "gap":
        both = item.get("audioRole") is not None and item.get("srcEnable", "all") == "all"
        for _ in range(2 if both else 1):
            yield item.attrib["name"], at, seconds(item.attrib["duration"]), start
    for inner in item:
        yield from _item(inner, at - start)


def mlt(path: Path, rate: Fraction) -> list[Row]:
    """The entries of an MLT project's tracks, named by their file; the label is the position in the file."""
    root = parse(path).getroot()
    resources = {producer.get("id"): _property(producer, "resource") for producer in root.iter("producer")}
    playlists = {playlist.get("id"): playlist for playlist in root.iter("playlist")}
    rows: list[Row] = []
    for track in root.findall("./tractor[@id='main']/track")[1:]:
        position = 0
        for part in playlists[track.get("producer")]:
            if part.tag == "blank":
                position += int(part.attrib["length"])
            elif part.tag == "entry":
                first, last = int(part.attrib["in"]), int(part.attrib["out"])
                length, name = last - first + 1, Path(resources[part.get("producer")]).stem
                rows.append((name, position / rate, length / rate, first / rate))
                position += length
    return sorted(rows)


def _property(element: Element, name: str) -> str:
    return next(found.text or "" for found in element.findall("property") if found.get("name") == name)
