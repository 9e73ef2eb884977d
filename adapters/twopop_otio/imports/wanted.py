"""What a clip says of the media that it wants, and which files answer to that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePath, PureWindowsPath

from twopop.timing import rational_from_wire
from twopop.v1 import media_pb2
from twopop_actions.timeline import TrackKind
from twopop_otio.imports.folders import MEDIA_SUFFIXES

TOLERANCE_S = Fraction(1, 20)
"""Labels and lengths may be rounded by up to a frame of any rate."""

_SHORTENED = 8  # characters of a reel in a CMX3600 list


@dataclass(frozen=True)
class File:
    """A media file that was found.

    Attributes:
        path: Where it is.
        info: What it holds.
        folders: Names of the folders that hold it, below the one searched.
    """

    path: Path
    info: media_pb2.MediaInfo
    folders: tuple[str, ...] = ()

    @property
    def duration(self) -> Fraction:
        """In seconds."""
        return rational_from_wire(self.info.duration)

    @property
    def timecode(self) -> Fraction | None:
        """Label of its first frame, in seconds; None without timecode."""
        if not self.info.HasField("timecode"):
            return None
        return rational_from_wire(self.info.timecode.since_midnight)

    def carries(self, kind: TrackKind) -> bool:
        """Whether it has picture or sound."""
        return bool(self.info.video if kind == "video" else self.info.audio)

    def holds(self, first: Fraction, last: Fraction, zero: Fraction | None) -> bool:
        """Whether labels lie in it when its first frame is labelled `zero`; never when that is None."""
        if zero is None:
            return False
        return zero - TOLERANCE_S <= first and last <= zero + self.duration + TOLERANCE_S


@dataclass(frozen=True)
class Wanted:
    """What a clip says of its media.

    Attributes:
        kind: Whether it is seen or heard.
        first: The least label that it uses, in seconds.
        last: The greatest.
        reel: Tape, card or roll; empty when it does not say.
        names: File and clip names.
        duration: Length of the media in seconds; None when it does not say.
    """

    kind: TrackKind
    first: Fraction
    last: Fraction
    reel: str
    names: tuple[str, ...]
    duration: Fraction | None

    def is_of_reel(self, file: File) -> bool:
        """Whether a file is of the wanted reel: by its name, its roll, or a folder that holds it."""
        reel = _plain(self.reel)
        if not reel:
            return False
        stem, roll = _plain(file.path.stem), _plain(file.info.identity.roll)
        if reel in (stem, _plain(file.path.name), roll, *map(_plain, file.folders)):
            return True
        shortened = self.reel.endswith(".") or len(reel) == _SHORTENED
        return stem.startswith(reel) and (shortened or _is_border(stem, len(reel)))

    def is_named(self, file: File) -> bool:
        """Whether a file has one of the wanted names, whatever its suffix."""
        return _plain(file.path.stem) in {_plain(_stem(name)) for name in self.names}

    def is_named_whole(self, file: File) -> bool:
        """Whether a file has one of the wanted names, suffix and all."""
        return file.path.name.casefold() in {PureWindowsPath(name).name.casefold() for name in self.names}

    def is_as_long(self, file: File) -> bool:
        """Whether a file is as long as the clip says, or holds what the clip uses where it does not say."""
        if self.duration is not None:
            return abs(file.duration - self.duration) <= TOLERANCE_S
        return any(file.holds(self.first, self.last, zero) for zero in (file.timecode, Fraction(0)))

    def is_at_timecode(self, file: File) -> bool:
        """Whether what the clip uses lies in a file's timecode."""
        return file.holds(self.first, self.last, file.timecode)


def _plain(text: str) -> str:
    return text.strip().rstrip(".").casefold()


def _stem(name: str) -> str:
    """A name without its folder and without a suffix of media; "ZZ100_501.take_1" keeps its point."""
    path: PurePath = PureWindowsPath(name)
    return path.stem if path.suffix.lower() in MEDIA_SUFFIXES else path.name


def _is_border(text: str, at: int) -> bool:
    """Whether digits give way to something else, or letters to something else: "A001|C003", "A001|_C003"."""
    return not re.fullmatch(r"\d\d|[^\W\d_][^\W\d_]", text[at - 1 : at + 1])
