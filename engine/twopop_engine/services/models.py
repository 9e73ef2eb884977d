"""The Models service."""

from __future__ import annotations

import grpc

from twopop.v1 import models_pb2, models_pb2_grpc, operations_pb2
from twopop_engine.runtime.models import model_errors, model_store
from twopop_engine.services.starter import JobStarter
from twopop_engine.weights.wire import card_to_message


class ModelsService(models_pb2_grpc.ModelsServicer):
    """The cards of what the engine measures and makes with, and the store of their files."""

    def __init__(self, jobs: JobStarter) -> None:
        self._jobs = jobs

    def List(
        self, request: models_pb2.ListModelsRequest, context: grpc.ServicerContext
    ) -> models_pb2.ListModelsResponse:
        """All cards, by id."""
        store = model_store()
        with model_errors():
            return models_pb2.ListModelsResponse(models=[card_to_message(store, card) for card in store.cards()])

    def Show(self, request: models_pb2.ShowModelRequest, context: grpc.ServicerContext) -> models_pb2.ModelCard:
        """One card in full."""
        store = model_store()
        with model_errors():
            return card_to_message(store, store.card(request.id))

    def Pull(self, request: models_pb2.PullModelRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """Fetches a card's files."""
        return self._jobs.start(request)

    def Convert(
        self, request: models_pb2.ConvertModelRequest, context: grpc.ServicerContext
    ) -> operations_pb2.Operation:
        """Converts a published checkpoint."""
        return self._jobs.start(request)

    def Verify(self, request: models_pb2.VerifyModelRequest, context: grpc.ServicerContext) -> operations_pb2.Operation:
        """Holds a model against its hashes and its known answer."""
        return self._jobs.start(request)
