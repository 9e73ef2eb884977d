"""A meter for films of flashes and clicks: it measures for real, by other means than the project's models.

A flash is a frame that is brighter than the one before; a click is where sound rises out of silence. How much later the
flashes are than the clicks is by how much the sound leads.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from clips.encode import RATE_HZ
from scenes.drawn_film import Film, write_film
from twopop.v1 import sync_pb2
from twopop_engine.media.frames import open_video
from twopop_engine.media.pcm import open_audio
from twopop_engine.sync.assess.answer import Course, Span, SpeakerAnswer, VideoAnswer, Window
from twopop_engine.sync.assess.options import AssessOptions, Report
from twopop_engine.sync.assess.standards import microseconds, passes, tolerance

RATE = Fraction(25)


def flash_film(path: Path, lead_s: float, seconds: int = 6, jump_s: float = 0.0) -> Path:
    """A film with a flash each second and a click `lead_s` before it; from the middle on, `jump_s` earlier still."""
    pictures = [np.full((48, 64, 3), 230 if frame % 25 == 12 else 20, np.uint8) for frame in range(seconds * 25)]
    sound = np.zeros(seconds * RATE_HZ, np.float32)
    for second in range(seconds):
        at_s = second + 12 / 25 - lead_s - (jump_s if second >= seconds / 2 else 0.0)
        first = round(at_s * RATE_HZ)
        sound[first : first + 480] = 0.5 * np.sin(np.arange(480) * 0.3)
    return write_film(path, pictures, RATE, sound, RATE_HZ, Film(sound_codec="pcm_s16le"))


@dataclass
class FlashMeter:
    """Measures by flashes and clicks.

    Attributes:
        identity: As meters have it.
        course: What it says of the offset's course.
        drift_ppm: And of its drift.
        measured: Files that it was asked to measure, in order.
    """

    identity: str = "flashes.1"
    course: Course = "constant"
    drift_ppm: float = 0.0
    measured: list[Path] = field(default_factory=list)

    def measure(self, path: Path, options: AssessOptions, report: Report) -> VideoAnswer:
        self.measured.append(path)
        report(0.5, "picture")
        with open_video(path) as pictures:
            light = [(frame.time, int(frame.gray().mean())) for frame in pictures.frames(options.start)]
        flashes = [float(time) for (_, dark), (time, bright) in itertools.pairwise(light) if bright > dark + 50]
        with open_audio(path, options.audio_stream) as reader:
            loud = np.abs(reader.read(0, reader.length)[0]) > 0.05
        report(1.0, "sound")
        starts = np.flatnonzero(loud)
        clicks = starts[np.diff(starts, prepend=-RATE_HZ) > RATE_HZ // 4] / RATE_HZ
        if not clicks.size:
            return VideoAnswer(path, "cannot_tell", "no_speech", "nothing is heard.", (), float(RATE), len(light) / 25)
        leads = [flash - float(clicks[np.abs(clicks - flash).argmin()]) for flash in flashes]
        return self._answer(path, float(np.median(leads)), leads, options, len(light) / 25)

    def _answer(
        self, path: Path, lead_s: float, leads: list[float], options: AssessOptions, duration_s: float
    ) -> VideoAnswer:
        fits = tolerance(options.standard, RATE).holds(microseconds(lead_s))
        stretches = (
            [Window(0.0, 3.0, leads[0], 0.9), Window(3.0, 3.0, leads[-1], 0.9)] if self.course == "jumps" else []
        )
        speaker = SpeakerAnswer(
            0, "in_sync" if fits else "out_of_sync", "", "measured.", 0.98, "flashes.test.v1", Span(0.0, duration_s),
            offset_s=lead_s, uncertainty_s=0.001, course=self.course, stretches=tuple(stretches),
            drift_ppm=self.drift_ppm if self.course == "drifting" else None,
            windows=(Window(0.0, duration_s, lead_s, 0.98),), standards=passes(microseconds(lead_s), RATE),
        )  # fmt: skip
        return VideoAnswer(path, speaker.verdict, "", "measured.", (speaker,), float(RATE), duration_s)

    def picture_mouths(self, video: sync_pb2.VideoSync, audio_stream: int | None, report: Report) -> None:
        jpeg = bytes(cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1])
        for speaker in video.speakers:
            speaker.mouths.add(time_s=1.0, jpeg=jpeg)
