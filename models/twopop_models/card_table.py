"""A table of a card, read key by key, so that a misspelt key and a value of another kind are noticed."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

_NEEDED = object()
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MEMBER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PREFIX = re.compile(r"[0-9a-f]{8,63}")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class CardError(ValueError):
    """A card that does not say what a card must say; the message names the file and the key."""


def origin_problem(url: str) -> str:
    """What is wrong with an address to fetch from: only https is, and plain http from this very machine.

    Returns:
        A few words; empty when it is fine.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    if parts.username is not None or parts.password is not None:
        return "must not hold a user's name or password"
    if not host or port == 0 or any(letter <= " " or letter == "\x7f" for letter in url):
        return "is not an address"
    if parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK):
        return ""
    return "must begin with https://"


class Table:
    """A table of a card.

    Attributes:
        prefix: What stands before its keys in messages: "files[0].".
    """

    def __init__(self, data: object, prefix: str) -> None:
        if not isinstance(data, dict):
            raise CardError(f"{prefix.rstrip('.')}: must be a table")
        self.prefix = prefix
        self._left = dict(data)

    def get(self, key: str, kind: type, default: Any = _NEEDED) -> Any:
        """The value of a key, of a kind; without a default it must be there."""
        value = self._left.pop(key, default)
        if value is _NEEDED:
            raise self.error(key, "is missing")
        if value is not default and type(value) is not kind:
            raise self.error(key, f"must be of type {kind.__name__}, not {type(value).__name__}")
        return value

    def text(self, key: str) -> str:
        """A text that must be there and say something."""
        value: str = self.get(key, str)
        if not value.strip():
            raise self.error(key, "must not be empty")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of a few texts."""
        value = self.text(key)
        if value not in choices:
            raise self.error(key, f"{value!r} is none of {', '.join(choices)}")
        return value

    def name(self, key: str) -> str:
        """The name of a file, without a folder."""
        return self._matching(self.text(key), key, _NAME, "must be a plain file name")

    def member(self, key: str) -> str:
        """The name of a file inside an archive; empty when the key is not there."""
        return self._matching(self.get(key, str, ""), key, _MEMBER, "must be a path inside the wheel")

    def count(self, key: str, default: int) -> int:
        """A whole number greater than zero, or the default."""
        value: int = self.get(key, int, default)
        if value is not default and value <= 0:
            raise self.error(key, f"must be greater than zero, not {value}")
        return value

    def sha256(self, key: str) -> str:
        """A hash; empty when it is not known."""
        value = self.get(key, str)
        if value and not _SHA256.fullmatch(value):
            raise self.error(key, f"must be 64 lower-case hexadecimal digits, not {value!r}")
        return str(value)

    def sha256_prefix(self, key: str) -> str:
        """How a hash begins; empty when the key is not there."""
        return self._matching(self.get(key, str, ""), key, _PREFIX, "must be 8 to 63 lower-case hexadecimal digits")

    def url(self, key: str) -> str:
        """An address to fetch from; empty when the key is not there."""
        value: str = self.get(key, str, "")
        if value and (problem := origin_problem(value)):
            raise self.error(key, f"{value!r} {problem}")
        return value

    def tables(self, key: str) -> list[Table]:
        """A list of tables; empty when the key is not there."""
        return [Table(entry, f"{self.prefix}{key}[{index}].") for index, entry in enumerate(self.get(key, list, []))]

    def table(self, key: str) -> Table | None:
        """A table, or None when the key is not there."""
        data = self.get(key, dict, None)
        return None if data is None else Table(data, f"{self.prefix}{key}.")

    def numbers(self, key: str) -> dict[str, float]:
        """A table of numbers that holds at least one."""
        data: dict[str, Any] = self.get(key, dict)
        if not data or not all(type(value) in (int, float) for value in data.values()):
            raise self.error(key, "must be a table of numbers")
        return {name: float(value) for name, value in data.items()}

    def error(self, key: str, problem: str) -> CardError:
        """The complaint about a key."""
        return CardError(f"{self.prefix}{key}: {problem}")

    def end(self) -> None:
        """Complains about keys that nobody read."""
        if self._left:
            raise self.error(min(self._left), "is not a key of a card")

    def _matching(self, value: str, key: str, pattern: re.Pattern[str], problem: str) -> str:
        if value and not pattern.fullmatch(value):
            raise self.error(key, f"{value!r} {problem}")
        return value
