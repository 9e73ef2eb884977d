"""`twopop otio`: what other editors make of a timeline file, without an engine."""

from __future__ import annotations

import typer

from twopop_cli.export import export
from twopop_cli.lint import lint

app = typer.Typer(no_args_is_help=True, help="Check timeline files for other editors, and write them in other formats.")
app.command()(lint)
app.command()(export)
