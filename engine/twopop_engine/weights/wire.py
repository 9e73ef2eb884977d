"""Model cards as messages."""

from __future__ import annotations

from collections.abc import Iterator

from twopop.v1 import models_pb2
from twopop_models.cards import InputContract, ModelCard
from twopop_models.store import Store


def card_to_message(store: Store, card: ModelCard) -> models_pb2.ModelCard:
    """A card, and how its files lie in the store.

    Args:
        store: The store.
        card: One of its cards.
    """
    return models_pb2.ModelCard(
        id=card.id,
        task=card.task,
        summary=card.summary,
        license=card.license,
        commercial_use=card.commercial_use,
        size_bytes=card.size_bytes,
        available=store.is_available(card),
        source=card.source,
        origin=card.origin,
        files=_files(store, card),
        synthetic=card.synthetic,
        input=_input(card.input),
        advice=store.advice(card),
    )


def _files(store: Store, card: ModelCard) -> Iterator[models_pb2.ModelFile]:
    """What the card names, and what was converted from it."""
    for file in card.files:
        found = store.find(card, file.name)
        path = str(found.path) if found.state == "here" else ""
        yield models_pb2.ModelFile(name=file.name, size_bytes=file.size_bytes, sha256=file.known, path=path)
    for name in card.converts_to:
        found = store.find(card, name)
        if found.state == "here":
            size_bytes = found.path.stat().st_size
            yield models_pb2.ModelFile(name=name, size_bytes=size_bytes, sha256=found.sha256, path=str(found.path))


def _input(contract: InputContract) -> Iterator[str]:
    if contract.sample_rate_hz is not None:
        yield f"{contract.sample_rate_hz} Hz"
    if contract.frame_rate is not None:
        yield f"{contract.frame_rate:g} frames/s"
    if contract.crop_px is not None:
        yield f"{contract.crop_px} px"
    if contract.min_length_s is not None:
        yield f"at least {contract.min_length_s:g} s"
    if contract.max_length_s is not None:
        yield f"at most {contract.max_length_s:g} s at once"
