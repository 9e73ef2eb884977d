"""The menu scripts into made trees of three platforms, and by the command on this one."""

import json
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from commands import Ended, twopop
from twopop.errors import HostUnavailable, InternalFailure
from twopop_cli.setup.copying import copy, remove
from twopop_cli.setup.machine import Machine, Platform
from twopop_cli.setup.menu import HOST, script_folders, wanted
from twopop_cli.setup.plugin import plugin_folder, scripts
from twopop_cli.setup.settings import receipt_file, settings_file

PLUGIN = Path(__file__).parents[2] / "plugins" / "resolve"
HOMES = {"linux": PurePosixPath("/home/ann"), "darwin": PurePosixPath("/Users/ann"), "win32": PureWindowsPath("C:/Ann")}
SUPPORT = "Users/ann/Library/Application Support"
STORE = "Users/ann/Library/Containers/com.blackmagic-design.DaVinciResolveLite"
PLACES: dict[Platform, tuple[list[str], list[str], str]] = {
    "linux": (
        ["opt/resolve/bin/resolve"],
        ["home/ann/.local/share/DaVinciResolve/Fusion/Scripts"],
        "home/ann/.config/twopop",
    ),
    "darwin": (
        ["Applications/DaVinci Resolve/DaVinci Resolve.app", STORE],
        [
            f"{SUPPORT}/Blackmagic Design/DaVinci Resolve/Fusion/Scripts",
            f"{STORE}/Data/Library/Application Support/Fusion/Scripts",
        ],
        f"{SUPPORT}/twopop",
    ),
    "win32": (
        ["C/Program Files/Blackmagic Design/DaVinci Resolve/Resolve.exe"],
        ["C/Ann/AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts"],
        "C/Ann/AppData/Roaming/twopop",
    ),
}
"""What makes Resolve present, where the scripts go, and where the settings go, on each platform."""


def machine(platform: Platform, root: Path) -> Machine:
    return Machine(platform, {}, HOMES[platform], root)


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("platform", list(PLACES))
def test_the_scripts_go_where_the_platform_has_them_and_leave_no_trace(platform: Platform, tmp_path: Path) -> None:
    present, folders, settings = PLACES[platform]
    for path in present:
        (tmp_path / path).mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    here = machine(platform, tmp_path)
    content = wanted(here, script_folders(here))
    steps = copy(content, receipt_file(here, HOST), dry_run=False)
    assert {step.verb for step in steps} == {"copy"}
    names = set(scripts(PLUGIN))
    assert any(name.startswith("Utility/") for name in names)
    expected = {f"{folder}/{name}" for folder in folders for name in names}
    assert files(tmp_path) == expected | {f"{settings}/resolve.json", f"{settings}/resolve-installed.json"}
    assert json.loads(settings_file(here, HOST).read_text()) == {"python": sys.executable}
    remove(receipt_file(here, HOST), dry_run=False)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("platform", list(PLACES))
def test_without_resolve_nothing_is_made(platform: Platform, tmp_path: Path) -> None:
    with pytest.raises(HostUnavailable, match=r"is not installed \(looked for"):
        script_folders(machine(platform, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_app_stores_resolve_alone(tmp_path: Path) -> None:
    (tmp_path / STORE).mkdir(parents=True)
    (folder,) = script_folders(machine("darwin", tmp_path))
    assert folder == tmp_path / PLACES["darwin"][1][1]


def test_scripts_are_those_of_resolves_menus_only(tmp_path: Path) -> None:
    for name in ("Edit/a.py", "Edit/__pycache__/a.pyc", "Utility/b.lua", "Utility/notes.md", "Other/c.py", "d.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    assert scripts(tmp_path) == {"Edit/a.py": b"Edit/a.py", "Utility/b.lua": b"Utility/b.lua"}
    with pytest.raises(InternalFailure, match="holds no menu scripts"):
        scripts(tmp_path / "Edit")
    with pytest.raises(InternalFailure, match="install twopop again"):
        plugin_folder("no-such-editor")


class User:
    """A Linux user with a Resolve, below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        (self.root / "opt" / "resolve" / "bin" / "resolve").mkdir(parents=True)

    def install(self, *words: str | Path) -> Ended:
        return twopop(
            self.folder / "home", "install", "resolve", "--root", self.root, *words,
            HOME="/home/ann", XDG_CONFIG_HOME="", XDG_DATA_HOME="",
        )  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="the tree is Linux's")
def test_the_command_installs_says_what_it_did_and_uninstalls(tmp_path: Path) -> None:
    user = User(tmp_path)
    folder = user.root / PLACES["linux"][1][0]
    dry = user.install("--dry-run")
    assert dry.code == 0
    assert f"would copy: {folder}" in dry.out
    assert "No free edition can use them: there, `twopop watch DIR`" in dry.out
    assert files(user.root) == set()
    ended = user.install("--json")
    assert (ended.code, ended.err, ended.json["host"]) == (0, "", "resolve")
    assert {step["action"] for step in ended.json["steps"]} == {"copy"}
    assert {check["name"]: check["state"] for check in ended.json["checks"]} == {
        "Python": "ok", "Packages": "ok", "Engine": "ok",
    }  # fmt: skip
    assert "Workspace > Scripts" in ended.json["next"][0]
    assert "`twopop watch DIR`" in ended.json["notes"][0]
    again = user.install()
    assert "there already" in again.out
    assert "copied" not in again.out
    mine = next(folder.rglob("*.py"))
    mine.write_text("# mine")
    assert f"kept: {mine}" in user.install().out
    gone = user.install("--uninstall")
    assert gone.code == 0
    assert "free edition" not in gone.out
    assert f"kept: {mine} (it was changed since it was installed)" in gone.out
    assert files(user.root) == {mine.relative_to(user.root).as_posix()}
    assert user.install("--uninstall").out == "Nothing is installed.\n"
    assert twopop(tmp_path / "home", "engine", "stop").code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the tree is Linux's")
def test_damaged_settings_are_mended_by_installing_again(tmp_path: Path) -> None:
    user = User(tmp_path)
    assert user.install().code == 0
    settings = user.root / PLACES["linux"][2] / "resolve.json"
    for damage in ("x", "[]", '{"python": "/gone"}', "{}"):
        settings.write_text(damage)
        assert f"replaced: {settings} (twopop's own settings, written anew)" in user.install().out
        assert json.loads(settings.read_text()) == {"python": sys.executable}
    settings.write_text('{"python": "/gone", "language": "de"}')
    assert f"replaced: {settings}" in user.install().out
    assert json.loads(settings.read_text()) == {"python": sys.executable, "language": "de"}
    assert f"there already: {settings}" in user.install().out
    assert user.install("--uninstall").code == 0
    assert files(user.root) == set()
    assert twopop(tmp_path / "home", "engine", "stop").code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the tree is Linux's")
def test_a_folder_of_scripts_may_be_named(tmp_path: Path) -> None:
    user = User(tmp_path)
    named = tmp_path / "elsewhere"
    ended = user.install("--scripts", named, "--dry-run", "--json")
    paths = [Path(step["path"]) for step in ended.json["steps"]]
    assert all(named in path.parents for path in paths if path.name != "resolve.json")


@pytest.mark.skipif(sys.platform != "linux", reason="the tree is Linux's")
def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    user = User(tmp_path)
    place = user.root / PLACES["linux"][1][0]
    place.parent.mkdir(parents=True)
    place.write_text("no folder")
    ended = user.install()
    assert ended.code == 2
    assert str(place) in ended.err
    assert place.read_text() == "no folder"
