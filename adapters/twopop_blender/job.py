"""An action on its way inside Blender: planned and reported in a thread, applied in the main one.

Blender's data may be touched in its main thread only, and the interface must never wait. So a panel's timer calls
`step`, which looks, applies when the plan is there, and says whether it is over; a script calls `wait`.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import cast

from twopop.errors import InternalFailure, OperationCancelled, TwopopError
from twopop.v1 import operations_pb2
from twopop_actions.host import Applied
from twopop_actions.plan import Plan
from twopop_actions.task import REPORT_NAME, Done, Task
from twopop_client import EngineClient

CANCEL_PATIENCE_S = 0.8
"""How long a job that was cancelled may hold up the panel; what comes of it later is dropped."""


class Job:
    """One run of an action.

    Attributes:
        task: The action and its options.
        fraction: How much of the work is done, 0 to 1.
        stage: What is being done, for people.
        done: What came of it; None while it runs and when it failed.
        error: Why it failed; None when it did not.
        warning: What went wrong after the changes were applied; empty when nothing did.
    """

    def __init__(
        self,
        task: Task,
        on_applied: Callable[[Done], None] | None = None,
        connect: Callable[[], EngineClient] = EngineClient.connect,
    ) -> None:
        """Makes a job that has not begun.

        Args:
            task: The action and its options.
            on_applied: Called in the main thread right after the changes were made, the report still to come.
            connect: Finds the engine.
        """
        self.task = task
        self.fraction, self.stage = 0.0, "starting"
        self.done: Done | None = None
        self.error: TwopopError | None = None
        self.warning = ""
        self._connect = connect
        self._on_applied = on_applied
        self._client: EngineClient | None = None
        self._plan: Plan | None = None
        self._applied: Applied | None = None
        self._report: Path | None = None
        self._failure: TwopopError | None = None
        self._cancelled_at_s: float | None = None
        self._thread = threading.Thread(target=self._guarded, args=(self._make_plan,), name="twopop-plan", daemon=True)

    @property
    def is_over(self) -> bool:
        """Whether there is an answer."""
        return self.done is not None or self.error is not None

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def step(self) -> bool:
        """Takes the next step if its time has come; to be called in the main thread, often. Whether it is over."""
        if self.is_over:
            return True
        if self._thread.is_alive():
            late = self._cancelled_at_s is not None and time.monotonic() > self._cancelled_at_s + CANCEL_PATIENCE_S
            if late:
                self._end(self._was_cancelled())
        elif self._plan is None or self._failure:
            self._end(self._failure or self._was_cancelled())
        elif self._applied is None:
            self._apply(self._plan)
        else:
            self._end(None)
        return self.is_over

    def wait(self) -> Done:
        """Does all of it before it returns; in the main thread.

        Raises:
            TwopopError: It failed.
        """
        try:
            while not self.step():
                self._thread.join()
        except KeyboardInterrupt:
            self.cancel()
            raise
        if self.done is None:
            raise self.error or InternalFailure("the action ended without an answer")
        return self.done

    def cancel(self) -> None:
        """Stops it; returns at once. What was applied stays."""
        if self._cancelled_at_s is None:
            self._cancelled_at_s = time.monotonic()
            if client := self._client:
                threading.Thread(target=client.cancel, name="twopop-cancel", daemon=True).start()

    def _make_plan(self) -> None:
        self._plan = self.task.plan(self._engine(), self._watch)

    def _make_changes(self, plan: Plan) -> None:
        self._applied = self.task.apply(plan)
        if self._on_applied:
            expected = self.task.host.work_folder / REPORT_NAME if plan.is_telling else None
            self._on_applied(Done(plan, self._applied, expected))

    def _make_report(self, plan: Plan) -> None:
        self.stage = "report"
        self._report = self.task.report(self._engine(), plan, self._watch)

    def _engine(self) -> EngineClient:
        """The engine; for an action that does without it, what it never asks."""
        if self._client is None and "engine" in self.task.entry.action.needs:
            self._client = self._connect()
        if self._cancelled_at_s is not None:
            if self._client:
                self._client.close()
            raise self._was_cancelled()
        return cast(EngineClient, self._client)

    def _apply(self, plan: Plan) -> None:
        """Applies in the main thread, then begins the report; a cancelled plan is dropped."""
        if self._cancelled_at_s is not None:
            self._end(self._was_cancelled())
            return
        if self.task.dry_run:
            self._end(None)
            return
        self._guarded(self._make_changes, plan)
        if self._failure:
            self._end(self._failure)
            return
        self._thread = threading.Thread(
            target=self._guarded, args=(self._make_report, plan), name="twopop-report", daemon=True
        )
        self._thread.start()

    def _end(self, failure: TwopopError | None) -> None:
        """Ends with an answer; once the changes are applied, a failure is a warning only."""
        if self._applied is None and failure is not None:
            self.error = self._was_cancelled() if isinstance(failure, OperationCancelled) else failure
        elif self._plan is not None:
            self.warning = f"There is no report: {failure}" if failure else ""
            self.done = Done(self._plan, self._applied, self._report if self._applied else None)
        if self._client and not self._thread.is_alive():
            self._client.close()

    def _guarded(self, work: Callable[..., None], *arguments: object) -> None:
        """Does a part of the work; what goes wrong in it is kept for `step` to tell."""
        try:
            work(*arguments)
        except TwopopError as error:
            self._failure = error
        except Exception as error:  # the host's button: a fault of ours must reach the panel
            traceback.print_exc()
            self._failure = InternalFailure(f"{type(error).__name__}: {error}; Blender's console has the details")

    def _watch(self, progress: operations_pb2.Progress) -> None:
        self.fraction, self.stage = progress.fraction, progress.message or progress.stage

    def _was_cancelled(self) -> OperationCancelled:
        return OperationCancelled(f"{self.task.entry.action.label} was cancelled; nothing was changed")
