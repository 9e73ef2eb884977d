"""The receipt beside a model's files: when they came, from where, what they were, and which licence was accepted.

It makes up for what a card does not know: the hash of a file that only the user vouches for, and of what was converted.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

RECEIPT = ".receipt.json"


@dataclass(frozen=True)
class Entry:
    """A file as it was when it came.

    Attributes:
        sha256: Its hash.
        size_bytes: Its length.
        origin: Where it came from: an address, or the path that the user gave. For a converted file, the hash of what
            it was made of.
        date: Day and time, in UTC.
    """

    sha256: str
    size_bytes: int
    origin: str
    date: str


@dataclass(frozen=True)
class Acceptance:
    """The user's word that the licence's terms are known and fine.

    Attributes:
        license: The licence.
        terms: Its terms as the card said them.
        revision: The card's revision.
        date: Day and time, in UTC.
    """

    license: str
    terms: str
    revision: int
    date: str


@dataclass(frozen=True)
class Receipt:
    """What is written beside a model's files.

    Attributes:
        files: The files that came or were made, by name.
        accepted: The licence that was accepted, if one had to be.
    """

    files: Mapping[str, Entry] = field(default_factory=dict)
    accepted: Acceptance | None = None

    @classmethod
    def read(cls, folder: Path) -> Receipt:
        """The receipt of a folder; an empty one where there is none, or none that can be read."""
        try:
            data = json.loads((folder / RECEIPT).read_text(encoding="utf-8"))
            files = {str(name): Entry(**entry) for name, entry in data["files"].items()}
            return cls(files, Acceptance(**data["accepted"]) if data["accepted"] else None)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def write(self, folder: Path) -> None:
        """Writes it, whole or not at all."""
        data: dict[str, Any] = asdict(self)
        partial = folder / f"{RECEIPT}.{secrets.token_hex(4)}.partial"
        try:
            partial.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
            partial.replace(folder / RECEIPT)
        finally:
            partial.unlink(missing_ok=True)

    def with_file(self, name: str, entry: Entry) -> Receipt:
        """The receipt with one more file."""
        return replace(self, files={**self.files, name: entry})

    def with_acceptance(self, accepted: Acceptance) -> Receipt:
        """The receipt with an accepted licence."""
        return replace(self, accepted=accepted)
