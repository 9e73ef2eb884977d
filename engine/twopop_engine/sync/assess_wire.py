"""Assessments as messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from twopop.v1 import sync_pb2
from twopop_engine.sync.assess.answer import Curve, SpeakerAnswer, Verdict, VideoAnswer, Window

_VERDICTS: Final[dict[Verdict, sync_pb2.SyncVerdict.ValueType]] = {
    "in_sync": sync_pb2.SYNC_VERDICT_IN_SYNC,
    "out_of_sync": sync_pb2.SYNC_VERDICT_OUT_OF_SYNC,
    "cannot_tell": sync_pb2.SYNC_VERDICT_CANNOT_TELL,
}


def video_to_wire(answer: VideoAnswer) -> sync_pb2.VideoSync:
    """The message of an answer."""
    return sync_pb2.VideoSync(
        path=str(answer.path),
        verdict=_VERDICTS[answer.verdict],
        reason=answer.reason,
        explanation=answer.explanation,
        speakers=[_speaker(speaker) for speaker in answer.speakers],
        frame_rate=answer.frame_rate,
        duration_s=answer.duration_s,
        warnings=answer.warnings,
    )


def unreadable(path: str, explanation: str) -> sync_pb2.VideoSync:
    """The message that stands for a file that cannot be read."""
    return sync_pb2.VideoSync(
        path=path, verdict=sync_pb2.SYNC_VERDICT_CANNOT_TELL, reason="unreadable", explanation=explanation
    )


def _speaker(answer: SpeakerAnswer) -> sync_pb2.SpeakerSync:
    message = sync_pb2.SpeakerSync(
        track=answer.track,
        verdict=_VERDICTS[answer.verdict],
        reason=answer.reason,
        explanation=answer.explanation,
        offset_s=answer.offset_s,
        uncertainty_s=answer.uncertainty_s,
        confidence=answer.confidence,
        course=answer.course,
        drift_ppm=answer.drift_ppm,
        stretches=_windows(answer.stretches),
        windows=_windows(answer.windows),
        standards=answer.standards,
        model=answer.model,
        speaking=[sync_pb2.TimeSpan(start_s=span.start_s, stop_s=span.stop_s) for span in answer.speaking],
        seen=sync_pb2.TimeSpan(start_s=answer.seen.start_s, stop_s=answer.seen.stop_s),
        curve=_curve(answer.curve),
    )
    if answer.lse is not None:
        message.lse_d, message.lse_c = answer.lse.lse_d, answer.lse.lse_c
        message.lse_d_corrected, message.lse_c_corrected = answer.lse.lse_d_corrected, answer.lse.lse_c_corrected
    return message


def _windows(windows: Iterable[Window]) -> list[sync_pb2.SyncWindow]:
    return [
        sync_pb2.SyncWindow(
            start_s=window.start_s,
            duration_s=window.duration_s,
            offset_s=window.offset_s,
            confidence=window.confidence,
        )
        for window in windows
    ]


def _curve(curve: Curve | None) -> sync_pb2.ScoreCurve | None:
    if curve is None:
        return None
    return sync_pb2.ScoreCurve(first_lag_s=curve.first_lag_s, step_s=curve.step_s, values=curve.values.tolist())
