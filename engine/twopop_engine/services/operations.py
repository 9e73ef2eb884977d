"""The Operations service."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from twopop.v1 import operations_pb2, operations_pb2_grpc
from twopop_engine.operations.manager import OperationManager

_DEFAULT_PAGE_SIZE = 50


class OperationsService(operations_pb2_grpc.OperationsServicer):
    """Looking at operations and stopping them."""

    def __init__(self, manager: OperationManager) -> None:
        self._manager = manager

    def Get(
        self, request: operations_pb2.GetOperationRequest, context: grpc.ServicerContext
    ) -> operations_pb2.Operation:
        """The operation as it is now."""
        return self._manager.get(request.id)

    def List(
        self, request: operations_pb2.ListOperationsRequest, context: grpc.ServicerContext
    ) -> operations_pb2.ListOperationsResponse:
        """The newest operations first, without their results."""
        count = request.page_size if request.page_size > 0 else _DEFAULT_PAGE_SIZE
        response = operations_pb2.ListOperationsResponse(operations=self._manager.newest(count))
        for operation in response.operations:
            operation.ClearField("result")  # fifty of them would not fit into a message
        return response

    def Watch(
        self, request: operations_pb2.WatchOperationRequest, context: grpc.ServicerContext
    ) -> Iterator[operations_pb2.Operation]:
        """The operation now and after every change."""
        return self._manager.watch(request.id, context.add_callback)

    def Cancel(
        self, request: operations_pb2.CancelOperationRequest, context: grpc.ServicerContext
    ) -> operations_pb2.Operation:
        """Stops the work within a second."""
        return self._manager.cancel(request.id)
