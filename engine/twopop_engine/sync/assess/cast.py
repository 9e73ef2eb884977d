"""The faces of a video while it is read: what is known of each, and a scorer for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from twopop_engine.faces.face import Face, FrameFaces
from twopop_engine.media.frames import Frame
from twopop_engine.sync.assess.answer import Span
from twopop_engine.sync.assess.reasons import FaceFacts
from twopop_engine.sync.scores import FaceScorer

MOST_SCORED = 32
"""Faces that are scored, by the time for which they are seen: of a film cut into many shots, the longest."""

_SHORTEST_S = 1.0
_GONE_S = 1  # a face that is away for longer comes back as another
_WIDTHS_KEPT = 4096


@dataclass
class Part:
    """One face so far."""

    track: int
    scorer: FaceScorer
    first: Fraction
    last: Fraction
    seen_s: float = 0.0
    frames: int = 0
    profiles: int = 0
    widths: list[float] = field(default_factory=list)

    def note(self, face: Face, time: Fraction, step_s: float) -> None:
        """Takes in that the face is seen at a time, for so long."""
        self.last = time
        self.seen_s += step_s
        self.frames += 1
        self.profiles += face.is_profile
        if len(self.widths) < _WIDTHS_KEPT:
            self.widths.append(face.box[2] - face.box[0])

    def facts(self, step_s: float) -> FaceFacts:
        """What was seen of the face, each frame being shown for so long."""
        seen = Span(float(self.first), float(self.last) + step_s)
        return FaceFacts(self.track, seen, self.seen_s, self.profiles / self.frames, float(np.median(self.widths)))


class Cast:
    """Hands each face of a video to a scorer of its own."""

    def __init__(self, new_scorer: Callable[[], FaceScorer]) -> None:
        self._new_scorer = new_scorer
        self._present: dict[int, Part] = {}
        self._finished: list[Part] = []
        self._last: Fraction | None = None
        self._step_s = 0.04

    def see(self, frame: Frame, found: FrameFaces) -> None:
        """Takes the faces of the next frame."""
        if self._last is not None and frame.time > self._last:
            self._step_s = min(float(frame.time - self._last), 0.2)
        self._last = frame.time
        faces = {face.track: face for face in found.faces}
        for track in faces.keys() - self._present.keys():
            self._present[track] = Part(track, self._new_scorer(), frame.time, frame.time)
        for track, part in list(self._present.items()):
            face = faces.get(track)
            if face is not None:
                part.note(face, frame.time, self._step_s)
            elif frame.time - part.last > _GONE_S:
                self._finish(self._present.pop(track))
                continue
            part.scorer.see(frame, face)

    def parts(self) -> list[tuple[FaceFacts, FaceScorer]]:
        """Faces that are seen for long enough, by number."""
        for part in list(self._present.values()):
            self._finish(self._present.pop(part.track))
        chosen = sorted(self._finished, key=lambda part: part.track)
        return [(part.facts(self._step_s), part.scorer) for part in chosen]

    def _finish(self, part: Part) -> None:
        """Keeps a face that has gone, while it is one of the longest seen."""
        if part.seen_s < _SHORTEST_S:
            return
        self._finished.append(part)
        if len(self._finished) > MOST_SCORED:
            self._finished.remove(min(self._finished, key=lambda one: one.seen_s))
