"""Streams of one who talks, made in code: how far the mouth opens is how loud it is, apart by a known time.

`PlantedTowers` stand for the trained networks, which know real voices and real lips: they embed the opening of the
mouth and the loudness of the sound, out of the same shapes and spectra, so that all that is around them is real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from twopop_engine.faces.face import Landmarks
from twopop_engine.sync.monitor.stream import Monitor, Start, Update

Floats = NDArray[np.float32]
Lead = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_GRID_HZ = 1000
_DEEP_DB = 30.0


class PlantedTowers:
    """Embeds opening and loudness, each less its average; their product is high where they agree."""

    def lips(self, shapes: Floats) -> Floats:
        return shapes[:, :1] * np.float32(12)

    def sound(self, mel: Floats) -> Floats:
        return np.asarray(0.4 * np.maximum(mel, -8).mean(axis=1, keepdims=True), np.float32)


@dataclass(frozen=True)
class Talk:
    """One who talks in phrases, forever different.

    Attributes:
        seconds: For how long.
        seed: Who and what.
    """

    seconds: float
    seed: int = 0

    def opening(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far the mouth is open, 0 to 1, at times."""
        rng = np.random.default_rng(self.seed)
        count = int((self.seconds + 10) * _GRID_HZ)
        syllables = gaussian_filter1d(rng.standard_normal(count), 0.035 * _GRID_HZ)
        phrases = gaussian_filter1d(rng.standard_normal(count), 0.5 * _GRID_HZ)
        open_ = np.clip(0.5 + 0.35 * syllables / syllables.std(), 0, 1) * (phrases > -1.0 * phrases.std())
        open_ = gaussian_filter1d(open_, 0.015 * _GRID_HZ)
        return np.interp(times_s, np.arange(count) / _GRID_HZ - 5, open_)

    def sound(self, rate_hz: int, lead: Lead | float = 0.0) -> Floats:
        """A noise as loud as the mouth is open, `lead` seconds (at times of sound) earlier."""
        rng = np.random.default_rng([self.seed, rate_hz])
        times_s = np.arange(int(self.seconds * rate_hz)) / rate_hz
        ahead_s = lead(times_s) if callable(lead) else lead
        gain = 10 ** (_DEEP_DB / 20 * (self.opening(times_s + ahead_s) - 1))
        return np.asarray(0.2 * gain * rng.standard_normal(len(times_s)), np.float32)

    def face(self, time_s: float) -> Landmarks:
        """The face at a time."""
        return face(float(self.opening(np.array([time_s]))[0]))


def face(opening: float) -> Landmarks:
    """Points of a face whose mouth is open by a share of the eyes' distance; those that nobody looks at are 0."""
    points = np.zeros((468, 3), np.float32)
    places: dict[tuple[int, ...], tuple[float, float]] = {
        (33,): (-45, 0), (133,): (-15, 0), (362,): (15, 0), (263,): (45, 0), (168,): (0, 0), (10,): (0, -60),
        (4,): (0, 35), (61,): (-25, 65), (291,): (25, 65), (78,): (-20, 65), (308,): (20, 65),
        (0,): (0, 58), (13, 82, 312, 81, 311): (0, 64), (14, 87, 317, 178, 402): (0, 66), (17,): (0, 74),
        (152,): (0, 110),
    }  # fmt: skip
    for numbers, place in places.items():
        points[list(numbers), :2] = place
    drop = 20 * opening
    for number in (14, 87, 317, 178, 402, 17, 152):
        points[number, 1] += drop
    return np.asarray(points + np.array([320, 240, 0]), np.float32)


@dataclass(frozen=True)
class Sent:
    """What a sender sends.

    Attributes:
        at_s: When it is sent.
        time_s: Its stamp.
        samples: Sound, or None.
        points: A face, or None; a frame of picture when there is no sound.
    """

    at_s: float
    time_s: float
    samples: Floats | None = None
    points: Landmarks | None = None


def stream(
    talk: Talk, rate_hz: int = 16000, lead: Lead | float = 0.0, block_s: float = 0.04, fps: float = 25.0
) -> list[Sent]:
    """Sound in even blocks and faces, as they are sent."""
    sound = talk.sound(rate_hz, lead)
    size = round(block_s * rate_hz)
    blocks = [Sent((at + size) / rate_hz, at / rate_hz, sound[at : at + size]) for at in range(0, len(sound), size)]
    times = np.arange(0, talk.seconds, 1 / fps)
    openings = talk.opening(times)
    frames = [Sent(float(t), float(t), None, face(float(o))) for t, o in zip(times, openings, strict=True)]
    return sorted(blocks + frames, key=lambda sent: sent.at_s)


def played(sent: list[Sent], start: Start) -> Iterator[tuple[float, Update]]:
    """Sends a stream to a monitor; its updates, with when they came."""
    yield from through(Monitor(PlantedTowers(), start), sent)


def through(monitor: Monitor, sent: list[Sent]) -> Iterator[tuple[float, Update]]:
    """Sends a stream to a monitor that there is; its updates, with when they came."""
    for one in sent:
        if one.samples is not None:
            monitor.hear(one.time_s, one.samples)
        else:
            monitor.see_points(one.time_s, one.points)
        update = monitor.update()
        if update is not None:
            yield one.at_s, update
