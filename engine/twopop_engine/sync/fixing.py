"""A file mended by what was measured of it, and measured again; nothing is written when there is nothing to mend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from twopop.v1 import sync_pb2
from twopop_engine.media.shift import ShiftedFile, shift_audio
from twopop_engine.sync.assessor import Assessor, lead_s

_AGREES_S: Final = 0.020
_STEADY_S: Final = 0.020  # a drift that moves sound by less to either side is mended by a shift
_SHARES: Final = {"before": (0.0, 0.45), "shift": (0.45, 0.55), "after": (0.55, 1.0)}

Progress = Callable[[float, str, str], None]


def fix_measured(source: Path, target: Path, assessor: Assessor, progress: Progress) -> sync_pb2.FixResult:
    """Measures a file, moves its sound by that much, and measures the copy.

    A copy that does not measure as meant is kept all the same: it was asked for, and its figures say what it is.

    Args:
        source: The file.
        target: The copy to write.
        assessor: Measures.
        progress: Takes the share of the work done, the stage and what it is done to.

    Returns:
        What was measured and done; with a refusal, no file was written.
    """
    before = assessor.video(sync_pb2.AssessItem(path=str(source)), _stage(progress, "before"))
    result = sync_pb2.FixResult(before=before)
    result.refusal, result.explanation = refusal_of(before)
    if result.refusal:
        return result
    shifted = shift_audio(
        source, target, lead_s(before) or 0.0, lambda done: _stage(progress, "shift")(done, target.name)
    )
    tell(result, shifted)
    after = assessor.video(sync_pb2.AssessItem(path=str(target)), _stage(progress, "after"))
    if warning := _doubt(after):
        after.warnings.append(warning)
    result.after.CopyFrom(after)
    return result


def tell(result: sync_pb2.FixResult, shifted: ShiftedFile) -> None:
    """Writes into a result what was done to the file."""
    result.path = str(shifted.path)
    result.applied_s = float(shifted.offset_s)
    result.method = shifted.method


def refusal_of(video: sync_pb2.VideoSync) -> tuple[str, str]:
    """Why a file is not to be mended by one shift: a word and a sentence; both empty when it is."""
    if video.verdict == sync_pb2.SYNC_VERDICT_IN_SYNC:
        return "in_sync", video.explanation or "its sound is within the tolerance."
    offset_s = lead_s(video)
    if offset_s is None:
        return video.reason or "cannot_tell", video.explanation
    speaker = next(it for it in video.speakers if it.HasField("offset_s") and it.offset_s == offset_s)
    if speaker.course == "jumps":
        parts = "; ".join(f"{part.offset_s * 1000:+.0f} ms from {part.start_s:.1f} s on" for part in speaker.stretches)
        return "jumps", f"its offset jumps ({parts}), so one shift cannot mend it; cut it there and mend the parts."
    drift_s = abs(speaker.drift_ppm) * 1e-6 * video.duration_s
    if speaker.course == "drifting" and drift_s / 2 > _STEADY_S:
        sentence = f"its offset drifts by {drift_s * 1000:.0f} ms ({speaker.drift_ppm:+.0f} ppm) from begin to end"
        return "drifting", f"{sentence}, so one shift cannot mend it; change the sound's speed first."
    return "", ""


def _doubt(after: sync_pb2.VideoSync) -> str:
    """What is to be said when the copy does not measure as meant."""
    offset_s = lead_s(after)
    if offset_s is None:
        return f"measured again, it cannot be told whether it is in sync: {after.explanation or after.reason}"
    if abs(offset_s) > _AGREES_S:
        return f"measured again, its sound is still {abs(offset_s) * 1000:.0f} ms off; look at it before you use it"
    return ""


def _stage(progress: Progress, stage: str) -> Callable[[float, str], None]:
    low, high = _SHARES[stage]
    return lambda done, what: progress(low + (high - low) * done, stage, what)
