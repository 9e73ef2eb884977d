"""Model stores with cards of their own."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from twopop_models.download import Patience
from twopop_models.store import Store

SWIFT = Patience(tries=3, pause_s=0.01, stall_s=0.4)

CARD = {
    "id": "test.model.v1",
    "task": "test",
    "summary": "Is a test.",
    "license": "MIT",
    "commercial_use": "yes",
    "source": "this test",
    "origin": "https://example.org/",
    "synthetic": False,
}


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def entry(name: str, data: bytes, **more: str | int) -> dict[str, str | int]:
    """A file's table, hash and length known."""
    return {"name": name, "size_bytes": len(data), "sha256": digest(data), **more}


def shelf(folder: Path, *files: dict[str, str | int], **card: object) -> Store:
    """A store with one more card.

    Args:
        folder: Holds the cards, the shipped files and the user's folder.
        files: The files' tables.
        card: Keys of the card that differ from those of `CARD`; dictionaries become tables.
    """
    cards = folder / "cards"
    cards.mkdir(exist_ok=True)
    keys = {**CARD, **card}
    plain = [f"{key} = {json.dumps(value)}" for key, value in keys.items() if not isinstance(value, dict)]
    tables = [f"[{key}]\n{_lines(value)}" for key, value in keys.items() if isinstance(value, dict)]
    tables += [f"[[files]]\n{_lines(file)}" for file in files]
    (cards / f"{keys['id']}.toml").write_text("\n".join([*plain, *tables]))
    return Store(folder / "root", cards, folder / "shipped")


def unheard(fraction: float, stage: str, message: str) -> None:
    """Takes in a report; it must be sound."""
    assert 0 <= fraction <= 1
    assert stage
    assert message


def _lines(table: Mapping[str, object]) -> str:
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in table.items())
