import hashlib
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import twopop_models
from twopop_models.cards import CardError, InputContract, ModelFile, is_available, load_cards, read_card

DATA = b"weights"
CARD = f"""
id = "stems.htdemucs.v4"
task = "stems"
summary = "Splits a mix."
license = "MIT"
commercial_use = "not stated"
source = "Rouard et al., 2023"
origin = "https://example.org/htdemucs.th"
synthetic = false

[[files]]
name = "htdemucs.safetensors"
size_bytes = {len(DATA)}
sha256 = "{hashlib.sha256(DATA).hexdigest()}"

[input]
sample_rate_hz = 44100
max_length_s = 7.8
"""


def write(folder: Path, text: str, name: str = "stems.htdemucs.v4.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_card_says_everything(tmp_path: Path) -> None:
    card = read_card(write(tmp_path, CARD))
    assert (card.id, card.task, card.license, card.commercial_use) == (
        "stems.htdemucs.v4",
        "stems",
        "MIT",
        "not stated",
    )
    assert card.files == (ModelFile("htdemucs.safetensors", 7, hashlib.sha256(DATA).hexdigest()),)
    assert card.input == InputContract(sample_rate_hz=44100, max_length_s=7.8)
    assert card.size_bytes == 7
    with pytest.raises(FrozenInstanceError):
        card.license = "none"  # type: ignore[misc]


def test_a_model_is_available_when_its_files_are_whole(tmp_path: Path) -> None:
    card = read_card(write(tmp_path, CARD))
    assert not is_available(card, tmp_path)
    for data, available in ((DATA, True), (DATA[:-1], False), (b"Weights", False)):
        (tmp_path / "htdemucs.safetensors").write_bytes(data)
        assert is_available(card, tmp_path) is available


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('license = "MIT"\n', "", "license: is missing"),
        ('license = "MIT"', 'licence = "MIT"\nlicense = "MIT"', "licence: is not a key of a card"),
        ('license = "MIT"', "license = 1", "license: must be of type str, not int"),
        ('license = "MIT"', 'license = " "', "license: must not be empty"),
        ('"not stated"', '"maybe"', "commercial_use: 'maybe' is none of yes, no, not stated"),
        ("synthetic = false", "synthetic = 0", "synthetic: must be of type bool, not int"),
        ("size_bytes = 7", "size_bytes = true", "files[0].size_bytes: must be of type int, not bool"),
        ("size_bytes = 7", "size_bytes = 0", "files[0].size_bytes: must be greater than zero, not 0"),
        ("sha256 = ", 'sha256 = "ab" #', "files[0].sha256: must be 64 lower-case hexadecimal digits, not 'ab'"),
        ('"htdemucs.safetensors"', '"../x"', "files[0].name: '../x' must be a plain file name"),
        ('"htdemucs.safetensors"', "'..\\x'", "files[0].name: '..\\\\x' must be a plain file name"),
        ('"htdemucs.safetensors"', '".."', "files[0].name: '..' must be a plain file name"),
        ("sample_rate_hz", "rate", "input.rate: is not a key of a card"),
        ("[input]", "[inputs]", "inputs: is not a key of a card"),
        ("[[files]]", "[files]", "files: must be of type list, not dict"),
        ('id = "stems.htdemucs.v4"', 'id = "stems.other"', "id is 'stems.other'; the file must be named after it"),
        ('id = "stems.htdemucs.v4"', 'id = "Stems"', "id: 'Stems' is not of the form family.tag"),
        ("[input]", "[input", "Expected ']'"),
    ],
)
def test_a_bad_card_names_its_file_and_the_key(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in CARD
    path = write(tmp_path, CARD.replace(old, new, 1))
    with pytest.raises(CardError, match=f"^{re.escape(f'{path}: ')}.*{re.escape(problem)}"):
        read_card(path)


def test_our_own_cards_are_good_and_their_files_are_here() -> None:
    cards = load_cards()
    assert "sync.gcc-phat.v1" in [card.id for card in cards]
    assert [card.id for card in cards] == sorted({card.id for card in cards})
    assert all(is_available(card) for card in cards if not card.origin)


def test_every_file_that_ships_belongs_to_a_card() -> None:
    shipped = {path.name for path in (Path(twopop_models.__file__).parent / "weights").glob("*")}
    assert shipped == {file.name for card in load_cards() for file in card.files if not card.origin}
