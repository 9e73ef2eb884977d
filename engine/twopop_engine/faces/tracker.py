"""Faces through a video, frame by frame, with memory that does not grow.

A face that is followed is looked for where it was (one network a frame); the detector runs a few times a second, at
cuts and on loss; tiles for small faces only at the start of a shot, on loss, and while nobody is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import hypot

import numpy as np
from scipy.optimize import linear_sum_assignment

from twopop_engine.faces import detector, shots
from twopop_engine.faces.appearance import Look, look_of
from twopop_engine.faces.detector import Detection
from twopop_engine.faces.face import Face, FrameFaces
from twopop_engine.faces.mesh import MARGIN, Sighting, look, region_of_detection
from twopop_engine.faces.nets import FaceNets
from twopop_engine.faces.pose import pose_of
from twopop_engine.faces.track import Track
from twopop_engine.media.frames import Frame

MOST_FACES = 8
"""Faces that are followed at once: the first and largest."""

PRESENCE = 0.5
"""How sure the mesh must be of a new face."""

_STAYING = 0.3  # and of one that is followed
_DETECT_EVERY_S = Fraction(3, 10)
_TILES_EVERY_S = 2
_BRIDGE_S = 1  # a face that is away for longer comes back as another
_SAME_OVERLAP = 0.45  # from here on two sightings are of one face
_SAME_WAY = 0.45  # likewise when their middles are nearer than this share of the larger one
_COST_LIMIT = 1.1
_NEVER = 1e3
_LOYALTY = 0.4  # for a sighting where the track itself looked
_UNCONFIRMED_S = Fraction(3, 2)
_CONFIRMED = 0.2  # overlap from which a detection speaks for a track
_KNOWN = 0.3  # overlap from which a detection is of a face that is followed


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
        self._assign(frame.time, self._distinct(frame.time, seen))
        self._time = frame.time
        faces = tuple(_face(track) for track in self._tracks if track.time == frame.time)
        return FrameFaces(frame.time, self._shots.number, faces)

    def _followed(self, frame: Frame) -> list[_Seen]:
        seen = []
        for track in self._tracks:
            if track.time == self._time:
                sighting = look(frame, self._nets, track.guess(frame.time))
                if sighting.presence >= _STAYING:
                    seen.append(_Seen(sighting, look_of(sighting.crop), (track.number,)))
        return seen

    def _is_due(self, time: Fraction, seen: list[_Seen]) -> bool:
        is_lost = len(seen) < len(self._tracks)
        return is_lost or self._detected is None or time - self._detected >= _DETECT_EVERY_S

    def _found(self, frame: Frame, seen: list[_Seen]) -> list[_Seen]:
        """Faces where no track was looking."""
        self._detected = frame.time
        found = list(detector.whole(frame, self._nets))
        self._confirm(frame, found)
        for tile in self._tiles(frame, [one.finders[0] for one in seen], bool(found)):
            found += detector.tiled(frame, self._nets, tile)
        new = [
            one
            for one in detector.merged(found)
            if not any(detector.overlap(one.box, other.sighting.box) > _KNOWN for other in seen)
        ]
        new.sort(key=lambda one: -one.side)
        room = max(0, self._most_faces - len(seen))
        sightings = [look(frame, self._nets, region_of_detection(one)) for one in new[:room]]
        return [_Seen(one, look_of(one.crop), ()) for one in sightings if one.presence >= PRESENCE]

    def _tiles(self, frame: Frame, followed: list[int], is_found: bool) -> list[tuple[int, int, int]]:
        """Where to look closer: everywhere at the start of a shot and at times while there is nobody; else on loss."""
        is_time = self._tiled is None or frame.time - self._tiled >= _TILES_EVERY_S
        if self._tiled is None or (is_time and not followed and not is_found):
            self._tiled = frame.time
            return detector.tiles(frame.size)
        return [_around(track.sighting.box) for track in self._tracks if track.number not in followed]

    def _confirm(self, frame: Frame, found: list[Detection]) -> None:
        """Gives up tracks that the detector does not confirm for long: the mesh also sees faces in things."""
        for track in self._tracks:
            box = track.sighting.box
            if track.time == self._time and (
                _is_among(box, found) or _is_among(box, detector.tiled(frame, self._nets, _around(box)))
            ):
                track.confirmed = frame.time
        self._tracks = [track for track in self._tracks if frame.time - track.confirmed <= _UNCONFIRMED_S]

    def _assign(self, time: Fraction, seen: list[_Seen]) -> None:
        """Gives each sighting to the track that it fits best, or a new one."""
        costs = np.array([[self._cost(track, one, time) for one in seen] for track in self._tracks])
        left = dict(enumerate(seen))
        for row, column in np.transpose(linear_sum_assignment(costs)).tolist() if costs.size else []:
            if costs[row, column] < _COST_LIMIT:
                one = left.pop(column)
                is_clear = all(other is one or not _touch(one.sighting, other.sighting) for other in seen)
                self._tracks[row].update(one.sighting, one.look if is_clear else None, time)
        for one in left.values():
            if len(self._tracks) < self._most_faces:
                self._count += 1
                self._tracks.append(Track.begin(self._count, one.sighting, time))

    def _cost(self, track: Track, one: _Seen, time: Fraction) -> float:
        cost = track.cost(one.sighting, one.look, time) - _LOYALTY * (track.number in one.finders)
        return min(cost, _NEVER)

    def _distinct(self, time: Fraction, seen: list[_Seen]) -> list[_Seen]:
        """Sightings of one face as one: that which its finder would expect most, with all the finders.

        When somebody is hidden by another, the mesh slides from the one behind to the one in front.
        """
        tracks = {track.number: track for track in self._tracks}

        def surprise(one: _Seen) -> float:
            return min((tracks[number].cost(one.sighting, one.look, time) for number in one.finders), default=_NEVER)

        distinct: list[_Seen] = []
        for one in sorted(seen, key=surprise):
            for place, other in enumerate(distinct):
                if _is_same(one.sighting, other.sighting):
                    distinct[place] = replace(other, finders=other.finders + one.finders)
                    break
            else:
                distinct.append(one)
        return distinct


def _around(box: tuple[float, float, float, float]) -> tuple[int, int, int]:
    side = round(3 * max(box[2] - box[0], box[3] - box[1], 8.0))
    return round((box[0] + box[2] - side) / 2), round((box[1] + box[3] - side) / 2), side


def _is_same(one: Sighting, other: Sighting) -> bool:
    way = hypot(one.region.x - other.region.x, one.region.y - other.region.y)
    size = max(one.region.side, other.region.side) / MARGIN
    return way < _SAME_WAY * size or detector.overlap(one.box, other.box) > _SAME_OVERLAP


def _is_among(box: tuple[float, float, float, float], found: Iterable[Detection]) -> bool:
    return any(detector.overlap(box, one.box) > _CONFIRMED for one in found)


def _touch(one: Sighting, other: Sighting) -> bool:
    return detector.overlap(one.box, other.box) > 0


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
