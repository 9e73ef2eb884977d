"""Conversion inside the store: only the file that the card names becomes what is run under the card's name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timezone

from twopop_models.cards import ModelCard
from twopop_models.convert import Converted, convert, needs
from twopop_models.disk import locked, writing
from twopop_models.errors import FileUnreadable
from twopop_models.receipt import Entry, Receipt
from twopop_models.store import Store, sha256_of


def convert_in_store(store: Store, card: ModelCard, report: Callable[[float, str, str], None]) -> Converted:
    """Converts a model's file where it lies, and writes into the receipt what came of it.

    Args:
        store: The store.
        card: The model; it has one file.
        report: Told of the progress: fraction, stage, and what it is being done to.

    Returns:
        What was written.

    Raises:
        ModelError: The file is not here, its licence was not accepted, it does not fit, torch is not installed, or the
            disk is full.
    """
    if problem := needs(card):
        raise FileUnreadable(card.id, problem)
    source = store.path(card.id, card.files[0].name)
    folder = store.folder(card)
    with locked(store.root / f".{card.id}.lock", lambda: report(0.0, "wait", "another pull of it is running")):
        for left in folder.glob(".convert.*.partial"):  # of one that was killed
            shutil.rmtree(left, ignore_errors=True)
        try:
            done = convert(card, source, folder, report)
        except FileUnreadable:
            if not card.files[0].known:  # the user's word for it was wrong
                source.unlink()
            raise
        receipt = Receipt.read(folder)
        for path in done.paths:
            now = datetime.now(timezone.utc).isoformat(timespec="seconds")
            receipt = receipt.with_file(path.name, Entry(sha256_of(path), path.stat().st_size, sha256_of(source), now))
        with writing(folder):
            receipt.write(folder)
    return done
