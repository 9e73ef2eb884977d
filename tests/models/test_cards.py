import hashlib
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from twopop_cli.models import DEFAULT
from twopop_models.cards import WEIGHTS, CardError, InputContract, ModelFile, load_cards, read_card
from twopop_models.networks import NETWORKS
from twopop_models.store import Store

DATA = b"weights"
CARD = f"""
id = "stems.htdemucs.v4"
task = "stems"
summary = "Splits a mix."
license = "MIT"
commercial_use = "not stated"
terms = "nobody says"
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

WHEEL = f"""[wheel]
project = "x"
version = "1"
platform = "any"
python = "311"
size_bytes = 9
sha256 = "{"0" * 64}"
"""
ANSWER = """[known_answer]
tolerance = 0.1
values = { offset = 3 }
media = { name = "example.avi", sha256 = "" }
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
        ("size_bytes = 7", "size_bytes = -1", "files[0].size_bytes: must be greater than zero, not -1"),
        ("size_bytes = 7", "", "files[0].size_bytes: is missing, though the hash is known"),
        ('terms = "nobody says"', "", "terms: must be said when commercial_use is 'not stated'"),
        ("synthetic = false", "synthetic = false\nrevision = 0", "revision: must be greater than zero, not 0"),
        ("synthetic = false", 'synthetic = false\nconverts_to = ["a/b"]', "converts_to[0].name: 'a/b' must be a plain"),
        ("synthetic = false", "synthetic = false\nconverts_to = [1]", "converts_to[0].name: must be of type str"),
        (
            "synthetic = false",
            'synthetic = false\nconverts_to = ["HTDemucs.safetensors"]',
            "files: two files are named 'htdemucs.safetensors'",
        ),
        ("size_bytes = 7", 'size_bytes = 7\nsha256_prefix = "abcdef01"', "files[0].sha256_prefix: the whole hash is"),
        ("size_bytes = 7", 'size_bytes = 7\nsha256_prefix = "abc"', "files[0].sha256_prefix: 'abc' must be 8 to 63"),
        ("size_bytes = 7", 'size_bytes = 7\nmember = "a/b"', "files[0].member: there is no table wheel"),
        (
            "size_bytes = 7",
            'size_bytes = 7\nmember = "../b"',
            "files[0].member: '../b' must be a path inside",
        ),
        ("size_bytes = 7", 'size_bytes = 7\nmember = "/b"', "files[0].member: '/b' must be a path inside the wheel"),
        ("size_bytes = 7", 'size_bytes = 7\nurl = "http://example.org/w"', "must begin with https://"),
        ("size_bytes = 7", 'size_bytes = 7\nurl = "file:///etc/passwd"', "'file:///etc/passwd' is not an address"),
        ("size_bytes = 7", 'size_bytes = 7\nurl = "https://u:p@example.org/w"', "must not hold a user's name"),
        ("size_bytes = 7", 'size_bytes = 7\nurl = "https://example.org/a b"', "is not an address"),
        ("size_bytes = 7", 'size_bytes = 7\nurl = "https://[::1"', "is not an address"),
        (
            "[[files]]",
            'converts_to = ["x"]\n[[files]]\nname = "v"\nsha256 = ""\n[[files]]',
            "converts_to: needs one file to convert, not 2",
        ),
        ("[input]", '[wheel]\nproject = "x"\n[input]', "wheel.version: is missing"),
        ("[input]", f"{WHEEL}\n[input]", "wheel: no file has a member"),
        ("[input]", WHEEL.replace("size_bytes = 9", "") + "\n[input]", "wheel.sha256: and size_bytes must be known"),
        ("[input]", "[known_answer]\n[input]", "known_answer.media: is missing"),
        ("[input]", f"{ANSWER.replace('tolerance = 0.1', '')}\n[input]", "known_answer.tolerance: is missing"),
        ("[input]", f"{ANSWER.replace('= 3', '= true')}\n[input]", "known_answer.values: must be a table of numbers"),
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


def test_our_own_cards_are_good_and_what_ships_is_here(tmp_path: Path) -> None:
    store = Store(tmp_path)
    cards = store.cards()
    assert cards == load_cards()
    assert [card.id for card in cards] == sorted({card.id for card in cards})
    assert {card.id for card in cards} >= {
        *("sync.gcc-phat.v1", "twopop-lipsync.v1", "faces.blazeface-full.v1", "faces.blazeface-short.v1"),
        *("faces.mesh.v1", "syncnet.v2", "wav2lip.v1", "wav2lip.gan", "wav2lip.expert", "htdemucs.v4", "htdemucs.ft"),
    }
    for card in cards:
        assert store.is_available(card) is card.ships, card.id
        assert bool(store.advice(card)) is not card.ships, card.id


def test_every_file_that_ships_belongs_to_a_card() -> None:
    shipped = {path.name for path in WEIGHTS.glob("*")}
    assert shipped == {file.name for card in load_cards() for file in card.files if card.ships}


def test_what_is_converted_is_what_the_networks_export() -> None:
    for card in load_cards():
        if card.converts_to:
            assert card.converts_to[0].endswith(".safetensors")
            assert list(card.converts_to[1:]) == [tower.file for tower in NETWORKS[card.id].towers]


def test_a_demucs_name_carries_the_beginning_of_its_hash() -> None:
    files = [file for card in load_cards() if card.id.startswith("htdemucs.") for file in card.files]
    assert len(files) == 5
    assert all(file.known.startswith(file.name[9:17]) for file in files)


def test_what_is_pulled_by_default_is_free_and_has_a_card(tmp_path: Path) -> None:
    store = Store(tmp_path)
    cards = [store.card(model) for model in DEFAULT]
    assert all(card.is_free and not card.ships for card in cards)
