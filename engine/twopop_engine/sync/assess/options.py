"""What an assessment works with, and what can be chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from twopop_engine.faces.face import FrameFaces
from twopop_engine.media.frames import Frame
from twopop_engine.sync.scores import SyncModel


class FaceFinder(Protocol):
    """Finds faces frame by frame and follows them: `faces.tracker.FaceTracker`."""

    def see(self, frame: Frame) -> FrameFaces:
        """The faces of the next frame in order of presentation."""


@dataclass(frozen=True)
class AssessModels:
    """What measures.

    Attributes:
        new_finder: Makes a finder for one video: `lambda: FaceTracker(nets)`.
        sync: Tells whether lips fit speech.
    """

    new_finder: Callable[[], FaceFinder]
    sync: SyncModel


@dataclass(frozen=True)
class AssessOptions:
    """What can be chosen.

    Attributes:
        standard: Name of the standard that decides the verdict: a key of `standards.STANDARDS`.
        start: Begin of the stretch to measure, in seconds on the file's own clock; None: the file's begin.
        duration: Its length in seconds; None: to the file's end.
        audio_stream: Index of the stream of sound in the container; None: the first one.
        with_evidence: Whether to return the score curves.
    """

    standard: str = "ebu-r37"
    start: Fraction | None = None
    duration: Fraction | None = None
    audio_stream: int | None = None
    with_evidence: bool = False


Report = Callable[[float, str], None]
"""Takes the share of the work done, 0 to 1, and what is being done; it raises to cancel."""
