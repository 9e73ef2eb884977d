"""Whether sound fits its picture, as the page shows it: in words, figures and drawings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from markupsafe import Markup

from twopop.v1 import report_pb2, sync_pb2
from twopop_engine.report import wording
from twopop_engine.report.fact import NO_ANSWER, Fact
from twopop_engine.report.figures import TICKS, Lane, Panel
from twopop_engine.report.mouths import Sheet, sheet_of
from twopop_engine.report.offset_plot import Band, offset_svg, reach_ms, reach_svg, seen_span
from twopop_engine.report.plot import curve_svg
from twopop_engine.sync.assess.standards import STANDARDS, tolerance

VIDEO_VERDICTS = ("in sync", "out of sync", "cannot tell")

_VERDICTS = {
    sync_pb2.SYNC_VERDICT_IN_SYNC: "in sync",
    sync_pb2.SYNC_VERDICT_OUT_OF_SYNC: "out of sync",
}
_NAMES = {
    "itu-r-bt1359-detect": "ITU-R BT.1359, detectable",
    "itu-r-bt1359-accept": "ITU-R BT.1359, acceptable",
    "ebu-r37": "EBU R37",
    "atsc-is191": "ATSC IS-191",
    "noticeable-100ms": "Noticeable, 100 ms",
    "one-frame": "One frame",
}


@dataclass(frozen=True)
class OffsetPanel:
    """The offset over time.

    Attributes:
        drawing: The plot.
        bars: Each standard's reach, on the same scale.
        bands: The standards, in the order of the bars.
        scale: Labels of the height: top, middle, bottom.
        ticks: Times, at equal distances.
        has_after: Whether the mended offset is drawn, too.
    """

    drawing: Markup
    bars: Markup
    bands: Sequence[Band]
    scale: Sequence[str]
    ticks: Sequence[str]
    has_after: bool


@dataclass(frozen=True)
class SpeakerEntry:
    """A speaker, or the picture's motion, as the page shows it."""

    name: str
    has_face: bool
    offset: str
    frames: str
    confidence: str
    verdict: str
    sentence: str
    facts: Sequence[Fact]
    curve: Panel | None
    course: OffsetPanel | None
    sheet: Sheet | None


@dataclass(frozen=True)
class VideoEntry:
    """A video as the page shows it.

    Attributes:
        number: Place in the report, from 1.
        name: The clip's or file's name.
        verdict: "in sync", "out of sync" or "cannot tell".
        verdict_words: The verdict with its reason.
        sentences: What was found and done.
        warnings: Things that change no verdict.
        facts: Of the file.
        speakers: At least one when anything was measured.
    """

    number: int
    name: str
    verdict: str
    verdict_words: str
    sentences: Sequence[str]
    warnings: Sequence[str]
    facts: Sequence[Fact]
    speakers: Sequence[SpeakerEntry]

    @property
    def face_count(self) -> int:
        """Speakers that are seen."""
        return sum(speaker.has_face for speaker in self.speakers)

    @property
    def surest(self) -> SpeakerEntry | None:
        """The speaker whose figures stand in the summary."""
        told = (speaker for speaker in self.speakers if speaker.offset != NO_ANSWER)
        return next(told, None) if self.verdict != "cannot tell" else None


def video_entry(number: int, video: report_pb2.ReportVideo, is_drawn: bool = True) -> VideoEntry:
    """Puts a video into words and drawings; its file is read for the sound beside the mouths.

    Args:
        number: Place in the report, from 1.
        video: What is known about it.
        is_drawn: Whether to draw.
    """
    sync = video.sync
    verdict = _VERDICTS.get(sync.verdict, "cannot tell")
    mended = {speaker.track: speaker for speaker in video.mended.speakers}
    speakers = sorted(sync.speakers, key=lambda speaker: (not speaker.HasField("offset_s"), -speaker.confidence))
    return VideoEntry(
        number=number,
        name=video.name or "unnamed video",
        verdict=verdict,
        verdict_words=f"{verdict}: {sync.reason.replace('_', ' ')}" if sync.reason else verdict,
        sentences=[text for text in dict.fromkeys((_sentence(sync.explanation), _sentence(video.outcome))) if text],
        warnings=[*sync.warnings, *video.mended.warnings],
        facts=[
            Fact("File", sync.path),
            Fact("Measured", wording.length(sync.duration_s)),
            Fact("Frame rate", f"{sync.frame_rate:.3f}{wording.THIN}frames per second"),
        ],
        speakers=[_speaker(one, mended.get(one.track), sync, is_drawn) for one in speakers],
    )


def _speaker(
    speaker: sync_pb2.SpeakerSync, mended: sync_pb2.SpeakerSync | None, video: sync_pb2.VideoSync, is_drawn: bool
) -> SpeakerEntry:
    told = speaker.HasField("offset_s")
    name = f"Speaker {speaker.track}" if speaker.track else "The picture's motion"
    return SpeakerEntry(
        name=name,
        has_face=speaker.track > 0,
        offset=wording.signed(speaker.offset_s * 1000, 0, "ms") if told else NO_ANSWER,
        frames=wording.signed(speaker.offset_s * video.frame_rate, 2, "frames") if told else NO_ANSWER,
        confidence=wording.percent(speaker.confidence),
        verdict=_VERDICTS.get(speaker.verdict, "cannot tell"),
        sentence=_sentence(speaker.explanation),
        facts=list(_facts(speaker, mended)),
        curve=_curve(speaker.curve) if is_drawn else None,
        course=_course(speaker, mended, video.frame_rate) if is_drawn else None,
        sheet=sheet_of(speaker, video.frame_rate, video.path) if is_drawn else None,
    )


def _facts(speaker: sync_pb2.SpeakerSync, mended: sync_pb2.SpeakerSync | None) -> Iterator[Fact]:
    if speaker.HasField("uncertainty_s"):
        yield Fact("Uncertainty", f"\N{PLUS-MINUS SIGN}{wording.small_time(speaker.uncertainty_s)}")
    if mended is not None and mended.HasField("offset_s"):
        yield Fact("After the mend", wording.signed(mended.offset_s * 1000, 0, "ms"))
    if speaker.course == "drifting":
        yield Fact("Drift", wording.signed(speaker.drift_ppm, 0, "ppm"))
    for one in speaker.stretches:
        offset = wording.signed(one.offset_s * 1000, 0, "ms")
        yield Fact("Stretch", f"{offset} for {wording.length(one.duration_s)} from {one.start_s:.1f}{wording.THIN}s on")
    if speaker.HasField("lse_d"):
        yield Fact("LSE-D, LSE-C", f"{speaker.lse_d:.3f}, {speaker.lse_c:.3f} (as published)")
        yield Fact("The same, corrected", f"{speaker.lse_d_corrected:.3f}, {speaker.lse_c_corrected:.3f}")
    yield Fact("Seen", f"{speaker.seen.start_s:.1f} to {speaker.seen.stop_s:.1f}{wording.THIN}s")
    if speaker.speaking:
        spoken_s = sum(span.stop_s - span.start_s for span in speaker.speaking)
        yield Fact("Speaking", wording.length(spoken_s))
    if speaker.model:
        yield Fact("Model", speaker.model)


def _curve(curve: sync_pb2.ScoreCurve) -> Panel | None:
    values = np.asarray(curve.values, np.float32)
    if values.size < 2 or not np.isfinite(values).all() or curve.step_s <= 0:
        return None
    span_s = curve.step_s * (values.size - 1)
    best_s = curve.first_lag_s + int(values.argmax()) * curve.step_s
    label = f"How well picture and sound fit at each lag; best at {best_s * 1000:.0f} ms."
    ticks = [wording.signed((curve.first_lag_s + i * span_s / (TICKS - 1)) * 1e3, 0, "ms") for i in range(TICKS)]
    drawing = curve_svg(values, label, (best_s - curve.first_lag_s) / span_s)
    return Panel("How well picture and sound fit at each lag", [Lane("", drawing)], ticks)


def _course(
    speaker: sync_pb2.SpeakerSync, mended: sync_pb2.SpeakerSync | None, frame_rate: float
) -> OffsetPanel | None:
    if not any(one.HasField("offset_s") for one in speaker.windows):
        return None
    bands = _bands(speaker, frame_rate)
    windows = [*speaker.windows, *speaker.stretches, *(mended.windows if mended else ())]
    reach = reach_ms([speaker.offset_s, *(one.offset_s for one in windows)])
    start_s, stop_s = seen_span(speaker)
    steps = (start_s + (stop_s - start_s) * index / (TICKS - 1) for index in range(TICKS))
    return OffsetPanel(
        drawing=offset_svg(speaker, mended, bands, reach),
        bars=reach_svg(bands, reach),
        bands=bands,
        scale=[wording.signed(reach, 0, "ms"), f"0{wording.THIN}ms", wording.signed(-reach, 0, "ms")],
        ticks=[f"{step:.1f}{wording.THIN}s" for step in steps],
        has_after=mended is not None,
    )


def _bands(speaker: sync_pb2.SpeakerSync, frame_rate: float) -> list[Band]:
    """The standards, the widest first."""
    rate = Fraction(frame_rate).limit_denominator(1001) or Fraction(25)
    bands = []
    for name in STANDARDS:
        limits = tolerance(name, rate)
        passed = speaker.standards.get(name)
        bands.append(Band(_NAMES[name], -float(limits.lag_s) * 1000, float(limits.lead_s) * 1000, passed))
    return sorted(bands, key=lambda band: band.low_ms - band.high_ms)


def _sentence(text: str) -> str:
    """A text that begins and ends as sentences do."""
    ended = text if not text or text.endswith((".", "?", "!")) else f"{text}."
    return ended[:1].upper() + ended[1:]
