"""What a job is given beside its request.

A job is a plain function `job(request, context) -> result` on protocol messages. It runs in a worker process, in a
test, or anywhere else that can offer a `Context`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from twopop.errors import OperationCancelled
from twopop.locations import Home
from twopop_engine.runtime.results import ResultStore


class Context(Protocol):
    """The job's side of an operation."""

    @property
    def home(self) -> Home:
        """The engine's folder; scratch files go below its `scratch_folder`."""

    @property
    def results(self) -> ResultStore:
        """Results of earlier jobs, by content."""

    def progress(self, fraction: float, stage: str, message: str = "") -> None:
        """Tells how far the job has come; call it at least every 0.2 s of work.

        Args:
            fraction: 0 to 1; smaller values than before are raised to the earlier one.
            stage: One word or two: "decode".
            message: What it is being done to.

        Raises:
            OperationCancelled: The client asked for it; let it pass through.
        """


@dataclass
class LocalContext:
    """A context without an engine around it.

    Attributes:
        home: The folder to keep state in.
        watch: Called with fraction, stage and message.
        cancelled: Set it to stop the job at its next report.
    """

    home: Home
    watch: Callable[[float, str, str], None] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def results(self) -> ResultStore:
        """Results of earlier jobs, by content."""
        return ResultStore(self.home.results_folder)

    def progress(self, fraction: float, stage: str, message: str = "") -> None:
        """Passes the report on to `watch`."""
        if self.cancelled.is_set():
            raise OperationCancelled("the operation was cancelled")
        if self.watch:
            self.watch(fraction, stage, message)
