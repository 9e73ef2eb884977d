"""What a command writes: one JSON object on standard output, or text for people."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")]

PIPE_WIDTH = 200  # where there is no terminal, lines are broken late
NO_ANSWER = "\N{EN DASH}"


def write_json(data: dict[str, Any]) -> None:
    """Prints one JSON object; figures that are not finite become null.

    Args:
        data: Strings, numbers, booleans, None, and lists and dictionaries of them.
    """
    print(json.dumps(_finite(data), allow_nan=False, indent=2), flush=True)


def write_json_line(data: dict[str, Any]) -> None:
    """Prints one JSON object in one line: one of many, as things happen."""
    print(json.dumps(_finite(data), allow_nan=False), flush=True)


def write_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = (), fold: Sequence[str] = ()
) -> None:
    """Prints a table; cells are plain text, never markup.

    Args:
        columns: Headers.
        rows: Cells.
        right: Headers of the columns to align to the right.
        fold: Headers of the columns whose cells may be broken over lines on a narrow terminal.
    """
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in columns:
        justify: JustifyMethod = "right" if column in right else "left"
        table.add_column(column, justify=justify, no_wrap=column not in fold, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def write_line(text: str = "") -> None:
    """Prints a line, unwrapped, so that paths can be copied."""
    print(text, flush=True)


def counted(count: int, thing: str) -> str:
    """A number with its noun: "1 change", "2 changes"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def complain(message: str) -> None:
    """Says on standard error, in one line, what went wrong."""
    print(f"twopop: {' '.join(message.split())}", file=sys.stderr, flush=True)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
