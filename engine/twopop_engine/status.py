"""The one place where errors become gRPC statuses (AIP-193)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeAlias

import grpc

from twopop.errors import (
    AccessDenied,
    EngineUnavailable,
    InputError,
    InternalFailure,
    MediaNotFound,
    OperationCancelled,
    OperationInterrupted,
    OperationUnknown,
    OutputUnwritable,
    TimelineMoved,
    TwopopError,
    VersionMismatch,
    error_to_message,
)

ERROR_TRAILER = "twopop-error-bin"
"""Trailing metadata that holds the serialised `twopop.v1.Error`."""

_STATUS = {
    AccessDenied: grpc.StatusCode.UNAUTHENTICATED,
    EngineUnavailable: grpc.StatusCode.UNAVAILABLE,
    InputError: grpc.StatusCode.INVALID_ARGUMENT,
    MediaNotFound: grpc.StatusCode.NOT_FOUND,
    OperationCancelled: grpc.StatusCode.CANCELLED,
    OperationInterrupted: grpc.StatusCode.ABORTED,
    OperationUnknown: grpc.StatusCode.NOT_FOUND,
    OutputUnwritable: grpc.StatusCode.FAILED_PRECONDITION,
    TimelineMoved: grpc.StatusCode.FAILED_PRECONDITION,
    TwopopError: grpc.StatusCode.INTERNAL,
    VersionMismatch: grpc.StatusCode.FAILED_PRECONDITION,
}
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_log = logging.getLogger(__name__)


def status_of(error: TwopopError) -> grpc.StatusCode:
    """The status of an error: its own class's, else that of the nearest class above."""
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


class ErrorInterceptor(grpc.ServerInterceptor):
    """Answers with a status and the error itself in the trailing metadata; must be the outermost interceptor."""

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], _Handler | None], details: grpc.HandlerCallDetails
    ) -> _Handler | None:
        """Wraps the call's handler."""
        handler = continuation(details)
        if handler is None:
            return None
        if handler.unary_unary:
            return grpc.unary_unary_rpc_method_handler(
                _guard(handler.unary_unary), handler.request_deserializer, handler.response_serializer
            )
        if handler.unary_stream:
            return grpc.unary_stream_rpc_method_handler(
                _guard_stream(handler.unary_stream), handler.request_deserializer, handler.response_serializer
            )
        if handler.stream_stream:
            return grpc.stream_stream_rpc_method_handler(
                _guard_stream(handler.stream_stream), handler.request_deserializer, handler.response_serializer
            )
        return handler


def _guard(call: Callable[[Any, grpc.ServicerContext], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
    def guarded(request: object, context: grpc.ServicerContext) -> object:
        try:
            return call(request, context)
        except TwopopError as error:
            _abort(context, error)
        except Exception as fault:  # the RPC boundary
            _abort(context, _as_error(fault))

    return guarded


def _guard_stream(
    call: Callable[[Any, grpc.ServicerContext], Iterator[Any]],
) -> Callable[[Any, grpc.ServicerContext], Iterator[Any]]:
    def guarded(request: object, context: grpc.ServicerContext) -> Iterator[object]:
        try:
            yield from call(request, context)
        except TwopopError as error:
            _abort(context, error)
        except Exception as fault:  # the RPC boundary
            _abort(context, _as_error(fault))

    return guarded


def _as_error(fault: Exception) -> InternalFailure:
    _log.error("a call failed", exc_info=fault)
    return InternalFailure(f"the engine failed: {type(fault).__name__}: {fault}; engine.log has the details")


def _abort(context: grpc.ServicerContext, error: TwopopError) -> NoReturn:
    message = error_to_message(error)
    context.set_trailing_metadata(((ERROR_TRAILER, message.SerializeToString()),))
    context.abort(status_of(error), message.message)
