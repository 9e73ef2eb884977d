"""Pictures of mouths for the report: what is on screen when the sound begins, as it is and after the mend.

While a video is measured, `MouthLog` notes where each mouth is; afterwards a few frames are read again and cut out.
Moments are those at which the sound rises most: there lips open or close. Points of the mesh: 33 and 263 are the outer
corners of the eyes, 61 and 291 those of the mouth, 0 and 17 the edges of the lips (MediaPipe's face mesh).
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from twopop.v1 import sync_pb2
from twopop_engine.faces.face import FrameFaces, Landmarks
from twopop_engine.media.frames import Frame, open_video
from twopop_engine.media.pcm import open_audio
from twopop_engine.sync.assess.options import FaceFinder, Report

MOMENTS: Final = 8
"""How many moments are shown of a speaker."""

SPEAKERS: Final = 4
"""How many speakers are shown of a file: the surest ones."""

_SIZE: Final = (112, 84)
_WHOLE_SIZE: Final = (160, 120)
_QUALITY: Final = 82
_EYES, _MOUTH = (33, 263), (61, 291, 0, 17)
_WIDTH: Final = 0.55  # half of a picture's width, in distances between the eyes' outer corners
_HOP_S: Final = 0.005
_RISE_S: Final = 0.05
_APART_S: Final = 0.6
_DECIMALS: Final = 6  # so that a moment on a frame's border is in that frame
_FAINTEST: Final = 0.15  # of the strongest rise
_LONGEST_S: Final = 600.0  # of sound that is searched for moments


@dataclass(frozen=True)
class _Place:
    """Where a mouth is: its middle, half the width of its picture, and its tilt."""

    x: float
    y: float
    half: float
    roll_rad: float


@dataclass
class _Trace:
    """One face through the video."""

    times: array[float] = field(default_factory=lambda: array("d"))
    places: array[float] = field(default_factory=lambda: array("f"))


class MouthLog:
    """Where each face's mouth is in each frame."""

    def __init__(self) -> None:
        self._traces: dict[int, _Trace] = {}
        self._frames = array("d")

    def note(self, found: FrameFaces) -> None:
        """Takes in the faces of a frame."""
        self._frames.append(float(found.time))
        for face in found.faces:
            trace = self._traces.setdefault(face.track, _Trace())
            trace.times.append(float(found.time))
            place = _place(face.landmarks)
            trace.places.extend((place.x, place.y, place.half, place.roll_rad))

    def place(self, track: int, time_s: float) -> _Place | None:
        """Where a face's mouth is in the frame that is on screen at a time; None where it is not seen."""
        trace = self._traces.get(track)
        shown = bisect_right(self._frames, time_s) - 1
        if trace is None or shown < 0:
            return None
        index = bisect_right(trace.times, time_s) - 1
        if index < 0 or trace.times[index] != self._frames[shown]:
            return None
        return _Place(*trace.places[4 * index : 4 * index + 4])


class LoggedFinder:
    """A face finder whose faces are noted."""

    def __init__(self, finder: FaceFinder, log: MouthLog) -> None:
        self._finder = finder
        self._log = log

    def see(self, frame: Frame) -> FrameFaces:
        """The faces of the next frame in order of presentation."""
        found = self._finder.see(frame)
        self._log.note(found)
        return found


def picture_mouths(video: sync_pb2.VideoSync, log: MouthLog, audio_stream: int | None, report: Report) -> None:
    """Adds to each speaker what is on screen at some moments of sound.

    A speaker whose offset is known gets two pictures for each moment: the one that is on screen when the sound is
    heard, then the one that will be once the offset is mended. Others get the first only.

    Args:
        video: What was measured; its path is that of the file.
        log: Where the mouths are.
        audio_stream: Index of the stream of sound; None: the first one.
        report: Takes the share of the work done.
    """
    shown = sorted(video.speakers, key=lambda speaker: -speaker.confidence)[:SPEAKERS]
    path = Path(video.path)
    for number, speaker in enumerate(shown):
        report(number / len(shown), "mouths")
        spans = speaker.speaking or [speaker.seen]
        moments = _moments(path, audio_stream, [(span.start_s, span.stop_s) for span in spans])
        shift_s = speaker.offset_s if speaker.HasField("offset_s") else None
        wanted = [[t] if shift_s is None else [t, round(t + shift_s, _DECIMALS)] for t in moments]
        seen = [times for times in wanted if all(not speaker.track or log.place(speaker.track, t) for t in times)]
        with open_video(path) as reader:
            for time_s in (t for times in sorted(seen[:MOMENTS]) for t in times):
                frame = reader.at(Fraction(str(time_s)))
                if frame is not None:
                    jpeg = _cut_out(frame, log.place(speaker.track, time_s) if speaker.track else None)
                    speaker.mouths.add(time_s=time_s, jpeg=jpeg)


def _place(landmarks: Landmarks) -> _Place:
    left, right = (landmarks[index, :2].astype(float) for index in _EYES)
    x, y = landmarks[list(_MOUTH), :2].mean(axis=0)
    across = right - left
    return _Place(float(x), float(y), _WIDTH * float(np.hypot(*across)), float(np.arctan2(across[1], across[0])))


def _cut_out(frame: Frame, place: _Place | None) -> bytes:
    """A small JPEG of a mouth, upright; of the whole frame where there is none."""
    if place is None:
        scale = min(room / side for room, side in zip(_WHOLE_SIZE, frame.size, strict=True))
        picture = frame.reduced(*(max(1, round(side * scale)) for side in frame.size))
    else:
        scale = 2 * max(place.half, 1.0) / _SIZE[0]
        cos, sin = scale * np.cos(place.roll_rad), scale * np.sin(place.roll_rad)
        turn = np.array([[cos, -sin], [sin, cos]])
        corner = np.array([place.x, place.y]) - turn @ ((np.array(_SIZE) - 1) / 2)
        picture = frame.window(np.column_stack([turn, corner]), _SIZE)
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(data)


def _moments(path: Path, stream: int | None, spans: Sequence[tuple[float, float]]) -> list[float]:
    """Times at which the sound rises most, the strongest first, well apart; more than are shown."""
    found: list[tuple[float, float]] = []
    left_s = _LONGEST_S
    with open_audio(path, stream) as reader:
        for start_s, stop_s in spans:
            stop_s = min(stop_s, start_s + left_s)
            left_s -= max(0.0, stop_s - start_s)
            hop = round(_HOP_S * reader.rate_hz)
            first, count = round(start_s * reader.rate_hz), int((stop_s - start_s) / _HOP_S)
            if count > 2 * _RISE_S / _HOP_S:
                rises = _rises(reader.read(first, count * hop).mean(axis=0).reshape(count, hop))
                found += [(float(rise), start_s + index * _HOP_S) for index, rise in enumerate(rises) if rise > 0]
    chosen: list[float] = []
    least = _FAINTEST * max(found, default=(0.0, 0.0))[0]
    for rise, time_s in sorted(found, reverse=True):
        if rise < least or len(chosen) >= 3 * MOMENTS:
            break
        if all(abs(time_s - other) >= _APART_S for other in chosen):
            chosen.append(round(time_s, _DECIMALS))
    return chosen


def _rises(blocks: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much louder the sound is after the beginning of each block than before it, where it is loud at all."""
    power = np.square(blocks, dtype=np.float64).mean(axis=1)
    width = round(_RISE_S / _HOP_S)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    rises = np.zeros(len(power))
    at = np.arange(width, len(power) - width)
    after, before = sums[at + width] - sums[at], sums[at] - sums[at - width]
    floor = 1e-3 * power.max() * width + 1e-12
    rises[at] = np.log((after + floor) / (before + floor)) * np.sqrt(after)
    return rises
