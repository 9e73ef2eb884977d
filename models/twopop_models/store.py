"""The store: reads what a card names, verified."""

from __future__ import annotations

import hashlib
from pathlib import Path

from twopop_models.cards import CardError, read_card

_FOLDER = Path(__file__).parent


def read_weights(model_id: str, name: str, root: Path = _FOLDER) -> bytes:
    """A file of weights or calibration, whole and unchanged.

    Args:
        model_id: The card's id.
        name: One of the card's files.
        root: Folder that holds `cards/` and `weights/`.

    Returns:
        The file's bytes.

    Raises:
        CardError: No such card or file, or the file is not the one that the card names.
    """
    card = read_card(root / "cards" / f"{model_id}.toml")
    expected = next((file for file in card.files if file.name == name), None)
    if expected is None:
        raise CardError(f"{model_id}: the card names no file {name!r}")
    path = root / "weights" / name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CardError(f"{path}: cannot be read; install twopop again") from error
    if hashlib.sha256(data).hexdigest() != expected.sha256:
        raise CardError(f"{path}: is not the file that the card names; install twopop again")
    return data
