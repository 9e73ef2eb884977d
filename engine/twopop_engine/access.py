"""Who may call: a random token in a private file, checked on every call.

No call is exempt, health and reflection included: the port is open to every user of the machine, and tools can send
the token as well (`-H "authorization: Bearer $(cat token)"`).
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import grpc

from twopop.errors import AccessDenied
from twopop.locations import Home

_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


def write_private(path: Path, text: str) -> None:
    """Replaces a file by one that only this user can read; a reader sees the old or the new text, whole."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def make_token(home: Home) -> str:
    """A new secret in the home's token file; the one of an earlier engine is worth nothing any more."""
    token = secrets.token_urlsafe(32)
    write_private(home.token_file, token)
    return token


class TokenInterceptor(grpc.ServerInterceptor):
    """Rejects every call that does not carry the token as `authorization: Bearer TOKEN`."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()
        self._rejection: _Handler = grpc.unary_unary_rpc_method_handler(_reject)  # answers streaming calls as well

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], _Handler | None], details: grpc.HandlerCallDetails
    ) -> _Handler | None:
        """Passes the call on, or answers it with `AccessDenied`."""
        sent = dict(details.invocation_metadata).get("authorization", "")
        given = sent.encode() if isinstance(sent, str) else sent
        return continuation(details) if hmac.compare_digest(given, self._expected) else self._rejection


def _reject(_request: object, _context: grpc.ServicerContext) -> NoReturn:
    raise AccessDenied("the engine's token is wrong or missing; it lies in the engine's folder, readable by its user")
