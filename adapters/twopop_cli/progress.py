"""The progress bar: on standard error, and only on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from twopop.v1 import operations_pb2
from twopop_client import Watch


@contextmanager
def progress_bar(title: str) -> Iterator[Watch]:
    """Shows how far a piece of work has come.

    Args:
        title: What is being done, one word or two.

    Yields:
        What to call with each report.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[eta]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=1.0, eta="")

        def watch(report: operations_pb2.Progress) -> None:
            words = " ".join(part for part in (title, report.stage, report.message) if part)
            eta = f"{report.eta_s:.0f} s left" if report.HasField("eta_s") else ""
            bar.update(task, completed=report.fraction, description=escape(words[:60]), eta=eta)

        yield watch
