"""Faces of a file looked at once, to be held against any sound in memory."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenes.face_models import face_nets
from twopop_engine.faces.tracker import FaceTracker
from twopop_engine.media.frames import open_video
from twopop_engine.media.pcm import open_audio
from twopop_engine.media.probe import probe
from twopop_engine.sync.assess.answer import SpeakerAnswer
from twopop_engine.sync.assess.cast import Cast
from twopop_engine.sync.assess.confidence import calibration
from twopop_engine.sync.assess.field import Field
from twopop_engine.sync.assess.reasons import FaceFacts
from twopop_engine.sync.assess.sound import FileSound
from twopop_engine.sync.assess.speakers import Heard, Judge, speaker_answers
from twopop_engine.sync.scores import FaceScorer, SyncModel

Floats = NDArray[np.float32]

RATE_HZ = 16000


@dataclass(frozen=True)
class MemorySound:
    """Sound in memory at 16 kHz, a `MonoSound`; later by `delay` samples, or earlier."""

    samples: Floats
    delay: int = 0

    @property
    def length(self) -> int:
        return max(0, len(self.samples) + self.delay)

    def read(self, start: int, count: int) -> Floats:
        at = np.arange(start, start + count)
        places = at - self.delay
        there = (at >= 0) & (places >= 0) & (places < len(self.samples))
        return np.where(there, self.samples[np.clip(places, 0, len(self.samples) - 1)], 0).astype(np.float32)


@dataclass(frozen=True)
class Talk:
    """A clip's faces and its sound."""

    faces: list[tuple[FaceFacts, FaceScorer]]
    sound: Floats
    judge: Judge

    def told(self, samples: Floats, delay: int = 0) -> SpeakerAnswer:
        """What is said of the face that is seen for longest, with a sound."""
        sound = MemorySound(samples, delay)
        heard = [Heard(facts, Field.of(scorer.score(sound)[0]), None) for facts, scorer in self.faces]
        return max(speaker_answers(heard, self.judge), key=lambda one: one.seen.stop_s - one.seen.start_s)


def read_talk(path: Path, model: SyncModel) -> Talk:
    """Looks at a file."""
    cast, tracker = Cast(model.scorer), FaceTracker(face_nets())
    with open_video(path) as reader:
        for frame in reader.frames():
            cast.see(frame, tracker.see(frame))
    rate = Fraction(probe(path).video[0].frame_rate)
    return Talk(cast.parts(), read_sound(path), Judge(calibration(model.id), model.id, "ebu-r37", rate, False))


def read_sound(path: Path) -> Floats:
    """A file's sound from its zero on, at 16 kHz in one channel."""
    with open_audio(path) as source:
        sound = FileSound(source)
        return sound.read(0, sound.length)
