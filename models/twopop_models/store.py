"""The store: finds what cards name, verified. Files that ship lie in the package, all others in the user's folder.

ROOT/MODEL_ID/NAME            a file, whole: it came under another name and was renamed
ROOT/MODEL_ID/.receipt.json   see `receipt.py`
ROOT/MODEL_ID/.NAME.partial   a download that goes on at the next try
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from twopop_models.card_table import CardError
from twopop_models.cards import CARDS, WEIGHTS, ModelCard, ModelFile, read_card
from twopop_models.errors import FilesMissing, FileUnreadable, LicenseRefused, UnknownModel
from twopop_models.receipt import Receipt

State = Literal["here", "missing", "changed"]

_hashes: dict[tuple[str, int, int], str] = {}  # by path, size and time of change: a file is hashed once in a process


@dataclass(frozen=True)
class Found:
    """A file of a model as it lies, or does not lie, in the store.

    Attributes:
        path: Where it belongs.
        state: "here": whole and what it must be; "changed": something else has its name.
        expected: Its hash, or how it begins; empty when nothing is known, and the user vouches for it.
        sha256: Its hash as it is; empty when it is missing or its length is already wrong.
    """

    path: Path
    state: State
    expected: str
    sha256: str


class Store:
    """Model cards and their files.

    Attributes:
        root: The user's folder for what is fetched; made when first written to.
    """

    def __init__(self, root: Path, cards: Path = CARDS, shipped: Path = WEIGHTS) -> None:
        """Opens the store.

        Args:
            root: The user's folder for what is fetched.
            cards: Folder of the cards.
            shipped: Folder of the files that ship with the package.
        """
        self.root = root
        self._shipped = shipped
        self._cards = {path.stem: path for path in sorted(cards.glob("*.toml"))}

    def cards(self) -> tuple[ModelCard, ...]:
        """All cards, by id.

        Raises:
            CardError: One is not as it must be.
        """
        return tuple(read_card(path) for path in self._cards.values())

    def card(self, model_id: str) -> ModelCard:
        """One card.

        Raises:
            UnknownModel: There is none of that id.
            CardError: It is not as it must be.
        """
        if model_id not in self._cards:
            raise UnknownModel(model_id, ", ".join(self._cards))
        return read_card(self._cards[model_id])

    def folder(self, card: ModelCard) -> Path:
        """The folder of a model's files."""
        return self._shipped if card.ships else self.root / card.id

    def path(self, model_id: str, name: str) -> Path:
        """A file of a model, verified: whole, unchanged, and its licence accepted.

        Args:
            model_id: The card's id.
            name: One of the card's files, or of those that they are converted to.

        Raises:
            UnknownModel: No such card.
            FilesMissing: The file is not here; the error says how to get it.
            FileUnreadable: The file is not what it must be, or the card names no such file.
            LicenseRefused: The licence was not accepted.
        """
        card = self.card(model_id)
        found = self.find(card, name)
        if found.state == "missing":
            raise FilesMissing(model_id, self.advice(card))
        if found.state == "changed":
            again = "install twopop again" if card.ships else f"remove it and pull again: twopop models pull {card.id}"
            raise FileUnreadable(str(found.path), f"is not the file that it must be; {again}")
        if not self.may_use(card):
            raise LicenseRefused(card.id, card.terms)
        return found.path

    def find(self, card: ModelCard, name: str) -> Found:
        """How a file of a card lies in the store.

        Raises:
            FileUnreadable: The card names no such file.
        """
        folder = self.folder(card)
        entries = {} if card.ships else Receipt.read(folder).files
        entry = entries.get(name)
        if name in card.converts_to:
            source = entries.get(card.files[0].name)
            if entry is None or source is None or entry.origin != source.sha256:  # nobody knows what it was made of
                return Found(folder / name, "missing", "", "")
            return examine(folder / name, ModelFile(name, entry.size_bytes, entry.sha256))
        for file in card.files:
            if file.name == name:  # where the card does not know the hash, the one that it came with counts
                known = ModelFile(name, entry.size_bytes, entry.sha256) if entry and not file.sha256 else file
                return examine(folder / name, known)
        raise FileUnreadable(name, f"the card of {card.id} names no such file")

    def missing(self, card: ModelCard) -> list[ModelFile]:
        """The files that a card names and that are not here as they must be."""
        return [file for file in card.files if self.find(card, file.name).state != "here"]

    def may_use(self, card: ModelCard) -> bool:
        """Whether the weights are free, or this revision's licence was accepted."""
        if card.is_free:
            return True
        accepted = Receipt.read(self.folder(card)).accepted
        return accepted is not None and accepted.revision == card.revision

    def is_available(self, card: ModelCard) -> bool:
        """Whether it can be run: its files, or what they are converted to, are here and verified."""
        names = card.converts_to or tuple(file.name for file in card.files)
        return self.may_use(card) and all(self.find(card, name).state == "here" for name in names)

    def advice(self, card: ModelCard) -> str:
        """How to get what is missing, in a sentence; empty when nothing is."""
        if self.is_available(card):
            return ""
        if card.ships:
            return "It belongs to the package: install twopop again."
        allowed = self.may_use(card)
        terms = "" if allowed else f"Not free for every use: {card.terms}. "
        command = f"twopop models pull {card.id}{'' if allowed else ' --accept-license'}"
        missing = self.missing(card)
        if not missing and allowed:
            return f'Convert it: twopop models convert {card.id} (needs pip install "twopop[train]").'
        if all(file.url or file.member for file in missing):
            return f"{terms}{'Fetch it' if missing else 'If that is fine'}: {command}"
        names = ", ".join(file.name for file in missing)
        return f"{terms}Get {names} yourself (see {card.origin}), then: {command} --from PATH"


def examine(path: Path, expected: ModelFile) -> Found:
    """Holds a file against what is known of it."""
    known = expected.known
    try:
        size_bytes = path.stat().st_size if path.is_file() else None
    except OSError:
        size_bytes = None
    if size_bytes is None:
        return Found(path, "missing", known, "")
    if size_bytes != (expected.size_bytes or size_bytes):
        return Found(path, "changed", known, "")
    digest = sha256_of(path)
    return Found(path, "here" if digest.startswith(known) else "changed", known, digest)


def sha256_of(path: Path, report: Callable[[int], None] | None = None) -> str:
    """A file's hash, computed once in a process for as long as its size and its time of change stay the same.

    Args:
        path: The file.
        report: Called with the bytes read so far.

    Raises:
        FileUnreadable: It cannot be read.
    """
    try:
        status = path.stat()
        key = (str(path), status.st_size, status.st_mtime_ns)
        if key not in _hashes:
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
                    if report:
                        report(file.tell())
            _hashes[key] = digest.hexdigest()
        return _hashes[key]
    except OSError as error:
        raise FileUnreadable(str(path), f"cannot be read: {error.strerror or error}") from error


def read_weights(model_id: str, name: str, cards: Path = CARDS, shipped: Path = WEIGHTS) -> bytes:
    """A file that ships with the package, whole and unchanged.

    Args:
        model_id: The card's id.
        name: One of the card's files.
        cards: Folder of the cards.
        shipped: Folder of the files.

    Returns:
        The file's bytes.

    Raises:
        CardError: No such card or file, or the file is not the one that the card names.
    """
    card = read_card(cards / f"{model_id}.toml")
    expected = next((file for file in card.files if file.name == name), None)
    if expected is None:
        raise CardError(f"{model_id}: the card names no file {name!r}")
    path = shipped / name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CardError(f"{path}: cannot be read; install twopop again") from error
    if hashlib.sha256(data).hexdigest() != expected.sha256:
        raise CardError(f"{path}: is not the file that the card names; install twopop again")
    return data
