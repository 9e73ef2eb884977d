"""A media file as a timeline names it: on this machine or another one, with or without a path."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath, PureWindowsPath

STILL_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr", ".dpx", ".psd", ".bmp", ".tga", ".gif"})


@dataclass(frozen=True)
class Media:
    """A media file.

    Attributes:
        path: Absolute path, in the spelling of the machine that wrote it; None when the timeline names no file.
        name: What to call it where it has no path.
        offline: Why it cannot be opened here, in a few words; None when it may be.
        first: Label of its first frame, in seconds; None when the timeline does not say.
        duration: Its length, in seconds; None when the timeline does not say.
        rate: Frames or samples per second in which the timeline counts it; None when it does not say.
    """

    path: str | None
    name: str
    offline: str | None = None
    first: Fraction | None = None
    duration: Fraction | None = None
    rate: Fraction | None = None

    @property
    def label(self) -> Fraction:
        """Label of the first frame, zero where the timeline does not say."""
        return self.first or Fraction(0)

    @property
    def file_name(self) -> str:
        """The last part of the path, or what to call it."""
        return self._pure.name if self.path else self.name

    @property
    def stem(self) -> str:
        """The file's name without its suffix."""
        return self._pure.stem if self.path else self.name

    @property
    def suffix(self) -> str:
        """The suffix in small letters: ".wav"."""
        return self._pure.suffix.lower()

    @property
    def url(self) -> str:
        """The percent-encoded file:// URL; empty without a path."""
        return self._pure.as_uri() if self.path else ""

    @property
    def is_still(self) -> bool:
        """Whether it is one picture."""
        return self.suffix in STILL_SUFFIXES

    @property
    def _pure(self) -> PurePosixPath | PureWindowsPath:
        path = self.path or ""
        return PurePosixPath(path) if path.startswith("/") else PureWindowsPath(path)
