"""Model cards: what each model or method is, where it comes from, what may be done with it.

A card is a TOML file in `cards/`, named after the model's id. Files that a card names lie in `weights/`; a card
without files is a method that needs none.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_FOLDER = Path(__file__).parent
_ID = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMERCIAL_USES = ("yes", "no", "not stated")


class CardError(ValueError):
    """A card that does not say what a card must say; the message names the file and the key."""


@dataclass(frozen=True)
class ModelFile:
    """A file of weights or calibration.

    Attributes:
        name: Its name in the store, without a folder.
        size_bytes: Its length.
        sha256: Its hash in 64 lower-case hexadecimal digits.
    """

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class InputContract:
    """What a model takes; None where it does not care.

    Attributes:
        sample_rate_hz: Samples per second.
        frame_rate: Frames per second.
        crop_px: Side of the square picture that it looks at, in pixels.
        min_length_s: Shortest input, in seconds.
        max_length_s: Longest input at once, in seconds.
    """

    sample_rate_hz: int | None = None
    frame_rate: float | None = None
    crop_px: int | None = None
    min_length_s: float | None = None
    max_length_s: float | None = None


@dataclass(frozen=True)
class ModelCard:
    """What is known of a model.

    Attributes:
        id: "family.tag".
        task: What it does: "waveform-sync".
        summary: One sentence.
        license: Licence of the weights, an SPDX expression or "not stated".
        commercial_use: "yes", "no" or "not stated".
        source: Paper or standard.
        origin: URL that the files come from; empty when they ship with the package.
        synthetic: Whether what it makes must be marked as synthetic.
        files: What it needs to run.
        input: What it takes.
    """

    id: str
    task: str
    summary: str
    license: str
    commercial_use: str
    source: str
    origin: str
    synthetic: bool
    files: tuple[ModelFile, ...]
    input: InputContract

    @property
    def size_bytes(self) -> int:
        """Bytes of all its files."""
        return sum(file.size_bytes for file in self.files)


def load_cards(folder: Path = _FOLDER / "cards") -> tuple[ModelCard, ...]:
    """All cards of a folder, by id.

    Raises:
        CardError: A card is not as it must be.
    """
    return tuple(read_card(path) for path in sorted(folder.glob("*.toml")))


def read_card(path: Path) -> ModelCard:
    """One card.

    Raises:
        CardError: It is not as it must be.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        card = _card(data)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, CardError) as error:
        raise CardError(f"{path}: {error}") from error
    if card.id != path.stem:
        raise CardError(f"{path}: id is {card.id!r}; the file must be named after it")
    return card


def is_available(card: ModelCard, folder: Path = _FOLDER / "weights") -> bool:
    """Whether all its files lie in a folder, whole and unchanged."""
    return all(_is_intact(folder / file.name, file) for file in card.files)


def _is_intact(path: Path, expected: ModelFile) -> bool:
    if not path.is_file() or path.stat().st_size != expected.size_bytes:
        return False
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest() == expected.sha256


def _card(data: Mapping[str, Any]) -> ModelCard:
    table = _Table(data, "")
    card = ModelCard(
        id=table.text("id"),
        task=table.text("task"),
        summary=table.text("summary"),
        license=table.text("license"),
        commercial_use=table.text("commercial_use"),
        source=table.text("source"),
        origin=table.get("origin", str, ""),
        synthetic=table.get("synthetic", bool),
        files=tuple(_file(_Table(entry, f"files[{i}].")) for i, entry in enumerate(table.get("files", list))),
        input=_input(_Table(table.get("input", dict, {}), "input.")),
    )
    table.end()
    if not _ID.fullmatch(card.id):
        raise CardError(f"id: {card.id!r} is not of the form family.tag")
    if card.commercial_use not in _COMMERCIAL_USES:
        raise CardError(f"commercial_use: {card.commercial_use!r} is none of {', '.join(_COMMERCIAL_USES)}")
    return card


def _file(table: _Table) -> ModelFile:
    file = ModelFile(table.text("name"), table.get("size_bytes", int), table.text("sha256"))
    table.end()
    if not _NAME.fullmatch(file.name):
        raise CardError(f"{table.prefix}name: {file.name!r} must be a plain file name")
    if file.size_bytes <= 0:
        raise CardError(f"{table.prefix}size_bytes: must be greater than zero, not {file.size_bytes}")
    if not _SHA256.fullmatch(file.sha256):
        raise CardError(f"{table.prefix}sha256: must be 64 lower-case hexadecimal digits, not {file.sha256!r}")
    return file


def _input(table: _Table) -> InputContract:
    contract = InputContract(
        sample_rate_hz=table.get("sample_rate_hz", int, None),
        frame_rate=table.get("frame_rate", float, None),
        crop_px=table.get("crop_px", int, None),
        min_length_s=table.get("min_length_s", float, None),
        max_length_s=table.get("max_length_s", float, None),
    )
    table.end()
    return contract


_NEEDED = object()


class _Table:
    """A table of a card, read key by key, so that a misspelt one is noticed."""

    def __init__(self, data: object, prefix: str) -> None:
        if not isinstance(data, dict):
            raise CardError(f"{prefix.rstrip('.')}: must be a table")
        self.prefix = prefix
        self._left = dict(data)

    def get(self, key: str, kind: type, default: Any = _NEEDED) -> Any:
        """The value of a key, of a kind; without a default it must be there."""
        value = self._left.pop(key, default)
        if value is _NEEDED:
            raise CardError(f"{self.prefix}{key}: is missing")
        if value is not default and type(value) is not kind:
            raise CardError(f"{self.prefix}{key}: must be of type {kind.__name__}, not {type(value).__name__}")
        return value

    def text(self, key: str) -> str:
        """A text that must be there and say something."""
        value: str = self.get(key, str)
        if not value.strip():
            raise CardError(f"{self.prefix}{key}: must not be empty")
        return value

    def end(self) -> None:
        """Complains about keys that nobody read."""
        if self._left:
            raise CardError(f"{self.prefix}{min(self._left)}: is not a key of a card")
