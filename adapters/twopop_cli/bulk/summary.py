"""What many timelines came to: a table, JSON, and a page of its own."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Literal
from urllib.parse import quote

from twopop_cli.bulk.found import Source
from twopop_cli.bulk.ledger import Entry
from twopop_cli.output import NO_ANSWER, write_line, write_table
from twopop_otio.timeline import write_whole

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width">
<style>
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .7rem;border-bottom:1px solid #8886;vertical-align:top;overflow-wrap:anywhere}
th{font-weight:600}
td.n,th.n{text-align:right}
.failed{color:#b3261e}
@media(prefers-color-scheme:dark){.failed{color:#ff8a80}}
</style></head><body>
<h1>$title</h1>
<p>$counts</p>
<table><thead><tr><th>Timeline</th><th>State</th><th class="n">Changes</th><th class="n">Refusals</th>
<th>Result</th><th>Remarks</th></tr></thead><tbody>
$rows
</tbody></table>
</body></html>
""")
_ROW = Template(
    '<tr><td>$timeline</td><td class="$state">$words</td><td class="n">$changes</td><td class="n">$refusals</td>'
    "<td>$result</td><td>$remarks</td></tr>"
)

State = Literal["conformed", "current", "failed", "open"]
_WORDS: dict[State, str] = {
    "conformed": "conformed",
    "current": "up to date",
    "failed": "failed",
    "open": "not begun",
}


@dataclass(frozen=True)
class Row:
    """One timeline's answer.

    Attributes:
        source: The timeline.
        state: "current": nothing was to be done; "open": the run ended before.
        entry: What came of it; None while it is open.
    """

    source: Source
    state: State
    entry: Entry | None

    @property
    def remarks(self) -> tuple[str, ...]:
        """Why it failed, or what else is worth telling."""
        if self.entry is None:
            return ()
        return (self.entry.problem.message,) if self.entry.problem else self.entry.notes

    @property
    def output(self) -> str | None:
        """Path of the result below the folder of results; None when there is none."""
        return self.entry.output if self.entry and self.entry.state == "conformed" else None

    @property
    def figures(self) -> tuple[str, str]:
        """Changes and refusals, in digits."""
        if self.entry is None or self.state == "failed":
            return NO_ANSWER, NO_ANSWER
        return str(self.entry.changes), str(self.entry.refusals)


def counts_of(rows: Sequence[Row]) -> str:
    """The states in a sentence."""
    parts = [f"{sum(row.state == state for row in rows)} {words}" for state, words in _WORDS.items()]
    return f"{len(rows)} timelines: {', '.join(part for part in parts if not part.startswith('0 '))}."


def exit_code_of(rows: Sequence[Row]) -> int:
    """0 when every timeline got an answer, else the worst failure's."""
    return max((row.entry.problem.exit_code for row in rows if row.entry and row.entry.problem), default=0)


def write_rows(rows: Sequence[Row]) -> None:
    """Prints a table; what failed, and why, below it."""
    columns = ("Timeline", "State", "Changes", "Refusals", "Result")
    cells = [(str(row.source.place), _WORDS[row.state], *row.figures, row.output or NO_ANSWER) for row in rows]
    write_table(columns, cells, right=("Changes", "Refusals"), fold=("Timeline", "Result"))
    for row in rows:
        for remark in row.remarks:
            write_line(f"{row.source.place}: {remark}")


def row_json(row: Row, out: Path) -> dict[str, Any]:
    """A row as `--json` shows it."""
    entry = row.entry
    done = entry if row.output else None
    problem = entry.problem if entry else None
    return {
        "timeline": str(row.source.path),
        "state": row.state,
        "output": str(out / done.output) if done else None,
        "changes": done.changes if done else None,
        "refusals": done.refusals if done else None,
        "report": str(out / done.report) if done and done.report else None,
        "notes": list(done.notes) if done else [],
        "error": {"reason": problem.reason, "message": problem.message} if problem else None,
    }


def write_page(rows: Sequence[Row], out: Path, page: Path) -> None:
    """Writes a page with the rows and links to results and reports.

    Raises:
        OutputUnwritable: It cannot be written.
    """
    title = f"twopop batch: {out.name}"
    text = _PAGE.substitute(
        title=html.escape(title),
        counts=html.escape(counts_of(rows)),
        rows="\n".join(_row_html(row, out, page.parent) for row in rows),
    )
    write_whole(page, text.encode("utf-8", "replace"))


def _row_html(row: Row, out: Path, folder: Path) -> str:
    entry = row.entry
    links = []
    if entry and row.output:
        links.append(_link(out / entry.output, folder, Path(entry.output).name))
        if entry.report:
            links.append(_link(out / entry.report, folder, "report"))
    return _ROW.substitute(
        timeline=html.escape(str(row.source.place)),
        state=row.state,
        words=_WORDS[row.state],
        changes=row.figures[0],
        refusals=row.figures[1],
        result="<br>".join(links) or NO_ANSWER,
        remarks="<br>".join(html.escape(remark) for remark in row.remarks),
    )


def _link(target: Path, folder: Path, words: str) -> str:
    """A link that works wherever the folder is moved to, as long as the target moves along."""
    try:
        address = quote(Path(os.path.relpath(target, folder)).as_posix(), errors="surrogateescape")
    except ValueError:  # another drive of Windows
        address = target.as_uri()
    return f'<a href="{html.escape(address)}">{html.escape(words)}</a>'
