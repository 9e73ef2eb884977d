"""The one way from a capability's RPC to an operation."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.message import Message

from twopop.v1 import operations_pb2
from twopop_engine.operations.manager import OperationManager
from twopop_engine.services.paths import check_paths
from twopop_engine.services.registry import Capability


class JobStarter:
    """Starts the job that stands for a request's class."""

    def __init__(self, manager: OperationManager, capabilities: Iterable[Capability]) -> None:
        self._manager = manager
        self._capabilities = {capability.request: capability for capability in capabilities}

    def start(self, request: Message) -> operations_pb2.Operation:
        """Queues the job.

        Raises:
            OptionInvalid: A path in the request is not absolute.
            EngineUnavailable: The engine is leaving.
        """
        check_paths(request)
        capability = self._capabilities[type(request)]
        return self._manager.start(capability.method, capability.job, request)
