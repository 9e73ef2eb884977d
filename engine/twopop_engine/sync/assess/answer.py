"""What an assessment answers: mirrors VideoSync and SpeakerSync of `twopop/v1/sync.proto`, field by field.

The sign is that of ITU-R BT.1359: an offset > 0 means that the sound leads the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twopop_engine.sync.scores import LseFigures

Verdict = Literal["in_sync", "out_of_sync", "cannot_tell"]

Course = Literal["", "constant", "drifting", "jumps"]
"""How the offset runs; empty when it cannot be told."""

Reason = Literal[
    "",
    "unreadable",
    "no_sound",
    "no_picture",
    "no_face",
    "speakers_disagree",
    "too_short",
    "no_speech",
    "still_face",
    "turned_away",
    "small_face",
    "not_speaking",
    "no_match",
    "ambiguous",
    "no_events",
]
"""Why it cannot be told; empty when it can."""


@dataclass(frozen=True)
class Span:
    """A stretch of time, in seconds of picture.

    Attributes:
        start_s: Begin.
        stop_s: End.
    """

    start_s: float
    stop_s: float


@dataclass(frozen=True)
class Window:
    """The offset in a stretch of time.

    Attributes:
        start_s: Begin, in seconds of picture.
        duration_s: Length.
        offset_s: None when it cannot be told here.
        confidence: Calibrated probability, 0 to 1, that the offset is right.
    """

    start_s: float
    duration_s: float
    offset_s: float | None
    confidence: float


@dataclass(frozen=True)
class Curve:
    """How well picture and sound fit at each lag.

    Attributes:
        first_lag_s: Lag of the first value; > 0: the sound leads.
        step_s: Distance between values.
        values: Higher fits better, in units of the background's standard deviation [lags].
    """

    first_lag_s: float
    step_s: float
    values: NDArray[np.float32]


@dataclass(frozen=True)
class SpeakerAnswer:
    """Whether the sound fits one face, or the motion of the whole picture.

    Attributes:
        track: The face's number, from 1; 0: the motion of the whole picture.
        verdict: By the standard that was asked for.
        reason: Set when it cannot be told.
        explanation: The verdict or the reason in a sentence.
        confidence: Calibrated probability that the offset is right within 40 ms; without one, that the best would
            have been.
        model: Id of the card of what measured.
        seen: When the face is seen, from first to last.
        offset_s: > 0: the sound leads. None when it cannot be told.
        uncertainty_s: One standard deviation of the offset. None when it cannot be told.
        course: How the offset runs.
        drift_ppm: > 0: the lead grows by so many seconds in a million seconds of picture. Set when drifting.
        stretches: Stretches of constant offset, in order, when it jumps.
        windows: The offset over time.
        standards: Each standard by name: whether the offset is within it. Empty when it cannot be told.
        lse: SyncNet's figures, when that model measured.
        speaking: When this face speaks.
        curve: The fit at each lag; only when asked for.
    """

    track: int
    verdict: Verdict
    reason: Reason
    explanation: str
    confidence: float
    model: str
    seen: Span
    offset_s: float | None = None
    uncertainty_s: float | None = None
    course: Course = ""
    drift_ppm: float | None = None
    stretches: tuple[Window, ...] = ()
    windows: tuple[Window, ...] = ()
    standards: Mapping[str, bool] = field(default_factory=dict)
    lse: LseFigures | None = None
    speaking: tuple[Span, ...] = ()
    curve: Curve | None = None


@dataclass(frozen=True)
class VideoAnswer:
    """Whether a file's sound fits its picture.

    Attributes:
        path: The file.
        verdict: That of the speakers that could be told, when they agree.
        reason: Set when it cannot be told.
        explanation: The verdict or the reason in a sentence.
        speakers: One for each face that was measured; one with track 0 when the picture's motion was measured instead.
        frame_rate: Frames a second of the picture, on average.
        duration_s: Seconds of picture that were measured.
        warnings: Things worth telling that change no verdict.
    """

    path: Path
    verdict: Verdict
    reason: Reason
    explanation: str
    speakers: tuple[SpeakerAnswer, ...]
    frame_rate: float
    duration_s: float
    warnings: tuple[str, ...] = ()
