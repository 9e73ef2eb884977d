"""The resources of an FCPXML document: formats, assets, compound and multicam media (Apple, FCPXML 1.8 to 1.13)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

from twopop.timing import snap_rate
from twopop_otio.imports import nodes
from twopop_otio.imports.markup import Element
from twopop_otio.imports.view import Point
from twopop_otio.times import Node
from twopop_otio.urls import target_url

_REEL = "com.apple.proapps.studio.reel"


def time_of(text: str | None, default: Fraction | None = None) -> Fraction:
    """A time as FCPXML writes it: "1001/24000s", "5s".

    Raises:
        ValueError: It is none, or is missing where there is no default.
    """
    if text is None and default is not None:
        return default
    try:
        return Fraction((text or "").strip().removesuffix("s"))
    except (ValueError, ZeroDivisionError) as problem:
        raise ValueError(f"{text!r} is not a time of the form 1001/24000s") from problem


def time_map(element: Element) -> tuple[Point, ...]:
    """The time map of a clip by its own time; empty when it has none."""
    points = element.iterfind("timeMap/timept")
    found = {time_of(point.get("time")): time_of(point.get("value")) for point in points}
    return tuple(sorted(found.items()))


@dataclass(frozen=True)
class Asset:
    """A media file.

    Attributes:
        name: Its name.
        url: Where it is, absolute; empty when the document does not say.
        start: Label of its first frame, in seconds.
        duration: In seconds.
        rate: Its frames per second; None when it has no picture.
        video: Whether it has a picture.
        audio: Whether it has sound.
        reel: Its tape or card.
    """

    name: str
    url: str
    start: Fraction
    duration: Fraction
    rate: Fraction | None
    video: bool
    audio: bool
    reel: str

    def reference(self, rate: Fraction) -> Node:
        """Its media reference; `rate` is the timeline's, for files without a picture."""
        available = (self.start, self.duration) if self.duration else None
        return nodes.file_reference(self.url or None, self.name, available, self.rate or rate)


class Resources:
    """What a document's story elements refer to by id.

    Attributes:
        by_id: The elements.
    """

    def __init__(self, root: Element, folder: Path) -> None:
        self._folder = folder
        self.by_id = {e.get("id", ""): e for e in root.iterfind("resources/*")}

    def rate(self, format_id: str | None) -> Fraction | None:
        """The frames per second of a format; None when it has none."""
        found = self.by_id.get(format_id or "")
        if found is None:
            return None
        if found.get("frameDuration"):
            frame = time_of(found.get("frameDuration"))
            if frame <= 0:
                raise ValueError(f"the format {format_id} has the frame duration {found.get('frameDuration')}")
            return snap_rate(1 / frame)
        return _rate_in(found.get("name", ""))

    def asset(self, asset_id: str | None) -> Asset | None:
        """An asset; None when the id names something else, such as a generator."""
        found = self.by_id.get(asset_id or "")
        if found is None or found.tag != "asset":
            return None
        rate = self.rate(found.get("format"))
        said = {kind: found.get(kind) for kind in ("hasVideo", "hasAudio")}
        video = said["hasVideo"] == "1" or (said["hasVideo"] is None and said["hasAudio"] != "1")
        return Asset(
            name=found.get("name", ""), url=self._url(found), start=time_of(found.get("start"), Fraction(0)),
            duration=time_of(found.get("duration"), Fraction(0)), rate=rate, video=video,
            audio=said["hasAudio"] == "1", reel=_reel(found),
        )  # fmt: skip

    def _url(self, asset: Element) -> str:
        copies = sorted(asset.iterfind("media-rep"), key=lambda copy: copy.get("kind") == "proxy-media")
        url = next((holder.get("src", "") for holder in (asset, *copies) if holder.get("src")), "")
        if not url or ":" in url.split("/")[0] or url.startswith("/"):
            return url
        return target_url(os.path.normpath(self._folder / unquote(url)))


def _rate_in(name: str) -> Fraction | None:
    """The rate that a format of Apple's is named after: "FFVideoFormat1080p2398", "...1080i5994" (fields)."""
    found = re.search(r"([pi])(\d{2,4})(?:_|$)", name)
    if not found:
        return None
    digits = found[2]
    rate = snap_rate(Fraction(digits) / (100 if len(digits) == 4 else 1))
    return rate / 2 if found[1] == "i" else rate


def _reel(asset: Element) -> str:
    return next((md.get("value", "") for md in asset.iterfind("metadata/md") if md.get("key") == _REEL), "")
