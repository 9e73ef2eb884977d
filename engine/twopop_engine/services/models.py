"""The Models service."""

from __future__ import annotations

import grpc

from twopop.v1 import models_pb2, models_pb2_grpc
from twopop_models.cards import ModelCard, is_available, load_cards


class ModelsService(models_pb2_grpc.ModelsServicer):
    """The cards of what the engine measures and makes with."""

    def List(
        self, request: models_pb2.ListModelsRequest, context: grpc.ServicerContext
    ) -> models_pb2.ListModelsResponse:
        """All cards, by id."""
        return models_pb2.ListModelsResponse(models=[_to_message(card) for card in load_cards()])


def _to_message(card: ModelCard) -> models_pb2.ModelCard:
    return models_pb2.ModelCard(
        id=card.id,
        task=card.task,
        summary=card.summary,
        license=card.license,
        commercial_use=card.commercial_use,
        size_bytes=card.size_bytes,
        available=is_available(card),
        source=card.source,
    )
