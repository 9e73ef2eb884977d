"""Faces through a video, frame by frame, with memory that does not grow.

A face that is followed is looked for where it was (one network a frame); the detector runs a few times a second, at
cuts and on loss; tiles for small faces only at the start of a shot, on loss, and while nobody is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.optimize import linear_sum_assignment

from twopop_engine.faces import detector, shots
from twopop_engine.faces.appearance import Look, look_of
from twopop_engine.faces.detector import Detection
from twopop_engine.faces.face import Face, FrameFaces
from twopop_engine.faces.mesh import Sighting, look, region_of_detection
from twopop_engine.faces.nets import FaceNets
from twopop_engine.faces.pose import pose_of
from twopop_engine.faces.track import Track
from twopop_engine.media.frames import Frame

MOST_FACES = 8
"""Faces that are followed at once: the first and largest."""

PRESENCE = 0.5
_DETECT_EVERY_S = Fraction(1, 5)
_TILES_EVERY_S = 2
_BRIDGE_S = 1  # a face that is away for longer comes back as another
_SAME = 0.45  # overlap from which two sightings are of one face
_COST_LIMIT = 1.1
_LOYALTY = 0.4  # for a sighting where the track itself looked
_DOUBTS = 4


@dataclass(frozen=True)
class _Seen:
    """A sighting, and the numbers of the tracks that found it."""

    sighting: Sighting
    look: Look
    finders: tuple[int, ...]


class FaceTracker:
    """Follows the faces of one video; for one thread at a time."""

    def __init__(self, nets: FaceNets, most_faces: int = MOST_FACES) -> None:
        """Begins a video.

        Args:
            nets: The networks.
            most_faces: How many faces are followed at once.
        """
        self._nets = nets
        self._most_faces = most_faces
        self._shots = shots.Shots()
        self._tracks: list[Track] = []
        self._count = 0
        self._time: Fraction | None = None
        self._detected: Fraction | None = None
        self._tiled: Fraction | None = None

    def see(self, frame: Frame) -> FrameFaces:
        """Takes the next frame.

        Args:
            frame: In order of presentation.

        Returns:
            The faces in it; one that is hidden or lost is left out.
        """
        if self._shots.see(frame.reduced(*shots.SIZE)):
            self._tracks, self._detected, self._tiled = [], None, None
        self._tracks = [track for track in self._tracks if frame.time - track.time <= _BRIDGE_S]
        seen = self._followed(frame)
        if self._is_due(frame.time, seen):
            seen += self._found(frame, seen)
        self._assign(frame.time, _distinct(seen))
        self._time = frame.time
        faces = tuple(_face(track) for track in self._tracks if track.time == frame.time)
        return FrameFaces(frame.time, self._shots.number, faces)

    def _followed(self, frame: Frame) -> list[_Seen]:
        seen = []
        for track in self._tracks:
            if track.time == self._time:
                sighting = look(frame, self._nets, track.guess(frame.time))
                if sighting.presence >= PRESENCE:
                    seen.append(_Seen(sighting, look_of(sighting.crop), (track.number,)))
        return seen

    def _is_due(self, time: Fraction, seen: list[_Seen]) -> bool:
        is_lost = len(seen) < len(self._tracks)
        return is_lost or self._detected is None or time - self._detected >= _DETECT_EVERY_S

    def _found(self, frame: Frame, seen: list[_Seen]) -> list[_Seen]:
        """Faces where no track was looking."""
        self._detected = frame.time
        found = list(detector.whole(frame, self._nets))
        self._doubt(frame, found)
        found += self._searched(frame, [*found, *seen])
        new = [one for one in found if not any(detector.overlap(one.box, other.sighting.box) > 0.3 for other in seen)]
        new.sort(key=lambda one: -one.side)
        sightings = [look(frame, self._nets, region_of_detection(one)) for one in new[: self._most_faces]]
        return [_Seen(one, look_of(one.crop), ()) for one in sightings if one.presence >= PRESENCE]

    def _searched(self, frame: Frame, known: list[object]) -> list[Detection]:
        """Small faces, by tiles, where it is time to look for them."""
        if self._tiled is not None and (known or frame.time - self._tiled < _TILES_EVERY_S):
            return []
        self._tiled = frame.time
        found: list[Detection] = []
        for level in detector.levels(frame.size):
            for tile in level:
                found += detector.tiled(frame, self._nets, tile)
            if known or found:
                break
        return list(detector.merged(found))

    def _doubt(self, frame: Frame, found: list[Detection]) -> None:
        """Gives up tracks that the detector does not confirm for long: the mesh also sees faces in things."""
        for track in self._tracks:
            if track.time != self._time:
                continue
            box = track.sighting.box
            is_confirmed = any(detector.overlap(box, one.box) > 0.2 for one in found)
            is_confirmed = is_confirmed or any(
                detector.overlap(box, one.box) > 0.2 for one in detector.tiled(frame, self._nets, _around(box))
            )
            track.doubts = 0 if is_confirmed else track.doubts + 1
        self._tracks = [track for track in self._tracks if track.doubts < _DOUBTS]

    def _assign(self, time: Fraction, seen: list[_Seen]) -> None:
        """Gives each sighting to the track that it fits best, or a new one."""
        costs = np.full((len(self._tracks), len(seen)), 1e3)
        for row, track in enumerate(self._tracks):
            for column, one in enumerate(seen):
                cost = track.cost(one.sighting, one.look, time) - _LOYALTY * (track.number in one.finders)
                if cost < _COST_LIMIT:
                    costs[row, column] = cost
        taken = set()
        for row, column in zip(*linear_sum_assignment(costs), strict=True):
            if costs[row, column] < _COST_LIMIT:
                self._tracks[row].update(seen[column].sighting, seen[column].look, time)
                taken.add(int(column))
        for column, one in enumerate(seen):
            if column not in taken and len(self._tracks) < self._most_faces:
                self._count += 1
                self._tracks.append(Track.begin(self._count, one.sighting, time))


def _around(box: tuple[float, float, float, float]) -> tuple[int, int, int]:
    side = round(3 * max(box[2] - box[0], box[3] - box[1], 8.0))
    return round((box[0] + box[2] - side) / 2), round((box[1] + box[3] - side) / 2), side


def _distinct(seen: list[_Seen]) -> list[_Seen]:
    """Sightings of one face as one, the one with most presence first found."""
    distinct: list[_Seen] = []
    for one in seen:
        for place, other in enumerate(distinct):
            if detector.overlap(one.sighting.box, other.sighting.box) > _SAME:
                distinct[place] = _Seen(other.sighting, other.look, other.finders + one.finders)
                break
        else:
            distinct.append(one)
    return distinct


def _face(track: Track) -> Face:
    sighting = track.sighting
    pose = pose_of(sighting.landmarks)
    return Face(
        track.number,
        sighting.box,
        sighting.landmarks,
        sighting.presence,
        pose.yaw_deg,
        pose.pitch_deg,
        pose.roll_deg,
        pose.is_profile,
    )
