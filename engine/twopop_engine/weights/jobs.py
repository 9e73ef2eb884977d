"""The jobs behind the Models service."""

from __future__ import annotations

from pathlib import Path

from twopop.errors import ModelMissing
from twopop.v1 import models_pb2
from twopop_engine.runtime.context import Context
from twopop_engine.runtime.models import model_errors, model_store
from twopop_engine.weights.verify import verify_model
from twopop_engine.weights.wire import card_to_message
from twopop_models.convert import Converted, convert, needs
from twopop_models.converted import convert_in_store
from twopop_models.pull import pull
from twopop_models.store import Store

_PULL_SHARE = 0.7


def pull_files(request: models_pb2.PullModelRequest, context: Context) -> models_pb2.PullModelResult:
    """Fetches a model's files, and converts them where that is needed and torch is there.

    Raises:
        InputError: The model is unknown, its licence was not accepted, a file cannot be had or is not the right one, or
            the disk is full.
    """
    store = model_store()
    with model_errors():
        card = store.card(request.id)
        share = _PULL_SHARE if card.converts_to else 1.0
        came_bytes = pull(
            store,
            card.id,
            lambda fraction, stage, message: context.progress(share * fraction, stage, message),
            source=Path(request.from_path) if request.from_path else None,
            accept_license=request.accept_license,
        )
        if not store.is_available(card) and not store.missing(card) and not needs(card):
            convert_in_store(
                store,
                card,
                lambda fraction, stage, message: context.progress(share + (1 - share) * fraction, stage, message),
            )
        return models_pb2.PullModelResult(card=card_to_message(store, card), downloaded_bytes=came_bytes)


def convert_checkpoint(request: models_pb2.ConvertModelRequest, context: Context) -> models_pb2.ConvertModelResult:
    """Converts a checkpoint to safetensors and ONNX.

    Raises:
        InputError: The model is unknown, torch is not installed, the checkpoint does not fit or carries code, or the
            folder cannot be written to.
    """
    store = model_store()
    with model_errors():
        done = _convert(store, request, context)
    return models_pb2.ConvertModelResult(
        paths=[str(path) for path in done.paths], largest_difference=done.largest_difference
    )


def verify(request: models_pb2.VerifyModelRequest, context: Context) -> models_pb2.VerifyModelResult:
    """Holds files against their hashes and the model against its known answer.

    Raises:
        InputError: The model is unknown, or the media of the known answer cannot be read.
    """
    store = model_store()
    with model_errors():
        card = store.card(request.id)
        media = Path(request.media_path) if request.media_path else None
        checks = verify_model(store, card, media, context.progress)
    return models_pb2.VerifyModelResult(passed=all(check.passed for check in checks), checks=checks)


def _convert(store: Store, request: models_pb2.ConvertModelRequest, context: Context) -> Converted:
    """Into the store what lies in the store; into a folder of the user's whatever fits."""
    card = store.card(request.id)
    checkpoint = Path(request.checkpoint_path) if request.checkpoint_path else None
    if request.output_dir:
        source = checkpoint or store.path(card.id, _only_file(store, request.id))
        return convert(card, source, Path(request.output_dir), context.progress)
    if not store.may_use(card):  # that is said to a pull
        raise ModelMissing.of(card.id, store.advice(card))
    if checkpoint is not None:
        pull(store, card.id, context.progress, source=checkpoint)
    return convert_in_store(store, card, context.progress)


def _only_file(store: Store, model_id: str) -> str:
    card = store.card(model_id)
    if len(card.files) != 1:
        raise ModelMissing.of(model_id, "Say which checkpoint is meant.")
    return card.files[0].name
