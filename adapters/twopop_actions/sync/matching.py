"""Finding the recordings and placing them on each camera's clock."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from twopop.errors import InputError
from twopop.v1 import media_pb2, sync_pb2
from twopop_actions.engine import Engine, part_of
from twopop_actions.sync.coverage import Cover
from twopop_actions.sync.outcome import Match, as_sentence
from twopop_client.connection import Watch


@dataclass(frozen=True)
class Matches:
    """What was measured against one camera's file.

    Attributes:
        all: One for each recording; empty when the camera's file could not be used.
        problem: Why it could not; None otherwise.
    """

    all: tuple[Match, ...]
    problem: InputError | None = None

    @property
    def covers(self) -> tuple[Cover, ...]:
        """The recordings that were placed."""
        matched = (m for m in self.all if m.pair.verdict == sync_pb2.MATCH_VERDICT_MATCHED and m.pair.segments)
        return tuple(Cover.of(match.recording, match.pair) for match in matched)


def find_recordings(
    sound: Sequence[Path], cameras: Collection[str], engine: Engine, watch: Watch | None
) -> tuple[list[media_pb2.Recording], list[str]]:
    """The recordings in some folders, without the cameras' own files.

    Args:
        sound: Folders or files.
        cameras: The cameras' files.
        engine: Reads the folders.
        watch: Called with the progress.

    Returns:
        The recordings, and notes on files that could not be read.
    """
    if not sound:
        return [], []
    result = engine.scan([str(path) for path in sound], watch)
    own = {os.path.realpath(camera) for camera in cameras}
    recordings = [r for r in result.recordings if not own & {os.path.realpath(path) for path in r.paths}]
    return recordings, [f"Not read: {file.error.message}" for file in result.unreadable]


def match(camera: str, recordings: Sequence[media_pb2.Recording], engine: Engine, watch: Watch | None) -> Matches:
    """Places recordings on a camera's clock.

    Args:
        camera: The camera's file.
        recordings: What to place.
        engine: Measures.
        watch: Called with the progress.

    Returns:
        What was measured.
    """
    if not recordings:
        return Matches(())
    request = sync_pb2.MatchRequest(
        reference=sync_pb2.MatchSource(paths=[camera]),
        others=[sync_pb2.MatchSource(paths=recording.paths) for recording in recordings],
        allow_chaining=True,
        use_timecode=True,
        with_curves=True,
    )
    try:
        pairs = engine.match(request, watch).pairs
    except InputError as problem:
        return Matches((), problem)
    return Matches(tuple(Match(*item) for item in zip(recordings, pairs, strict=True)))


def match_all(
    cameras: Sequence[str], recordings: Sequence[media_pb2.Recording], engine: Engine, watch: Watch | None
) -> dict[str, Matches]:
    """Places recordings on the clock of each of several cameras' files."""
    share = 1 / max(1, len(cameras))
    return {
        camera: match(camera, recordings, engine, part_of(watch, index * share, (index + 1) * share))
        for index, camera in enumerate(cameras)
    }


def unused_notes(
    recordings: Iterable[media_pb2.Recording], matches: Iterable[Matches], used: Collection[str]
) -> list[str]:
    """A sentence for each recording that was placed nowhere."""
    notes = []
    measured = [match for camera in matches for match in camera.all]
    for recording in recordings:
        if recording.id in used:
            continue
        pairs = [match.pair for match in measured if match.recording.id == recording.id]
        if any(pair.verdict == sync_pb2.MATCH_VERDICT_MATCHED for pair in pairs):
            why = "fits a camera's file but no clip on the timeline"
        else:
            closest = max(pairs, key=lambda pair: pair.confidence, default=None)
            why = "matches no clip" + (f": {closest.explanation or closest.reason}" if closest else "")
        notes.append(as_sentence(f"{recording.name} ({Path(recording.paths[0]).name}) {why}"))
    return notes
