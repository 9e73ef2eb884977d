"""Measures files one by one; what was measured before of the same content is not measured again."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final, Protocol

from twopop.errors import MediaNotFound, MediaUnreadable
from twopop.timing import range_from_wire
from twopop.v1 import sync_pb2
from twopop_engine.media.digest import media_digest
from twopop_engine.runtime.results import ResultStore, result_key
from twopop_engine.sync import assess_wire
from twopop_engine.sync.assess.answer import VideoAnswer
from twopop_engine.sync.assess.options import AssessOptions, Report
from twopop_engine.sync.assess.standards import DEFAULT, tolerance

_REVISION: Final = "sync.assess/1"
_PICTURED_FROM: Final = 0.9  # the share of the work after which mouths are pictured
_ANY_RATE: Final = Fraction(25)  # a standard's name is looked up the same at every rate


class Meter(Protocol):
    """What measures: a model and all that it needs."""

    @property
    def identity(self) -> str:
        """Names the model and its weights; results of another identity are not reused."""

    def measure(self, path: Path, options: AssessOptions, report: Report) -> VideoAnswer:
        """Measures one file; see `assess.video.assess_video`."""

    def picture_mouths(self, video: sync_pb2.VideoSync, audio_stream: int | None, report: Report) -> None:
        """Adds pictures of the speakers' mouths to what was measured."""


class Assessor:
    """Measures files with one model and one standard."""

    def __init__(self, meter: Meter, options: sync_pb2.AssessOptions, results: ResultStore) -> None:
        """Checks the options.

        Args:
            meter: What measures.
            options: What the request chose; its model is the meter's.
            results: Where results are kept.

        Raises:
            OptionInvalid: No standard of that name.
        """
        self._standard = options.standard or DEFAULT
        tolerance(self._standard, _ANY_RATE)
        self._meter = meter
        self._with_evidence = options.with_evidence
        self._results = results

    def video(self, item: sync_pb2.AssessItem, report: Report) -> sync_pb2.VideoSync:
        """Measures one file.

        Args:
            item: The file, and what of it.
            report: Takes the share of the work done; what it raises ends the work.

        Returns:
            What was measured; that the file cannot be read is an answer, too.
        """
        path = Path(item.path)
        try:
            key = self._key(item, media_digest(path))
            kept = self._results.load(key)
            if kept is not None:
                report(1.0, path.name)
                video = sync_pb2.VideoSync.FromString(kept)
            else:
                video = self._measured(path, item, report)
                self._results.save(key, video.SerializeToString(deterministic=True))
        except (MediaNotFound, MediaUnreadable) as error:
            return assess_wire.unreadable(item.path, error.message)
        video.path = item.path
        return video

    def _measured(self, path: Path, item: sync_pb2.AssessItem, report: Report) -> sync_pb2.VideoSync:
        start, duration = range_from_wire(item.range) if item.HasField("range") else (None, None)
        stream = item.audio_stream if item.HasField("audio_stream") else None
        options = AssessOptions(self._standard, start, duration, stream, self._with_evidence)
        share = _PICTURED_FROM if self._with_evidence else 1.0
        video = assess_wire.video_to_wire(self._meter.measure(path, options, _part(report, 0.0, share)))
        if self._with_evidence:
            self._meter.picture_mouths(video, stream, _part(report, share, 1.0))
        return video

    def _key(self, item: sync_pb2.AssessItem, digest: str) -> str:
        what = sync_pb2.AssessItem()
        what.CopyFrom(item)
        what.path = digest
        chosen = f"standard={self._standard} evidence={self._with_evidence}"
        return result_key(_REVISION, self._meter.identity, chosen, what.SerializeToString(deterministic=True).hex())


def lead_s(video: sync_pb2.VideoSync) -> float | None:
    """By how much a file's sound leads, as its surest speaker says; None when nobody could tell."""
    told = [speaker for speaker in video.speakers if speaker.HasField("offset_s")]
    if video.verdict == sync_pb2.SYNC_VERDICT_CANNOT_TELL or not told:
        return None
    return max(told, key=lambda speaker: speaker.confidence).offset_s


def _part(report: Report, low: float, high: float) -> Callable[[float, str], None]:
    return lambda done, what: report(low + (high - low) * done, what)
