"""The page: what a conform did, as one HTML file that needs nothing beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import jinja2

from twopop.v1 import report_pb2, sync_pb2
from twopop_engine.report import wording
from twopop_engine.report.fact import NO_ANSWER, Fact
from twopop_engine.report.figures import Figures
from twopop_engine.report.videos import VIDEO_VERDICTS, VideoEntry

OPEN_CLIPS = 20

VERDICTS = ("matched", "refused", "not measured")


@dataclass(frozen=True)
class Entry:
    """A clip as the page shows it.

    Attributes:
        number: Place in the timeline, from 1.
        clip: Name on the timeline.
        record_timecode: Where it stands.
        recording: Name of the recording, or a dash.
        offset: Where the recording starts on the camera's clock, or a dash.
        drift: Its clock against the camera's, or a dash.
        confidence: That the verdict's place is right, or a dash.
        verdict: "matched", "refused" or "not measured".
        verdict_words: The verdict with its reason.
        outcome: What was done, and why, in sentences.
        facts: All figures.
        warnings: Things that change no verdict.
        files: The media, by what it is.
        figures: The drawings.
    """

    number: int
    clip: str
    record_timecode: str
    recording: str
    offset: str
    drift: str
    confidence: str
    verdict: str
    verdict_words: str
    outcome: Sequence[str]
    facts: Sequence[Fact]
    warnings: Sequence[str]
    files: Sequence[Fact]
    figures: Figures


def entry(number: int, clip: report_pb2.ReportClip, frame_rate: Fraction, figures: Figures) -> Entry:
    """Puts a clip into words.

    Args:
        number: Place in the timeline, from 1.
        clip: What is known about it.
        frame_rate: Of the timeline, frames per second; 0 when unknown.
        figures: Its drawings.

    Returns:
        The entry.
    """
    match = clip.match
    verdict = _verdict(match)
    matched = verdict == "matched"
    reason = match.reason.replace("_", " ")
    names = ["Camera", *("Recording" for _ in clip.other_paths)]
    return Entry(
        number=number,
        clip=clip.name or "unnamed clip",
        record_timecode=clip.record_timecode,
        recording=clip.other_name or NO_ANSWER,
        offset=wording.seconds(match.start_s) if matched and match.HasField("start_s") else NO_ANSWER,
        drift=wording.signed(match.drift_ppm, 1, "ppm") if matched and match.HasField("drift_ppm") else NO_ANSWER,
        confidence=NO_ANSWER if verdict == "not measured" else wording.percent(match.confidence),
        verdict=verdict,
        verdict_words=f"refused: {reason}" if verdict == "refused" and reason else verdict,
        outcome=[sentence for sentence in dict.fromkeys((match.explanation, clip.outcome)) if sentence],
        facts=list(_facts(clip, frame_rate)) if matched else [],
        warnings=list(match.warnings),
        files=[Fact(*pair) for pair in zip(names, (clip.reference_path, *clip.other_paths), strict=True)],
        figures=figures,
    )


def _verdict(match: sync_pb2.MatchPair) -> str:
    return {
        sync_pb2.MATCH_VERDICT_MATCHED: "matched",
        sync_pb2.MATCH_VERDICT_REFUSED: "refused",
    }.get(match.verdict, "not measured")


def _facts(clip: report_pb2.ReportClip, frame_rate: Fraction) -> Iterator[Fact]:
    match = clip.match
    if match.HasField("start_s"):
        side = "after" if match.start_s >= 0 else "before"
        yield Fact("Recording starts", f"{abs(match.start_s):.6f}{wording.THIN}s {side} the camera's file")
        if frame_rate:
            frames = match.start_s * float(frame_rate)
            rate = f"{float(frame_rate):.3f} frames per second"
            yield Fact("In frames", f"{wording.signed(frames, 2, 'frames')} at {rate}")
    if match.HasField("uncertainty_s"):
        yield Fact("Uncertainty of the start", f"\N{PLUS-MINUS SIGN}{wording.small_time(match.uncertainty_s)}")
    if match.HasField("drift_ppm"):
        yield Fact("Recorder's clock", _pace(match, clip.duration_s))
    if match.speed_change:
        yield Fact("Speed change", match.speed_change)
    if len(match.segments) > 1:
        yield Fact("Pieces", f"{len(match.segments)}, because the recording pauses or drops sound")
    if match.inverted_polarity:
        yield Fact("Polarity", "inverted against the camera; drawn turned after the match")
    if match.via:
        yield Fact("Placed through", match.via)
    if match.HasField("timecode_start_s"):
        place = f"{wording.seconds(match.timecode_start_s)} ({match.timecode_check or 'not compared'})"
        yield Fact("Timecode alone would place it at", place)
    yield Fact("Clip's length", wording.length(clip.duration_s))
    if match.model:
        yield Fact("Method", match.model)


def _pace(match: sync_pb2.MatchPair, duration_s: float) -> str:
    known = match.drift_uncertainty_ppm
    spread = f" \N{PLUS-MINUS SIGN}{known:.1f}" if match.HasField("drift_uncertainty_ppm") else ""
    digits = f"{abs(match.drift_ppm):.1f}"
    pace = "" if float(digits) == 0 else " fast" if match.drift_ppm > 0 else " slow"
    slip_s = abs(match.drift_ppm) * 1e-6 * duration_s
    return f"{digits}{spread}{wording.THIN}ppm{pace}: {wording.small_time(slip_s)} over this clip"


@dataclass(frozen=True)
class Contents:
    """What stands on the page beside changes, notes and sections.

    Attributes:
        title: Name of the timeline.
        entries: The clips in timeline order.
        drawn_count: How many clips were drawn; the page says so when it is not all of them.
        videos: What was held against its picture.
        drawn_videos: How many of those were drawn.
        is_timeline: Whether the page is of a timeline, not of files.
    """

    title: str
    entries: Sequence[Entry]
    drawn_count: int
    videos: Sequence[VideoEntry] = ()
    drawn_videos: int = 0
    is_timeline: bool = True


def render(request: report_pb2.ReportRequest, contents: Contents) -> str:
    """Renders the page.

    Args:
        request: Changes, notes and sections.
        contents: The rest.

    Returns:
        HTML.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("twopop_engine.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(
        title=contents.title,
        entries=contents.entries,
        videos=contents.videos,
        changes=request.changes,
        notes=request.notes,
        sections=request.sections,
        drawn_count=contents.drawn_count,
        drawn_videos=contents.drawn_videos,
        open_clips=len(contents.entries) + len(contents.videos) <= OPEN_CLIPS,
        summary="; ".join(_summaries(contents)),
    )


def _summaries(contents: Contents) -> Iterator[str]:
    if contents.entries:
        yield _summary(contents.entries)
    if contents.videos:
        counts = Counter(video.verdict for video in contents.videos)
        told = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in VIDEO_VERDICTS if counts[verdict])
        count, of_clips = len(contents.videos), contents.is_timeline
        many = wording.counted(count, *(("clip", "clips") if of_clips else ("video", "videos")))
        yield f"own sound of {many}: {told}" if of_clips else f"{many}: {told}"


def _summary(entries: Sequence[Entry]) -> str:
    """Counts clips: one that several recordings serve has several entries."""
    verdicts = {(item.clip, item.record_timecode): item.verdict for item in entries}
    counts = Counter(verdicts.values())
    clips = wording.counted(len(verdicts), "clip", "clips")
    return f"{clips}: " + ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in VERDICTS if counts[verdict])
