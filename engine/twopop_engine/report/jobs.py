"""The report's job."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain, repeat
from pathlib import Path

from twopop.errors import OperationCancelled, OptionInvalid
from twopop.timing import rational_from_wire
from twopop.v1 import report_pb2
from twopop_engine.media.output import atomic_output, unwritable
from twopop_engine.report.figures import Figures, draw
from twopop_engine.report.page import Contents, Entry, entry, render
from twopop_engine.report.videos import VideoEntry, video_entry
from twopop_engine.runtime.context import Context

DRAWN_CLIPS = 200
DRAWN_VIDEOS = 100
THREADS = 2


def write(request: report_pb2.ReportRequest, context: Context) -> report_pb2.ReportResult:
    """Writes the report.

    Args:
        request: What to tell. Media that cannot be read is said on the page and is no error.
        context: Progress and cancelling.

    Returns:
        Where the page is.

    Raises:
        OptionInvalid: The output's path is not absolute.
        OutputUnwritable: The page cannot be written.
    """
    target = Path(request.output_path)
    if not target.is_absolute():
        raise OptionInvalid.of("output_path", f"must be absolute, not {request.output_path!r}")
    entries = _entries(request, context)
    title = request.title or target.parent.stem  # "NAME.twopop/report.html": some editors write no name
    videos = _videos(request, context)
    drawn = min(len(entries), DRAWN_CLIPS), min(len(videos), DRAWN_VIDEOS)
    page = render(request, Contents(title, entries, drawn[0], videos, drawn[1], request.HasField("frame_rate")))
    context.progress(1.0, "write", target.name)
    _replace(target, page)
    return report_pb2.ReportResult(path=str(target))


def _entries(request: report_pb2.ReportRequest, context: Context) -> list[Entry]:
    frame_rate = rational_from_wire(request.frame_rate)
    entries: list[Entry] = []
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            drawings = chain(pool.map(draw, request.clips[:DRAWN_CLIPS]), repeat(Figures()))
            for number, (clip, figures) in enumerate(zip(request.clips, drawings, strict=False), 1):
                entries.append(entry(number, clip, frame_rate, figures))
                context.progress(number / len(request.clips), "draw", clip.name)
        except OperationCancelled:
            pool.shutdown(cancel_futures=True)
            raise
    return entries


def _videos(request: report_pb2.ReportRequest, context: Context) -> list[VideoEntry]:
    entries: list[VideoEntry] = []
    for number, video in enumerate(request.videos, 1):
        context.progress(number / len(request.videos), "draw", video.name)
        entries.append(video_entry(number, video, number <= DRAWN_VIDEOS))
    return entries


def _replace(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(target, error) from error
    with atomic_output(target) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")
