"""`twopop models`: what the engine can measure and make with."""

from __future__ import annotations

import typer

from twopop_cli.output import Json, write_json, write_table
from twopop_client import EngineClient

app = typer.Typer(no_args_is_help=True, help="The models and methods that the engine works with.")


@app.callback()
def group() -> None:
    """Keeps `list` a command of its own while it is the only one."""


@app.command("list")
def list_models(as_json: Json = False) -> int:
    """List all model cards."""
    with EngineClient.connect() as engine:
        cards = engine.list_models()
    if as_json:
        models = [
            {
                "id": card.id,
                "task": card.task,
                "summary": card.summary,
                "license": card.license,
                "commercial_use": card.commercial_use,
                "size_bytes": card.size_bytes,
                "available": card.available,
                "source": card.source,
            }
            for card in cards
        ]
        write_json({"models": models})
        return 0
    rows = [
        (card.id, card.task, "here" if card.available else "missing", card.license, card.commercial_use, card.summary)
        for card in cards
    ]
    write_table(("Id", "Task", "Files", "Licence", "Commercial use", "What it does"), rows, fold=("What it does",))
    return 0
