import stat
from pathlib import Path

import pytest

from twopop.locations import EngineAddress, Home


def test_an_address_survives_its_file() -> None:
    address = EngineAddress("unix:/home/é/engine.sock", 4711, "af")
    assert EngineAddress.from_json(address.to_json()) == address


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "3", "{}", '{"address": "x", "pid": "y", "engine_id": "z"}'])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        EngineAddress.from_json(text)


def test_a_home_is_private_even_where_it_was_not(tmp_path: Path) -> None:
    root = tmp_path / "a" / "b"
    root.mkdir(parents=True, mode=0o755)
    Home(root).make()
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_all_files_lie_in_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    places = [getattr(home, name) for name in dir(Home) if name.endswith(("_file", "_folder"))]
    assert len(set(places)) == len(places) == 8
    assert all(place.parent == tmp_path for place in places)


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"TWOPOP_HOME": "/srv/twopop"}, "/srv/twopop"),
        ("linux", {"XDG_STATE_HOME": "/state"}, "/state/twopop"),
        ("linux", {"HOME": "/home/anna"}, "/home/anna/.local/state/twopop"),
        ("darwin", {"HOME": "/Users/anna"}, "/Users/anna/Library/Application Support/twopop"),
        ("win32", {"LOCALAPPDATA": "/appdata"}, "/appdata/twopop"),
    ],
)
def test_the_default_home_is_the_platforms(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: str
) -> None:
    for name in ("TWOPOP_HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("twopop.locations.sys.platform", platform)
    assert Home.default() == Home(Path(expected))


def test_a_relative_home_in_the_environment_is_taken_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TWOPOP_HOME", "engine")
    assert Home.default().root == tmp_path / "engine"
