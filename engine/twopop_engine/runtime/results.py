"""Small results kept by content: serialised messages under the hash of everything that they depend on."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


def result_key(algorithm: str, *parts: str) -> str:
    """The key of a result.

    Args:
        algorithm: What made it, with its revision: "sync.match/3".
        parts: Everything else that it depends on: media digests, parameters, model ids.

    Returns:
        A SHA-256 in hexadecimal digits.
    """
    digest = hashlib.sha256()
    for part in (algorithm, *parts):
        digest.update(f"{len(part)}:".encode())
        digest.update(part.encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class ResultStore:
    """A folder of results, one file each, safe for several processes.

    Attributes:
        root: The folder; made when first written to.
    """

    root: Path

    def load(self, key: str) -> bytes | None:
        """The result kept under a key, or None."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def save(self, key: str, data: bytes) -> None:
        """Keeps a result; a reader sees it whole or not at all."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
        try:
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.root / key[:2] / key[2:]
