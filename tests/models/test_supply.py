"""What the user gives and accepts: files, folders, and the terms of weights that are not free."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.file_server import FileServer, serving
from models.shelves import SWIFT, digest, entry, shelf, unheard
from twopop_models.errors import FilesMissing, FileUnreadable, LicenseRefused, ModelError, UnknownModel
from twopop_models.pull import pull
from twopop_models.receipt import Receipt
from twopop_models.store import Store

DATA = bytes(range(256)) * 1200
MODEL = "test.model.v1"


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(DATA) as files:
        yield files


def fetched(store: Store) -> int:
    return pull(store, MODEL, unheard, patience=SWIFT)


def known(folder: Path, server: FileServer, **more: object) -> Store:
    return shelf(folder, entry("w.bin", DATA, url=f"{server.url}/w.bin"), **more)


LOCKED = {"commercial_use": "no", "license": "LicenseRef-Test", "terms": "for tests only"}


def test_weights_that_are_not_free_need_the_users_word(tmp_path: Path, server: FileServer) -> None:
    store = known(tmp_path, server, **LOCKED)
    with pytest.raises(LicenseRefused, match="for tests only"):
        fetched(store)
    assert not store.root.exists()
    assert store.advice(store.card(MODEL)) == (
        "Not free for every use: for tests only. Fetch it: twopop models pull test.model.v1 --accept-license"
    )
    pull(store, MODEL, unheard, accept_license=True, patience=SWIFT)
    accepted = Receipt.read(store.root / MODEL).accepted
    assert accepted is not None
    assert (accepted.license, accepted.terms, accepted.revision) == ("LicenseRef-Test", "for tests only", 1)
    assert store.is_available(store.card(MODEL))


def test_a_word_counts_for_one_revision_of_the_card(tmp_path: Path, server: FileServer) -> None:
    pull(known(tmp_path, server, **LOCKED), MODEL, unheard, accept_license=True, patience=SWIFT)
    store = known(tmp_path, server, revision=2, **LOCKED)
    with pytest.raises(LicenseRefused):
        store.path(MODEL, "w.bin")
    assert store.advice(store.card(MODEL)) == (
        "Not free for every use: for tests only. If that is fine: twopop models pull test.model.v1 --accept-license"
    )
    assert pull(store, MODEL, unheard, accept_license=True, patience=SWIFT) == 0
    assert store.path(MODEL, "w.bin").read_bytes() == DATA


def test_weights_that_were_put_there_by_hand_are_not_run_without_the_users_word(
    tmp_path: Path, server: FileServer
) -> None:
    store = known(tmp_path, server, **LOCKED)
    (store.root / MODEL).mkdir(parents=True)
    (store.root / MODEL / "w.bin").write_bytes(DATA)
    with pytest.raises(LicenseRefused):
        store.path(MODEL, "w.bin")


def taken(store: Store, source: Path) -> int:
    return pull(store, MODEL, unheard, source=source)


def test_a_file_is_taken_from_the_user(tmp_path: Path) -> None:
    store = shelf(tmp_path, entry("w.bin", DATA))
    assert store.advice(store.card(MODEL)) == (
        "Get w.bin yourself (see https://example.org/), then: twopop models pull test.model.v1 --from PATH"
    )
    with pytest.raises(FilesMissing, match=r"Get w\.bin yourself"):
        fetched(store)
    (tmp_path / "any name").write_bytes(DATA)
    assert taken(store, tmp_path / "any name") == 0
    assert store.path(MODEL, "w.bin").read_bytes() == DATA
    assert Receipt.read(store.root / MODEL).files["w.bin"].origin == str(tmp_path / "any name")


def test_several_files_are_taken_from_a_folder(tmp_path: Path) -> None:
    store = shelf(tmp_path, entry("a.bin", DATA), entry("b.bin", DATA[:9]), entry("c.bin", DATA[:8]))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.bin").write_bytes(DATA)
    (tmp_path / "mine" / "b.bin").write_bytes(DATA[:9])
    taken(store, tmp_path / "mine")
    assert [file.name for file in store.missing(store.card(MODEL))] == ["c.bin"]
    (tmp_path / "other name").write_bytes(DATA[:8])
    taken(store, tmp_path / "other name")
    assert store.is_available(store.card(MODEL))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (DATA[:-1], r"is not w\.bin: 307199 bytes, expected 307200"),
        (bytes(len(DATA)), rf"is not w\.bin: sha256 {digest(bytes(len(DATA)))}, expected {digest(DATA)}"),
        (b"", r"is not w\.bin: 0 bytes, expected 307200"),
    ],
)
def test_a_wrong_file_of_the_users_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    store = shelf(tmp_path, entry("w.bin", DATA))
    (tmp_path / "wrong").write_bytes(data)
    with pytest.raises(FileUnreadable, match=problem):
        taken(store, tmp_path / "wrong")
    assert not list((store.root / MODEL).glob("*"))


def test_a_folder_without_what_is_wanted_or_no_file_at_all(tmp_path: Path) -> None:
    store = shelf(tmp_path, entry("w.bin", DATA))
    with pytest.raises(FileUnreadable, match=r"has nothing that test\.model\.v1 lacks; expected w\.bin"):
        taken(store, tmp_path)
    with pytest.raises(FileUnreadable, match="there is no such file"):
        taken(store, tmp_path / "nowhere")


def test_the_user_vouches_for_a_file_whose_hash_nobody_knows(tmp_path: Path) -> None:
    store = shelf(tmp_path, {"name": "w.bin", "sha256": ""})
    for data in (DATA, DATA[:100]):  # the second replaces the first
        (tmp_path / "mine").write_bytes(data)
        taken(store, tmp_path / "mine")
        assert store.path(MODEL, "w.bin").read_bytes() == data
    store.path(MODEL, "w.bin").write_bytes(DATA[1:101])
    with pytest.raises(FileUnreadable, match="is not the file that it must be"):
        store.path(MODEL, "w.bin")


def test_a_file_that_ships_is_never_fetched(tmp_path: Path) -> None:
    store = shelf(tmp_path, entry("w.bin", DATA), origin="")
    with pytest.raises(FilesMissing, match="It belongs to the package: install twopop again"):
        fetched(store)
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "w.bin").write_bytes(DATA)
    assert fetched(store) == 0
    assert not store.root.exists()


def test_an_unknown_model_lists_the_known_ones(tmp_path: Path) -> None:
    store = shelf(tmp_path, entry("w.bin", DATA))
    for name in ("nope.v1", "../cards/test.model.v1", ""):
        with pytest.raises(UnknownModel, match=r"test\.model\.v1"):
            pull(store, name, unheard)


def test_a_card_has_no_other_file(tmp_path: Path) -> None:
    store = shelf(tmp_path, entry("w.bin", DATA))
    with pytest.raises(ModelError, match=r"the card of test\.model\.v1 names no such file"):
        store.path(MODEL, "../w.bin")
