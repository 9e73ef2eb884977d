"""Sound put on new tracks of the open timeline by `AppendToTimeline`.

Measured: on a track the earlier clip wins and the later one is dropped in silence, so clips go to tracks that are empty
there; source frames count at the file's own rate; whether the end frame is part of the clip was found both ways, so it
is measured on each run with a clip of one frame, which is taken away again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twopop.errors import HostFailed
from twopop_actions.changes import PlaceClip
from twopop_otio.tags import tag_of
from twopop_otio.timeline import Document, name_of
from twopop_resolve.api import PoolItem, TimelineApi
from twopop_resolve.connection import Session
from twopop_resolve.live import HOST, required
from twopop_resolve.matching import frame_of, track_numbers
from twopop_resolve.pool import import_media, source_frames
from twopop_resolve.reading import Reading
from twopop_resolve.seats import first_frame

_AUDIO = 2  # AppendToTimeline's "mediaType"


class Placing:
    """Places clips on the open timeline; the Edit page must be shown.

    Attributes:
        added: Numbers of the audio tracks that were added so far.
    """

    def __init__(self, session: Session, timeline: TimelineApi, reading: Reading) -> None:
        self.added: list[int] = []
        self._session = session
        self._timeline = timeline
        self._reading = reading

    def place(self, changes: Sequence[PlaceClip]) -> None:
        """Places clips; what is there in the end, a fresh export tells.

        Raises:
            HostFailed: A file was not imported, a track not made, or a clip's part cannot be said in its frames.
        """
        if not changes:
            return
        files = import_media(self._session, (change.media.path for change in changes))
        known = made_tracks(self._reading.document)
        tracks = {change.track: known.get(change.track) for change in changes}
        for name in tracks:
            if tracks[name] is None:
                tracks[name] = self._add_track(name)
        first = changes[0]
        track = required(tracks[first.track], "the new track")
        ends = self._last_frame_counts(self._info(first, files[first.media.path], track, 0))
        infos = [self._info(c, files[c.media.path], int(tracks[c.track] or 0), ends) for c in changes]
        self._session.pool.AppendToTimeline(infos)

    def _add_track(self, name: str) -> int:
        """The number of a new mono track behind the others."""
        before = int(required(self._timeline.GetTrackCount("audio"), "how many tracks there are"))
        self._timeline.AddTrack("audio", {"audioType": "mono"})
        number = int(required(self._timeline.GetTrackCount("audio"), "how many tracks there are"))
        if number != before + 1:
            raise HostFailed.of(HOST, f"it added no audio track for {name}")
        self.added.append(number)
        kind = self._timeline.GetTrackSubType("audio", number)
        if str(kind).lower() != "mono":
            raise HostFailed.of(HOST, f"the audio track that it added for {name} is {kind}, expected mono")
        self._timeline.SetTrackName("audio", number, name)
        if self._timeline.GetTrackName("audio", number) != name:
            raise HostFailed.of(HOST, f"it did not name the new audio track {name}")
        return number

    def _info(self, change: PlaceClip, media: PoolItem, track: int, ends: int) -> dict[str, Any]:
        """What is appended; `ends` is 1 where the end frame is part of the clip."""
        start, count = source_frames(media, change.media.start, change.media.duration)
        return {
            "mediaPoolItem": media,
            "startFrame": start,
            "endFrame": start + count - ends,
            "mediaType": _AUDIO,
            "trackIndex": track,
            "recordFrame": first_frame(self._timeline) + frame_of(change.record_start, self._reading.dialect),
        }

    def _last_frame_counts(self, info: dict[str, Any]) -> int:
        """1 where the end frame is part of a clip, else 0; measured where a clip is to be placed anyway."""
        number = info["trackIndex"]
        before = len(self._timeline.GetItemListInTrack("audio", number) or [])
        items = self._session.pool.AppendToTimeline([{**info, "endFrame": info["startFrame"] + 1}]) or []
        length = items[0].GetDuration() if items else None
        if length not in (1, 2):
            raise HostFailed.of(HOST, "it put no sound on the new track; is the file readable to it?")
        self._timeline.DeleteClips(items, False)
        if len(self._timeline.GetItemListInTrack("audio", number) or []) != before:
            raise HostFailed.of(HOST, "a clip that was put there for a test cannot be taken away")
        return int(length) - 1


def made_tracks(document: Document) -> dict[str, int]:
    """Numbers of the audio tracks that were made here, by name."""
    numbers = track_numbers(document.tracks)
    made = ((index, track) for index, track in enumerate(document.tracks) if tag_of(track).get("made") is True)
    return {name_of(track): numbers[index] for index, track in made}
