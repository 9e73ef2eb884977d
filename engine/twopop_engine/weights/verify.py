"""Verifying a model: its files against their hashes, the model against its known answer."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, cast

from twopop.v1 import models_pb2
from twopop_models.cards import KnownAnswer, ModelCard
from twopop_models.store import Found, Store


class Figure(NamedTuple):
    """A figure of a known answer.

    Attributes:
        name: Its name: "min dist".
        expected: What it should be.
        found: What it is.
        passed: Whether that is near enough.
    """

    name: str
    expected: float
    found: float
    passed: bool


KNOWN_ANSWERS = {"syncnet.v2": "twopop_engine.sync.syncnet.verify:known_answer"}
"""What asks a model for its known answer, as "module:function", by card id."""


def verify_model(
    store: Store, card: ModelCard, media: Path | None, report: Callable[[float, str, str], None]
) -> list[models_pb2.ModelCheck]:
    """All checks of a model.

    Args:
        store: The store.
        card: The model.
        media: Media of the known answer; None: what lies in the store.
        report: Told of the progress: fraction, stage, and what it is being done to.

    Returns:
        One for each file, and one for each figure of the known answer.

    Raises:
        InputError: The media cannot be read.
    """
    names = [*(file.name for file in card.files), *card.converts_to]
    checks = []
    for index, name in enumerate(names):
        report(0.5 * index / len(names), "hash", name)
        checks.append(_hash_check(store.find(card, name), _known(card, name)))
    report(0.5, "known answer", card.id)
    if card.known_answer is not None:
        checks += _answer_checks(store, card, card.known_answer, media)
    return checks


def _known(card: ModelCard, name: str) -> str:
    """What the card knows of a file's hash, in words where that is not all of it."""
    if name in card.converts_to:
        return "what the conversion wrote"
    file = next(file for file in card.files if file.name == name)
    if file.sha256:
        return file.sha256
    return f"{file.sha256_prefix}..., more is not known" if file.sha256_prefix else "not known: you vouch for it"


def _hash_check(found: Found, known: str) -> models_pb2.ModelCheck:
    said = found.sha256 or ("the file is not here" if found.state == "missing" else "the length is another")
    if found.state == "changed" and len(known) < len(found.expected):
        known = f"{found.expected}, as it came"
    return models_pb2.ModelCheck(
        name=f"sha256 of {found.path.name}", expected=known, found=said, passed=found.state == "here"
    )


def _answer_checks(
    store: Store, card: ModelCard, answer: KnownAnswer, media: Path | None
) -> Iterator[models_pb2.ModelCheck]:
    path = media or store.folder(card) / answer.media.name
    if problem := _obstacle(store, card, path):
        for name, value in answer.values.items():
            yield models_pb2.ModelCheck(name=name, expected=f"{value:g}", found=f"not checked: {problem}", passed=False)
        return
    module, _, function = KNOWN_ANSWERS[card.id].partition(":")
    known_answer = getattr(importlib.import_module(module), function)
    for figure in cast(Callable[[Store, Path], Iterable[Figure]], known_answer)(store, path):
        expected = f"{figure.expected:g} within {answer.tolerance:g}"
        yield models_pb2.ModelCheck(
            name=figure.name, expected=expected, found=f"{figure.found:.3f}", passed=bool(figure.passed)
        )


def _obstacle(store: Store, card: ModelCard, media: Path) -> str:
    """Why the known answer cannot be asked for; empty when it can."""
    if card.id not in KNOWN_ANSWERS:
        return "nothing here runs this model yet"
    if not store.is_available(card):
        return store.advice(card)
    if not media.is_file():
        return f"{media.name} is not here; say where it is with --media"
    return ""
