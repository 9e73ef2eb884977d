"""Cuts of which every frame is known, and what the independent reader says of the OTIO that was made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from renderer import Play, plays
from twopop_otio.imports import Imported

F24 = Fraction(24)

RATES: dict[str, tuple[Fraction, bool]] = {
    "23.976": (Fraction(24000, 1001), False),
    "24": (Fraction(24), False),
    "25": (Fraction(25), False),
    "29.97": (Fraction(30000, 1001), False),
    "29.97 DF": (Fraction(30000, 1001), True),
    "30": (Fraction(30), False),
    "50": (Fraction(50), False),
    "59.94": (Fraction(60000, 1001), False),
    "59.94 DF": (Fraction(60000, 1001), True),
    "60": (Fraction(60), False),
}
"""Frames per second, and whether timecode is drop-frame."""


@dataclass(frozen=True)
class Shot:
    """One clip: all counts in frames.

    Attributes:
        record: First frame, from the timeline's beginning.
        length: On the timeline.
        source: Label of the first media frame, since midnight.
        name: Its name.
    """

    record: int
    length: int
    source: int
    name: str = "shot"

    def played(self, rate: Fraction) -> tuple[object, ...]:
        """What `shown` says of it."""
        return self.name, self.record / rate, (self.record + self.length) / rate, self.source / rate


def label(frame: int, rate: Fraction, drop: bool, mark: str = "") -> str:
    """The timecode of a frame since midnight, by the rule that frames 0 and 1 of nine minutes in ten do not exist."""
    nominal = round(rate)
    if drop:
        skip = nominal // 15
        tens, rest = divmod(frame, 600 * nominal - 9 * skip)
        frame += 9 * skip * tens
        if rest >= 60 * nominal:
            frame += skip * ((rest - 60 * nominal) // (60 * nominal - skip) + 1)
    seconds, frames = divmod(frame, nominal)
    mark = mark or (";" if drop else ":")
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{frames:02}"


def hour(rate: Fraction, drop: bool, hours: int = 1) -> int:
    """The frame since midnight that is labelled with a whole hour."""
    nominal = round(rate)
    return hours * 3600 * nominal - (hours * 54 * (nominal // 15) if drop else 0)


def save(imported: Imported, folder: Path) -> Path:
    """The document as a file."""
    path = folder / "read.otio"
    path.write_text(json.dumps(imported.document.root))
    return path


def all_plays(imported: Imported, folder: Path) -> list[Play]:
    """Everything that is seen or heard, by the independent reader."""
    return plays(save(imported, folder))


def facts(*values: object) -> tuple[object, ...]:
    """Values to compare: fractions with whole numbers too."""
    return values


def shown(found: Iterable[Play], track: str) -> list[tuple[object, ...]]:
    """Name, record start and end, and first label of all that plays on a track."""
    return [(play.name, play.start, play.end, play.label) for play in found if play.track == track]


def start_frame(imported: Imported) -> Fraction:
    """Frames since midnight of the timeline's beginning."""
    return Fraction(imported.document.root["global_start_time"]["value"])


def kinds(imported: Imported) -> list[str]:
    """Names of the tracks."""
    return [track["name"] for track in imported.document.root["tracks"]["children"]]
