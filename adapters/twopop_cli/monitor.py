"""`twopop sync monitor`: a file played through the live monitor."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from twopop.errors import OptionInvalid
from twopop.v1 import sync_pb2
from twopop_cli.output import Json, write_json, write_line
from twopop_client import EngineClient, wire_path

_STATES = {
    "listening": "listening",
    "no_face": "no face is seen",
    "no_speech": "no speech is heard",
    "measuring": "measuring",
    "steady": "steady",
    "lost": "lost, measuring again",
}


def monitor(
    file: Annotated[Path, typer.Argument(readable=False, help="A video with sound.")],
    speed: Annotated[
        str, typer.Option(help='How many times faster than real time it is played; "max": as fast as it is measured.')
    ] = "1",
    delay_ms: Annotated[float, typer.Option(help="The delay in ms that is applied to the sound at the begin.")] = 0.0,
    as_json: Json = False,
) -> int:
    """Play FILE through the live monitor: by how much its sound leads or trails, as it runs."""
    start = sync_pb2.MonitorStart(path=wire_path(file), speed=_speed(speed), applied_delay_s=delay_ms / 1000)
    with EngineClient.connect() as engine:
        updates = engine.monitor(start)
        if as_json:
            found = [update_json(update) for update in updates]
            write_json({"file": str(file), "updates": found, "final": found[-1] if found else None})
        elif sys.stdout.isatty():
            _show(updates)
        else:
            for update in _every_second(updates):
                write_line(_words(update))
    return 0


def update_json(update: sync_pb2.MonitorUpdate) -> dict[str, Any]:
    """An answer as `sync monitor --json` shows it."""
    return {
        "time_s": update.time_s,
        "offset_s": update.offset_s if update.HasField("offset_s") else None,
        "uncertainty_s": update.uncertainty_s if update.HasField("uncertainty_s") else None,
        "confidence": update.confidence,
        "state": update.state,
        "delay_s": update.delay_s,
        "processing_s": update.processing_s,
        "late_count": update.late_count,
        "dropped_count": update.dropped_count,
    }


def _speed(text: str) -> float:
    """The factor; 0 stands for as fast as can be."""
    if text == "max":
        return 0.0
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise OptionInvalid.of("--speed", f'{text!r} is neither a number above 0 nor "max"')
    return speed


def _show(updates: Iterable[sync_pb2.MonitorUpdate]) -> None:
    """One line that changes."""
    with Live(Text("begins"), console=Console(), auto_refresh=False) as live:
        for update in updates:
            live.update(Text(_words(update)), refresh=True)


def _every_second(updates: Iterable[sync_pb2.MonitorUpdate]) -> Iterator[sync_pb2.MonitorUpdate]:
    """The first answer of each second of the stream, and the last one of all."""
    second: int | None = None
    last: sync_pb2.MonitorUpdate | None = None
    for update in updates:
        last = update
        if int(update.time_s) != second:
            second, last = int(update.time_s), None
            yield update
    if last is not None:
        yield last


def _words(update: sync_pb2.MonitorUpdate) -> str:
    parts = [f"{update.time_s:8.1f} s", _STATES.get(update.state, update.state)]
    if update.HasField("offset_s"):
        way = "leads" if update.offset_s >= 0 else "trails"
        parts.append(
            f"the sound {way} by {abs(update.offset_s) * 1000:.0f} ms (\N{PLUS-MINUS SIGN}"
            f"{update.uncertainty_s * 1000:.0f} ms, confidence {update.confidence:.2f})"
        )
    parts.append(f"delay {update.delay_s * 1000:+.0f} ms")
    if update.late_count or update.dropped_count:
        parts.append(f"{update.late_count} late, {update.dropped_count} dropped")
    return "  ".join(parts)
