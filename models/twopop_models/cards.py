"""Model cards: what each model or method is, where it comes from, what may be done with it.

A card is a TOML file in `cards/`, named after the model's id. The files of a card without an origin lie in `weights/`
and ship with the package; all others are fetched into the user's store. A card without files is a method that needs
none.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twopop_models.card import InputContract, KnownAnswer, ModelCard, ModelFile, Wheel
from twopop_models.card_table import CardError, Table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = [
    "CARDS", "WEIGHTS", "CardError", "InputContract", "KnownAnswer", "ModelCard", "ModelFile", "Wheel",
    "load_cards", "read_card",
]  # fmt: skip

CARDS = Path(__file__).parent / "cards"
"""Where the cards lie."""

WEIGHTS = Path(__file__).parent / "weights"
"""Where the files lie that ship with the package."""

_ID = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_COMMERCIAL_USES = ("yes", "no", "not stated")


def load_cards(folder: Path = CARDS) -> tuple[ModelCard, ...]:
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
        card = _card(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, CardError) as error:
        raise CardError(f"{path}: {error}") from error
    if card.id != path.stem:
        raise CardError(f"{path}: id is {card.id!r}; the file must be named after it")
    return card


def _card(data: Mapping[str, Any]) -> ModelCard:
    table = Table(data, "")
    card = ModelCard(
        id=table.text("id"),
        revision=table.count("revision", 1),
        task=table.text("task"),
        summary=table.text("summary"),
        license=table.text("license"),
        commercial_use=table.choice("commercial_use", _COMMERCIAL_USES),
        terms=table.get("terms", str, ""),
        source=table.text("source"),
        origin=table.get("origin", str, ""),
        synthetic=table.get("synthetic", bool),
        files=tuple(_file(entry) for entry in table.tables("files")),
        converts_to=tuple(entry.name("name") for entry in _names(table, "converts_to")),
        input=_input(table.table("input")),
        wheel=_wheel(table.table("wheel")),
        known_answer=_known_answer(table.table("known_answer")),
    )
    table.end()
    _check(card)
    return card


def _check(card: ModelCard) -> None:
    """Complains about what the keys say together."""
    if not _ID.fullmatch(card.id):
        raise CardError(f"id: {card.id!r} is not of the form family.tag")
    if not card.is_free and not card.terms.strip():
        raise CardError(f"terms: must be said when commercial_use is {card.commercial_use!r}")
    names = [name.lower() for name in (*(file.name for file in card.files), *card.converts_to)]
    for name in names:
        if names.count(name) > 1:
            raise CardError(f"files: two files are named {name!r}")
    for index, file in enumerate(card.files):
        if file.member and not card.wheel:
            raise CardError(f"files[{index}].member: there is no table wheel")
        if file.member and file.url:
            raise CardError(f"files[{index}].url: the file rides in the wheel")
        if card.ships and not file.sha256:
            raise CardError(f"files[{index}].sha256: must be known of a file that ships with the package")
    if card.converts_to and len(card.files) != 1:
        raise CardError(f"converts_to: needs one file to convert, not {len(card.files)}")
    if card.wheel and not any(file.member for file in card.files):
        raise CardError("wheel: no file has a member")


def _names(table: Table, key: str) -> list[Table]:
    names = table.get(key, list, [])
    return [Table({"name": name}, f"{key}[{index}].") for index, name in enumerate(names)]


def _file(table: Table) -> ModelFile:
    file = ModelFile(
        name=table.name("name"),
        size_bytes=table.count("size_bytes", 0),
        sha256=table.sha256("sha256"),
        sha256_prefix=table.sha256_prefix("sha256_prefix"),
        url=table.url("url"),
        member=table.member("member"),
    )
    table.end()
    if file.sha256 and not file.size_bytes:
        raise table.error("size_bytes", "is missing, though the hash is known")
    if file.sha256 and file.sha256_prefix:
        raise table.error("sha256_prefix", "the whole hash is known")
    if file.member and not file.sha256:
        raise table.error("sha256", "must be known of a file that rides in a wheel")
    return file


def _wheel(table: Table | None) -> Wheel | None:
    if table is None:
        return None
    wheel = Wheel(
        project=table.name("project"),
        version=table.name("version"),
        platform=table.name("platform"),
        python=table.name("python"),
        size_bytes=table.count("size_bytes", 0),
        sha256=table.sha256("sha256"),
    )
    table.end()
    if not wheel.sha256 or not wheel.size_bytes:
        raise table.error("sha256", "and size_bytes must be known of a wheel")
    return wheel


def _known_answer(table: Table | None) -> KnownAnswer | None:
    if table is None:
        return None
    media = table.table("media")
    if media is None:
        raise table.error("media", "is missing")
    answer = KnownAnswer(_file(media), table.numbers("values"), table.get("tolerance", float))
    table.end()
    return answer


def _input(table: Table | None) -> InputContract:
    if table is None:
        return InputContract()
    contract = InputContract(
        sample_rate_hz=table.get("sample_rate_hz", int, None),
        frame_rate=table.get("frame_rate", float, None),
        crop_px=table.get("crop_px", int, None),
        min_length_s=table.get("min_length_s", float, None),
        max_length_s=table.get("max_length_s", float, None),
    )
    table.end()
    return contract
