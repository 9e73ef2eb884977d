"""Verifying models: hashes in words, and a known answer that is asked for only when it can be."""

from pathlib import Path

import pytest

from models.file_server import Plan, serving
from models.shelves import digest, entry, shelf, unheard
from twopop.v1 import models_pb2
from twopop_engine.weights.verify import KNOWN_ANSWERS, Figure, verify_model
from twopop_engine.weights.wire import card_to_message
from twopop_models.pull import pull
from twopop_models.store import Store

MODEL = "test.model.v1"
DATA = b"weights" * 100
SHA = digest(DATA)


def checks(store: Store, media: Path | None = None) -> list[tuple[str, str, str, bool]]:
    found = verify_model(store, store.card(MODEL), media, unheard)
    return [(check.name, check.expected, check.found, check.passed) for check in found]


def put(store: Store, name: str, data: bytes) -> None:
    folder = store.root / MODEL
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def test_a_hash_that_is_known(tmp_path: Path) -> None:
    store = shelf(tmp_path, entry("w.bin", DATA))
    assert checks(store) == [("sha256 of w.bin", SHA, "the file is not here", False)]
    put(store, "w.bin", DATA)
    assert checks(store) == [("sha256 of w.bin", SHA, SHA, True)]
    put(store, "w.bin", DATA[1:])
    assert checks(store) == [("sha256 of w.bin", SHA, "the length is another", False)]
    put(store, "w.bin", DATA[::-1])
    assert checks(store) == [("sha256 of w.bin", SHA, digest(DATA[::-1]), False)]


def test_a_hash_of_which_only_the_beginning_is_known(tmp_path: Path) -> None:
    store = shelf(tmp_path, {"name": "w.bin", "sha256": "", "sha256_prefix": SHA[:8]})
    put(store, "w.bin", DATA)
    assert checks(store) == [("sha256 of w.bin", f"{SHA[:8]}..., more is not known", SHA, True)]
    put(store, "w.bin", DATA + b"!")
    assert checks(store) == [("sha256 of w.bin", f"{SHA[:8]}..., more is not known", digest(DATA + b"!"), False)]


def test_a_hash_that_only_the_user_vouches_for(tmp_path: Path) -> None:
    store = shelf(tmp_path, {"name": "w.bin", "sha256": ""})
    (tmp_path / "mine").write_bytes(DATA)
    pull(store, MODEL, unheard, source=tmp_path / "mine")
    assert checks(store) == [("sha256 of w.bin", "not known: you vouch for it", SHA, True)]
    put(store, "w.bin", DATA[::-1])
    assert checks(store) == [("sha256 of w.bin", f"{SHA}, as it came", digest(DATA[::-1]), False)]


def answering(folder: Path) -> Store:
    store = shelf(folder, entry("w.bin", DATA))
    card = folder / "cards" / f"{MODEL}.toml"
    text = card.read_text()
    tables = (
        "[known_answer]\ntolerance = 0.05\nvalues = { offset = 3, distance = 5.353 }\n[known_answer.media]\n"
        f'name = "example.avi"\nsize_bytes = 5\nsha256 = "{digest(b"media")}"\n'
    )
    card.write_text(text.replace("[[files]]", f"{tables}[[files]]"))
    return store


def test_a_known_answer_that_cannot_be_asked_for_is_not_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = answering(tmp_path)
    put(store, "w.bin", DATA)
    assert pull(store, MODEL, unheard) == 0  # the card does not know where the media can be fetched
    assert checks(store)[1:] == [
        ("offset", "3", "not checked: nothing here runs this model yet", False),
        ("distance", "5.353", "not checked: nothing here runs this model yet", False),
    ]
    monkeypatch.setitem(KNOWN_ANSWERS, MODEL, f"{__name__}:measured")
    assert checks(store)[1][2] == "not checked: example.avi is not here; say where it is with --media"
    (store.root / MODEL / "w.bin").unlink()
    advice = "not checked: Get w.bin yourself (see https://example.org/), then: twopop models pull test.model.v1"
    assert checks(store)[1][2] == f"{advice} --from PATH"


def measured(store: Store, media: Path) -> list[Figure]:
    """Stands for a model: what it says depends on the media."""
    far = 0.06 if media.read_bytes() == b"other" else 0.04
    return [Figure("offset", 3, 3, True), Figure("distance", 5.353, 5.353 + far, far < 0.05)]


def test_a_known_answer_is_asked_of_the_media_in_the_store_or_of_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KNOWN_ANSWERS, MODEL, f"{__name__}:measured")
    store = answering(tmp_path)
    put(store, "w.bin", DATA)
    put(store, "example.avi", b"media")
    assert checks(store)[1:] == [
        ("offset", "3 within 0.05", "3.000", True),
        ("distance", "5.353 within 0.05", "5.393", True),
    ]
    (tmp_path / "other.avi").write_bytes(b"other")
    assert checks(store, tmp_path / "other.avi")[2] == ("distance", "5.353 within 0.05", "5.413", False)


def test_the_media_of_the_known_answer_come_from_a_folder_too(tmp_path: Path) -> None:
    store = answering(tmp_path)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "w.bin").write_bytes(DATA)
    (mine / "example.avi").write_bytes(b"media")
    pull(store, MODEL, unheard, source=mine)
    assert (store.root / MODEL / "example.avi").read_bytes() == b"media"


def test_a_file_that_is_here_already_is_not_taken_for_the_media(tmp_path: Path) -> None:
    store = answering(tmp_path)
    (tmp_path / "mine").write_bytes(DATA)
    for _ in range(2):
        assert pull(store, MODEL, unheard, source=tmp_path / "mine") == 0
    (tmp_path / "any name").write_bytes(b"media")
    pull(store, MODEL, unheard, source=tmp_path / "any name")
    assert (store.root / MODEL / "example.avi").read_bytes() == b"media"


def test_media_that_are_gone_keep_no_model_from_coming(tmp_path: Path) -> None:
    with serving(DATA, Plan(), Plan(status=404)) as server:
        store = answering(tmp_path)
        card = tmp_path / "cards" / f"{MODEL}.toml"
        url = f'url = "{server.url}/'
        card.write_text(
            card.read_text()
            .replace('name = "example.avi"', f'name = "example.avi"\n{url}example.avi"')
            .replace('name = "w.bin"', f'name = "w.bin"\n{url}w.bin"')
        )
        assert pull(store, MODEL, unheard) == len(DATA)
        assert len(server.asked) == 2
        assert store.is_available(store.card(MODEL))
        server.data = b"media"
        assert pull(store, MODEL, unheard) == 5


def test_a_card_as_a_message(tmp_path: Path) -> None:
    store = shelf(
        tmp_path, entry("w.bin", DATA), {"name": "v.bin", "sha256": ""}, input={"sample_rate_hz": 16000, "crop_px": 96}
    )
    put(store, "w.bin", DATA)
    message = card_to_message(store, store.card(MODEL))
    path = str(store.root / MODEL / "w.bin")
    assert list(message.files) == [
        models_pb2.ModelFile(name="w.bin", size_bytes=700, sha256=SHA, path=path),
        models_pb2.ModelFile(name="v.bin"),
    ]
    assert list(message.input) == ["16000 Hz", "96 px"]
    assert not message.available
    assert message.advice.startswith("Get v.bin yourself (see https://example.org/)")
