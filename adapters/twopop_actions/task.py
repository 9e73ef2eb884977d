"""One action on one timeline: planned in any thread, applied where the host allows, reported in any thread."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from twopop.errors import OutputUnwritable
from twopop.v1 import report_pb2
from twopop_actions.action import Value, Values
from twopop_actions.catalog import Entry, entry_of
from twopop_actions.engine import Engine
from twopop_actions.findings import FILE_NAME, dump_findings
from twopop_actions.host import Applied, Host
from twopop_actions.plan import Plan
from twopop_actions.report import Section, report_request
from twopop_client.connection import Watch

REPORT_NAME = "report.html"


class Reporter(Engine, Protocol):
    """An engine that also draws reports."""

    def write_report(self, request: report_pb2.ReportRequest, watch: Watch | None = None) -> report_pb2.ReportResult:
        """Draws the report's page."""


@dataclass(frozen=True)
class Done:
    """What a task came to.

    Attributes:
        plan: What was found and planned, cut down to what was asked for.
        applied: What the host made of it; None after a dry run.
        report: The report's page; None where there is none.
    """

    plan: Plan
    applied: Applied | None = None
    report: Path | None = None


@dataclass(frozen=True)
class Task:
    """An action that is ready to run: everything that needs no engine has been checked.

    Attributes:
        entry: The action.
        host: The timeline.
        values: Of the action's options.
        only: Ids of the changes to apply; empty: all.
        dry_run: Whether nothing is rendered or applied.
    """

    entry: Entry
    host: Host
    values: Values
    only: tuple[str, ...] = ()
    dry_run: bool = False

    @classmethod
    def prepare(
        cls, action: str, host: Host, given: Mapping[str, Value | None], *, only: Collection[str] = (),
        dry_run: bool = False,
    ) -> Task:  # fmt: skip
        """Checks what can be checked without an engine.

        Args:
            action: The action's name.
            host: The timeline.
            given: Values of its options; defaults are filled in.
            only: Ids of the changes to apply; empty: all.
            dry_run: Whether to render and apply nothing.

        Raises:
            OptionInvalid: No such action or option, or a value out of range.
        """
        entry = entry_of(action)
        return cls(entry, host, entry.action.values(given), tuple(only), dry_run)

    def plan(self, engine: Engine, watch: Watch | None = None) -> Plan:
        """Plans it; long, and free to run in any thread.

        Raises:
            TwopopError: The timeline cannot be read, an id of `only` is unknown, or the engine failed.
        """
        planned = self.entry.plan(self.host, engine, self.values, watch, not self.dry_run)
        return planned.only(self.only) if self.only else planned

    def apply(self, plan: Plan) -> Applied:
        """Applies a plan; where the host allows.

        Raises:
            TwopopError: As `Host.apply`.
        """
        self.host.capabilities.check(plan.changes.changes, plan.changes.timebase)
        return self.host.apply(plan.changes)

    def report(
        self, engine: Reporter, plan: Plan, watch: Watch | None = None, sections: Sequence[Section] = ()
    ) -> Path | None:
        """Writes the report of what was applied, and the findings for markers; free to run in any thread.

        Args:
            engine: Draws it.
            plan: What was applied.
            watch: Called with the progress.
            sections: What else belongs into it.

        Returns:
            The report's page; None for an action that found nothing out. Where all was there already, the page of the
            run that placed it stays.

        Raises:
            OutputUnwritable: The work folder cannot be written to.
            TwopopError: The engine failed.
        """
        if not plan.is_telling:
            return None
        folder = self.host.work_folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / FILE_NAME).write_text(dump_findings(plan, folder), encoding="utf-8")
        except OSError as problem:
            raise OutputUnwritable.at(str(folder), problem.strerror or str(problem)) from problem
        page = folder / REPORT_NAME
        if page.exists() and plan.is_present:
            return page
        engine.write_report(report_request(plan, str(page), sections), watch)
        return page

    def run(self, engine: Reporter, watch: Watch | None = None) -> Done:
        """Does all of it, one after the other, in a thread in which the host may be spoken to."""
        planned = self.plan(engine, watch)
        if self.dry_run:
            return Done(planned)
        applied = self.apply(planned)
        return Done(planned, applied, self.report(engine, planned))
