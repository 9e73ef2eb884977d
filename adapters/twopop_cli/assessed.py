"""What was measured of a video, as a command shows it: JSON whose keys other tools rely on, and rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from twopop.v1 import sync_pb2
from twopop_actions.lipsync.measured import STANDARDS, verdict_word
from twopop_cli.output import NO_ANSWER

COLUMNS = ("File", "Speaker", "Verdict", "Offset", "Frames", "Confidence", "Remarks")


def video_json(path: Path, video: sync_pb2.VideoSync) -> dict[str, Any]:
    """A video as `sync assess --json` shows it.

    Args:
        path: The file as the user named it.
        video: What was measured.
    """
    return {
        "video": str(path),
        "verdict": verdict_word(video.verdict),
        "reason": video.reason or None,
        "explanation": video.explanation or None,
        "speakers": [_speaker_json(speaker, video.frame_rate) for speaker in video.speakers],
        "frame_rate": video.frame_rate or None,
        "duration_s": video.duration_s,
        "warnings": list(video.warnings),
    }


def video_rows(path: Path, video: sync_pb2.VideoSync) -> Iterator[tuple[str, ...]]:
    """The rows of a video: one for each speaker, or one that says why there is none."""
    verdict = _spoken(verdict_word(video.verdict))
    if not video.speakers:
        remarks = _joined([video.explanation or video.reason, *video.warnings])
        yield str(path), NO_ANSWER, verdict, NO_ANSWER, NO_ANSWER, NO_ANSWER, remarks
    for index, speaker in enumerate(video.speakers):
        own = _spoken(verdict_word(speaker.verdict))
        yield (
            str(path) if index == 0 else "",
            str(speaker.track) if speaker.track else "picture",
            own,
            f"{speaker.offset_s * 1000:+.0f} ms" if speaker.HasField("offset_s") else NO_ANSWER,
            f"{speaker.offset_s * video.frame_rate:+.2f}" if speaker.HasField("offset_s") else NO_ANSWER,
            f"{speaker.confidence:.2f}",
            _joined([*_remarks(speaker), *(_of_file(video, own, verdict) if index == 0 else ())]),
        )


def _speaker_json(speaker: sync_pb2.SpeakerSync, frame_rate: float) -> dict[str, Any]:
    offset_s = _given(speaker, "offset_s")
    standards = {name: speaker.standards[name] for name in STANDARDS if name in speaker.standards}
    return {
        "track": speaker.track,
        "offset_s": offset_s,
        "offset_frames": None if offset_s is None else offset_s * frame_rate,
        "uncertainty_s": _given(speaker, "uncertainty_s"),
        "confidence": speaker.confidence,
        "verdict": verdict_word(speaker.verdict),
        "reason": speaker.reason or None,
        "explanation": speaker.explanation or None,
        "course": speaker.course or None,
        "drift_ppm": _given(speaker, "drift_ppm"),
        "standards": {name: ("pass" if standards[name] else "fail") if standards else None for name in STANDARDS},
        **{name: _given(speaker, name) for name in ("lse_d", "lse_c", "lse_d_corrected", "lse_c_corrected")},
        "model": speaker.model or None,
        "windows": _windows_json(speaker.windows),
        "stretches": _windows_json(speaker.stretches),
        "speaking": [{"start_s": span.start_s, "stop_s": span.stop_s} for span in speaker.speaking],
        "seen": {"start_s": speaker.seen.start_s, "stop_s": speaker.seen.stop_s},
    }


def _windows_json(windows: Iterable[sync_pb2.SyncWindow]) -> list[dict[str, float | None]]:
    return [
        {
            "start_s": window.start_s,
            "duration_s": window.duration_s,
            "offset_s": window.offset_s if window.HasField("offset_s") else None,
            "confidence": window.confidence,
        }
        for window in windows
    ]


def _given(speaker: sync_pb2.SpeakerSync, name: str) -> float | None:
    """A figure that may be absent."""
    value: float = getattr(speaker, name)
    return value if speaker.HasField(name) else None  # type: ignore[arg-type]


def _remarks(speaker: sync_pb2.SpeakerSync) -> Iterator[str]:
    if speaker.reason:
        yield speaker.explanation or speaker.reason
    if speaker.course == "drifting":
        yield f"drifts by {speaker.drift_ppm:+.0f} ppm"
    if speaker.course == "jumps":
        yield "jumps: " + ", ".join(f"{s.offset_s * 1000:+.0f} ms from {s.start_s:.1f} s" for s in speaker.stretches)
    if failed := [name for name in STANDARDS if name in speaker.standards and not speaker.standards[name]]:
        yield f"outside {', '.join(failed)}"
    if speaker.HasField("lse_d"):
        yield f"LSE-D {speaker.lse_d:.3f}, LSE-C {speaker.lse_c:.3f}"


def _of_file(video: sync_pb2.VideoSync, own: str, verdict: str) -> Iterator[str]:
    """What is said of the file as a whole, beside its first speaker."""
    if len(video.speakers) > 1 or own != verdict:
        yield f"the file: {verdict}{f' ({video.explanation})' if video.reason else ''}"
    yield from video.warnings


def _joined(remarks: Iterable[str]) -> str:
    return "; ".join(remark.rstrip(".") for remark in remarks if remark)


def _spoken(verdict: str) -> str:
    return verdict.replace("_", " ")
