"""`twopop sync assess`: whether videos' sound fits their picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from twopop.errors import MediaUnreadable, OptionInvalid, OutputUnwritable
from twopop.v1 import report_pb2, sync_pb2
from twopop_actions.lipsync.asking import measure_all
from twopop_actions.lipsync.measured import STANDARDS, verdict_word
from twopop_cli.assessed import COLUMNS, video_json, video_rows
from twopop_cli.output import Json, write_json, write_line, write_table
from twopop_cli.progress import progress_bar
from twopop_cli.videos import find_videos
from twopop_client import EngineClient, wire_path

Model = Annotated[
    str | None, typer.Option("--model", metavar="ID", help="The model that measures; default: twopop-lipsync.v1.")
]
Standard = Annotated[
    str,
    typer.Option("--standard", metavar="NAME", help=f"The standard that decides: {', '.join(STANDARDS)}."),
]


def assess(
    videos: Annotated[
        list[Path],
        typer.Argument(metavar="VIDEO...", readable=False, help="Files with picture and sound, or folders of them."),
    ],
    model: Model = None,
    standard: Standard = "ebu-r37",
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a page with curves and mouths, too.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Measure whether each VIDEO's sound fits its picture, for each speaker."""
    options = assess_options(model, standard, with_evidence=report is not None)
    if report is not None:
        check_page(report)
    paths = find_videos(videos)
    items = [sync_pb2.AssessItem(path=wire_path(path)) for path in paths]
    with EngineClient.connect() as engine:
        with progress_bar("Assess") as watch:
            measured = measure_all(engine, items, options, watch)
        if len(videos) == len(paths) == 1 and measured[0].reason == "unreadable" and not videos[0].is_dir():
            raise MediaUnreadable(measured[0].explanation, path=str(paths[0]))
        if report is not None:
            with progress_bar("Report") as watch:
                engine.write_report(_page_of(paths, measured, report), watch)
    if as_json:
        found = [video_json(path, video) for path, video in zip(paths, measured, strict=True)]
        write_json({"videos": found, "report": str(report.absolute()) if report else None})
    else:
        rows = [row for path, video in zip(paths, measured, strict=True) for row in video_rows(path, video)]
        write_table(COLUMNS, rows, right=("Offset", "Frames", "Confidence"), fold=("File", "Remarks"))
        if report is not None:
            write_line(f"Report: {report.absolute()}")
    return 1 if len(measured) == 1 and verdict_word(measured[0].verdict) == "out_of_sync" else 0


def assess_options(model: str | None, standard: str, *, with_evidence: bool = False) -> sync_pb2.AssessOptions:
    """How to measure, checked before anything long begins.

    Raises:
        OptionInvalid: No standard of that name.
    """
    if standard not in STANDARDS:
        raise OptionInvalid.of("--standard", f"{standard!r} is not one of {', '.join(STANDARDS)}")
    return sync_pb2.AssessOptions(model=model or "", standard=standard, with_evidence=with_evidence)


def check_page(page: Path) -> None:
    """Raises before minutes are spent on a page that could not be written.

    Raises:
        OutputUnwritable: Its folder is missing, or its name is not that of a page.
    """
    if page.suffix.lower() not in (".html", ".htm"):
        raise OutputUnwritable.at(str(page), "its name must end in .html")
    if not page.absolute().parent.is_dir():
        raise OutputUnwritable.at(str(page), "its folder does not exist")


def _page_of(paths: Sequence[Path], measured: Sequence[sync_pb2.VideoSync], page: Path) -> report_pb2.ReportRequest:
    title = paths[0].name if len(paths) == 1 else f"{len(paths)} videos"
    videos = [
        report_pb2.ReportVideo(name=path.name, sync=video, outcome="Measured; nothing was changed.")
        for path, video in zip(paths, measured, strict=True)
    ]
    return report_pb2.ReportRequest(output_path=wire_path(page), title=title, videos=videos)
