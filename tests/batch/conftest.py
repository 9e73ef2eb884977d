"""One engine and one shoot for all tests of many timelines: the demo's, whose media is real."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import twopop
from reels import Shooting


@pytest.fixture(scope="session")
def shooting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shooting]:
    folder = tmp_path_factory.mktemp("shooting")
    home = folder / "home"
    ended = twopop(home, "demo", "--out", folder / "demo", "--json")
    assert ended.code == 0
    yield Shooting(home, folder / "demo" / "sound", json.loads((folder / "demo" / "demo.otio").read_text()))
    assert twopop(home, "engine", "stop").code == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder to put timelines into."""
    made = tmp_path / "reels"
    made.mkdir()
    return made
