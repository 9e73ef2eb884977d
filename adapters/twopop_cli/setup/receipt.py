"""The receipt of an installation: which files it put where, so that exactly those are replaced and taken away again.

A file is ours as long as it holds what we wrote. Before an upgrade begins, the receipt names old and new content, so
that one that was killed in the middle is simply run again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from twopop.errors import InputError
from twopop_actions.record import from_json, to_json
from twopop_otio.timeline import write_whole

_VERSION = 1


@dataclass(frozen=True)
class Receipt:
    """What was installed into an editor.

    Attributes:
        version: Of this format.
        files: SHA-256 of everything that we may have written, by path.
        folders: Folders that we made.
    """

    version: int = _VERSION
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    folders: tuple[str, ...] = ()

    def is_ours(self, path: Path, data: bytes) -> bool:
        """Whether a file holds what we wrote."""
        return digest(data) in self.files.get(str(path), ())

    def save(self, file: Path) -> None:
        """Writes the receipt.

        Raises:
            OutputUnwritable: It cannot be written.
        """
        write_whole(file, (json.dumps(to_json(self), indent=1) + "\n").encode())


def load(file: Path) -> Receipt:
    """Reads a receipt; a missing one is empty.

    Raises:
        InputError: It is damaged, or of another version.
    """
    try:
        receipt = from_json(Receipt, json.loads(file.read_bytes()))
    except FileNotFoundError:
        return Receipt()
    except (OSError, ValueError) as problem:
        raise InputError(f"{file}: cannot be understood ({problem}); remove it and install again") from problem
    if receipt.version != _VERSION:
        raise InputError(f"{file}: was written by another version of twopop; remove it and install again")
    return receipt


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def folders_to_make(files: Iterable[Path]) -> tuple[Path, ...]:
    """Folders that do not exist yet, the upper ones first."""
    missing = {parent for file in files for parent in file.parents if not parent.exists()}
    return tuple(sorted(missing))
