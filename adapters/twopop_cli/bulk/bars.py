"""Two progress bars, one for all timelines and one for the present one: on standard error, only on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from twopop.v1 import operations_pb2
from twopop_cli.conform import Bar
from twopop_client import Watch

_WIDTH = 60


class Bars:
    """The bars, shown while this is entered."""

    def __init__(self, bar: Progress, count: int) -> None:
        """Sets the bars up.

        Args:
            bar: What draws them.
            count: Number of timelines.
        """
        self._bar = bar
        self._count = count
        self._total = bar.add_task("All", total=count)
        self._one = bar.add_task("", total=1.0, visible=False)

    def timeline(self, name: str) -> Bar:
        """What shows the progress of one timeline."""

        @contextmanager
        def bar(title: str) -> Iterator[Watch]:
            self._bar.reset(self._one, description=escape(f"{title} {name}"[:_WIDTH]), visible=True)

            def watch(report: operations_pb2.Progress) -> None:
                words = " ".join(part for part in (name, title, report.stage, report.message) if part)
                self._bar.update(self._one, completed=report.fraction, description=escape(words[:_WIDTH]))

            yield watch

        return bar

    def done(self, count: int) -> None:
        """Shows that so many timelines have their answer."""
        self._bar.update(self._total, completed=count, description=f"{count} of {self._count} timelines")


@contextmanager
def two_bars(count: int) -> Iterator[Bars]:
    """Shows the bars.

    Args:
        count: Number of timelines.

    Yields:
        The bars.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Bars(bar, count)
