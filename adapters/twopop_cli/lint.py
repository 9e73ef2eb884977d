"""`twopop otio lint`: what an editor would refuse, drop or change of a timeline, before it is imported."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from twopop.errors import OptionInvalid, OutputUnwritable
from twopop_cli.output import NO_ANSWER, Json, write_json, write_line, write_table
from twopop_otio.dialects import EDITORS
from twopop_otio.lint import Finding, Fixed, fix, open_timeline
from twopop_otio.lint import lint as lint_timeline
from twopop_otio.timeline import write

_SEVERITIES = {"refuse": "refused", "drop": "dropped", "change": "changed"}


def lint(
    timeline: Annotated[Path, typer.Argument(metavar="FILE", help="An .otio file.")],
    dialect: Annotated[str, typer.Option("--dialect", help=f"Who shall read it: {', '.join(EDITORS)}.")],
    mend: Annotated[bool, typer.Option("--fix", help="Mend what can be mended, into the file of -o.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="With --fix: the file to write.")] = None,
    name: Annotated[str | None, typer.Option("--timeline", help="Which of several timelines in the file.")] = None,
    as_json: Json = False,
) -> int:
    """List what an editor would refuse, drop or change of a timeline."""
    if mend != (output is not None):
        raise OptionInvalid.of("--fix", "goes together with -o OUT; the timeline itself is never written to")
    source = timeline.absolute()
    target = output.absolute() if output else None
    if target:
        _check_output(source, target)
    document = open_timeline(source, name)
    mended = fix(document, dialect) if target else Fixed(document, (), lint_timeline(document, dialect), ())
    if target:
        write(mended.document, target)
    if as_json:
        write_json(_as_json(source, dialect, target, mended))
    else:
        _show(dialect, target, mended)
    return 1 if _is_refused(mended) else 0


def _is_refused(mended: Fixed) -> bool:
    return any(finding.severity == "refuse" for finding in mended.left)


def _check_output(source: Path, target: Path) -> None:
    if target.suffix.lower() != ".otio":
        raise OutputUnwritable.at(str(target), "its name must end in .otio")
    if target == source or (target.exists() and source.exists() and target.samefile(source)):
        raise OutputUnwritable.at(str(target), "it is the timeline that is read; name another file")
    if target.exists():
        raise OutputUnwritable.at(str(target), "it exists; name another file")


def _as_json(source: Path, dialect: str, target: Path | None, mended: Fixed) -> dict[str, Any]:
    return {
        "timeline": str(source),
        "dialect": dialect,
        "verdict": "refused" if _is_refused(mended) else "accepted",
        "counts": {word: sum(f.severity == severity for f in mended.left) for severity, word in _SEVERITIES.items()},
        "findings": [asdict(finding) for finding in mended.left],
        "output": str(target) if target else None,
        "fixed": [asdict(finding) for finding in mended.fixed],
        "lost": [asdict(finding) for finding in mended.lost],
    }


def _show(dialect: str, target: Path | None, mended: Fixed) -> None:
    for rule, count in Counter(finding.rule for finding in mended.fixed).items():
        write_line(f"Fixed {rule} ({count}): {next(one.fix for one in mended.fixed if one.rule == rule)}")
    for rule, count in Counter(finding.rule for finding in mended.lost).items():
        write_line(f"Lost {rule} ({count}): {next(one.message for one in mended.lost if one.rule == rule)}")
    if target:
        write_line(f"Timeline: {target}")
    if mended.left:
        columns = ("severity", "rule", "where", "at", "what", "fix")
        worst_first = sorted(mended.left, key=lambda finding: list(_SEVERITIES).index(finding.severity))
        write_table(columns, [_row(finding) for finding in worst_first], fold=("where", "what"))
    counts = Counter(str(finding.severity) for finding in mended.left)
    fixable = sum(finding.fix is not None for finding in mended.left)
    told = ", ".join(f"{counts[severity]} {word}" for severity, word in _SEVERITIES.items())
    write_line(f"{dialect}: {told}; {fixable} can be fixed by --fix -o OUT.")


def _row(finding: Finding) -> tuple[str, ...]:
    where = NO_ANSWER
    if finding.item is not None:
        where = f"{finding.track}, item {finding.item}: {finding.name}"
    elif finding.track is not None:
        where = finding.track
    return (
        finding.severity, finding.rule, where, finding.timecode or NO_ANSWER, finding.message,
        "yes" if finding.fix else "no",
    )  # fmt: skip
