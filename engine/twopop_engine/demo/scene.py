"""The scenes: who says what when, and what each microphone hears of it.

Times are on the event's own clock, in samples at 48 kHz. Camera and recorder look at stretches of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from twopop_engine.demo.room import background, clap, heard, impulse_response
from twopop_engine.demo.voice import ANNA, BEN, speak

Array = NDArray[np.float64]

RATE_HZ = 48_000
FRAME_RATE = Fraction(24_000, 1001)
FRAME_SAMPLES = 2002  # of 48 kHz in a frame of 24000/1001: exact


@dataclass(frozen=True)
class Shot:
    """A stretch of the event that the camera filmed.

    Attributes:
        file_name: Of the movie.
        start_frame: First frame, counted on the event's clock.
        frame_count: Frames filmed.
        used_from_frame: First frame that the timeline uses.
        used_frame_count: Frames that the timeline uses.
    """

    file_name: str
    start_frame: int
    frame_count: int
    used_from_frame: int
    used_frame_count: int


@dataclass(frozen=True)
class Take:
    """A stretch of the event that the recorder took.

    Attributes:
        file_names: One poly file, or one file for each channel.
        channels: Names of the tracks.
        start: First sample on the event's clock.
        length: Samples on the event's clock.
        drift_ppm: Its clock against the event's; > 0: it runs fast.
        clock_lead_s: How far its timecode is ahead of the camera's.
        date: "YYYY-MM-DD".
        scene: As the mixer wrote it.
        take: As the mixer wrote it.
        roll: As the mixer wrote it.
        note: As the mixer wrote it.
    """

    file_names: tuple[str, ...]
    channels: tuple[str, ...]
    start: int
    length: int
    drift_ppm: float
    clock_lead_s: Fraction
    date: str
    scene: str
    take: str
    roll: str
    note: str


@dataclass(frozen=True)
class Scene:
    """An event with what was shot and recorded of it.

    Attributes:
        seed: Decides on everything random in it.
        slate: What stands on the slate.
        start_timecode: What the camera's clock says at the first sample, at 24000/1001.
        length: Samples.
        clap_frame: Frame on whose first sample the slate claps, counted on the event's clock.
        shot: What the camera filmed; None when no camera ran.
        take: What the recorder took.
    """

    seed: int
    slate: str
    start_timecode: str
    length: int
    clap_frame: int
    shot: Shot | None
    take: Take


@dataclass(frozen=True)
class Performance:
    """What happened in a scene.

    Attributes:
        voices: Dry waveform [samples] of each speaker, by name.
        slate: Dry waveform [samples] of the clap.
    """

    voices: Mapping[str, Array]
    slate: Array


@dataclass(frozen=True)
class Microphone:
    """How a microphone hears.

    Attributes:
        gains: Of each source, by name.
        direct_to_reverberant_db: How close it stands.
        noise_db: RMS of what it adds, relative to full scale.
    """

    gains: Mapping[str, float]
    direct_to_reverberant_db: float
    noise_db: float


CAMERA = Microphone({"ANNA": 0.28, "BEN": 0.28, "slate": 0.5}, -1.0, -42.0)
RECORDER = {
    "BOOM": Microphone({"ANNA": 0.4, "BEN": 0.4, "slate": 0.5}, 9.0, -64.0),
    "ANNA LAV": Microphone({"ANNA": 0.5, "BEN": 0.05, "slate": 0.2}, 15.0, -68.0),
    "BEN LAV": Microphone({"ANNA": 0.05, "BEN": 0.5, "slate": 0.2}, 15.0, -68.0),
}
MIX = {"BOOM": 0.6, "ANNA LAV": 0.35, "BEN LAV": 0.35}


def perform(scene: Scene) -> Performance:
    """Plays a scene: a clap, then phrases by turns."""
    rng = np.random.default_rng([scene.seed, 1])
    voices = {"ANNA": np.zeros(scene.length), "BEN": np.zeros(scene.length)}
    slate = np.zeros(scene.length)
    sound = clap(rng, RATE_HZ)
    clap_at = scene.clap_frame * FRAME_SAMPLES
    slate[clap_at : clap_at + sound.size] = sound
    at = round(rng.uniform(0.1, 0.6) * RATE_HZ)
    turn = int(rng.integers(2))
    while at < scene.length:
        name, voice = (("ANNA", ANNA), ("BEN", BEN))[turn % 2]
        phrase = speak(voice, rng, rng.uniform(0.8, 2.2), RATE_HZ) * rng.uniform(0.6, 1.0)
        stop = min(at + phrase.size, scene.length)
        if stop < clap_at or at > clap_at + RATE_HZ // 2:  # one is quiet for the slate
            voices[name][at:stop] += phrase[: stop - at]
        at = stop + round(rng.uniform(-0.15, 0.7) * RATE_HZ)
        turn += 1 if rng.uniform() < 0.8 else 2
    return Performance(voices, slate)


def listen(performance: Performance, microphone: Microphone, seed: int, number: int) -> Array:
    """What a microphone hears.

    Args:
        performance: What happens.
        microphone: How it hears.
        seed: The scene's.
        number: Of the microphone, so that no two share their noise.

    Returns:
        Waveform [samples].
    """
    rng = np.random.default_rng([seed, 2, number])
    sources = {**performance.voices, "slate": performance.slate}
    sound = background(rng, performance.slate.size, microphone.noise_db, RATE_HZ)
    for name, gain in microphone.gains.items():
        response = impulse_response(rng, microphone.direct_to_reverberant_db, 0.45, RATE_HZ)
        sound += gain * heard(sources[name], response)
    return sound


def recorder_channels(performance: Performance, seed: int) -> dict[str, Array]:
    """What the recorder's channels carry, by name: the microphones and their mix."""
    isolated = {name: listen(performance, mic, seed, i) for i, (name, mic) in enumerate(RECORDER.items(), 1)}
    mix = np.zeros(performance.slate.size)
    for name, gain in MIX.items():
        mix += gain * isolated[name]
    return {"MIX": mix, **isolated}
