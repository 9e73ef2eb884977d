"""Whose mouth is watched in pictures with several faces: the one that is large and moves its lips."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import Final

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from twopop_engine.faces.face import Face, Landmarks
from twopop_engine.faces.nets import FaceNets
from twopop_engine.faces.tracker import FaceTracker
from twopop_engine.media.frames import Frame
from twopop_engine.sync.lip_motion import opening

_WATCHED_S: Final = 1.5  # over which the motion of lips is told
_STILL: Final = 0.002  # spread of the opening that counts as none
_LOYALTY: Final = 1.5  # another face must be so much more of a speaker
_MOST_FACES: Final = 4
_MICROSECONDS: Final = 1_000_000


class Portrait:
    """Finds the speaker's face, picture by picture; for one thread at a time."""

    def __init__(self, nets: FaceNets) -> None:
        """Begins a stream.

        Args:
            nets: The face networks.
        """
        self._tracker = FaceTracker(nets, _MOST_FACES)
        self._openings: dict[int, deque[tuple[Fraction, float]]] = {}
        self._track: int | None = None

    def see_picture(self, time_s: float, rgb: NDArray[np.uint8]) -> tuple[Landmarks | None, bool]:
        """Takes a picture; see `see`.

        Args:
            time_s: When it is shown.
            rgb: The picture [height, width, 3].
        """
        time = Fraction(round(time_s * _MICROSECONDS), _MICROSECONDS)
        return self.see(Frame(time, False, VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24")))

    def see(self, frame: Frame) -> tuple[Landmarks | None, bool]:
        """Takes the next frame in order of presentation.

        Args:
            frame: The frame.

        Returns:
            The points of the speaker's face, None when it is not seen; and whether it is the same as before.
        """
        faces = self._tracker.see(frame).faces
        self._note(frame.time, faces)
        chosen = max(faces, key=self._presence, default=None)
        if chosen is None:
            return None, True
        is_same = chosen.track == self._track
        self._track = chosen.track
        return chosen.landmarks, is_same

    def _note(self, time: Fraction, faces: tuple[Face, ...]) -> None:
        for face in faces:
            self._openings.setdefault(face.track, deque()).append((time, opening(face.landmarks)))
        for track, seen in list(self._openings.items()):
            while seen and time - seen[0][0] > _WATCHED_S:
                seen.popleft()
            if not seen:
                del self._openings[track]

    def _presence(self, face: Face) -> float:
        """Width times motion of the lips."""
        values = [value for _, value in self._openings[face.track]]
        presence = (face.box[2] - face.box[0]) * (float(np.std(values)) + _STILL)
        return presence * _LOYALTY if face.track == self._track else presence
