"""A timeline with changes applied in memory, for hosts whose editor cannot try them out.

What a clip says of itself is the same before and after our changes (see `twopop_actions.timeline`), so that all there
is to do is to put the placed clips on their tracks and to note what is applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from twopop_actions.changes import ChangeList, PlaceClip
from twopop_actions.timeline import Clip, ClipMedia, Target, Timeline, Track


def folded(timeline: Timeline, changes: ChangeList) -> Timeline:
    """The timeline as it would be.

    Args:
        timeline: As it is.
        changes: What would be applied; what is in it already is left out.

    Returns:
        A timeline in which placed clips have no digest yet: the editor has not made them.
    """
    wanted = [change for change in changes.changes if change.id not in timeline.applied]
    places = [change for change in wanted if isinstance(change, PlaceClip)]
    tracks = _with_tracks(timeline.tracks, [change.track for change in places])
    index_of = {track.name: track.index for track in tracks if track.made}
    clips = list(timeline.clips)
    for change in places:
        track = index_of[change.track]
        clips.append(_placed(change, track, sum(clip.target.track == track for clip in clips)))
    clips.sort(key=lambda clip: (clip.target.track, clip.record_start))
    applied = timeline.applied | {change.id for change in wanted}
    return replace(timeline, tracks=tracks, clips=tuple(clips), applied=applied)


def _with_tracks(tracks: Sequence[Track], names: Sequence[str]) -> tuple[Track, ...]:
    """The tracks and, behind them, those that are to be made."""
    made = {track.name for track in tracks if track.made}
    first = max((track.index for track in tracks), default=-1) + 1
    new = [name for name in dict.fromkeys(names) if name not in made]
    return (*tracks, *(Track(first + number, name, "audio", made=True) for number, name in enumerate(new)))


def _placed(change: PlaceClip, track: int, index: int) -> Clip:
    return Clip(
        target=Target(track, (index,), change.name, change.record_start, change.media.duration, digest=""),
        kind="audio",
        media=ClipMedia(change.media.path),
        source_start=change.media.start,
        record_start=change.record_start,
        record_duration=change.media.duration,
        link=change.link,
        tag={"change": change.id, **change.tag},
    )
