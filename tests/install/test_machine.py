"""Folders of editors on three platforms, told on one."""

from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from twopop_cli.setup import blender, resolve
from twopop_cli.setup.machine import Machine

LINUX = Machine("linux", {}, PurePosixPath("/home/ann"), processor="x86_64")
MAC = Machine("darwin", {}, PurePosixPath("/Users/ann"), processor="arm64")
WINDOWS = Machine(
    "win32",
    {
        "APPDATA": r"C:\Users\ann\AppData\Roaming",
        "PROGRAMDATA": r"D:\ProgramData",
        "PROGRAMFILES": r"C:\Program Files",
    },
    PureWindowsPath(r"C:\Users\ann"),
    processor="AMD64",
)
SUPPORT = "/Users/ann/Library/Application Support"
CONTAINER = "/Users/ann/Library/Containers/com.blackmagic-design.DaVinciResolveLite"


def test_resolves_folders_on_linux() -> None:
    (edition,) = resolve.editions(LINUX)
    assert edition.user_scripts == PurePosixPath("/home/ann/.local/share/DaVinciResolve/Fusion/Scripts")
    assert list(map(str, edition.system_scripts)) == ["/opt/resolve/Fusion/Scripts", "/home/resolve/Fusion/Scripts"]
    assert list(map(str, edition.programs)) == ["/opt/resolve/bin/resolve", "/home/resolve/bin/resolve"]


def test_resolves_folders_on_macos() -> None:
    standard, store = resolve.editions(MAC)
    scripts = "Blackmagic Design/DaVinci Resolve/Fusion/Scripts"
    assert str(standard.user_scripts) == f"{SUPPORT}/{scripts}"
    assert list(map(str, standard.system_scripts)) == [f"/Library/Application Support/{scripts}"]
    assert str(store.user_scripts) == f"{CONTAINER}/Data/Library/Application Support/Fusion/Scripts"
    assert store.system_scripts == ()


def test_resolves_folders_on_windows() -> None:
    (edition,) = resolve.editions(WINDOWS)
    roaming = r"C:\Users\ann\AppData\Roaming\Blackmagic Design\DaVinci Resolve"
    assert edition.user_scripts == PureWindowsPath(roaming + r"\Support\Fusion\Scripts")
    (system,) = edition.system_scripts
    assert system == PureWindowsPath(r"D:\ProgramData\Blackmagic Design\DaVinci Resolve\Fusion\Scripts")
    assert edition.programs == (PureWindowsPath(r"C:\Program Files\Blackmagic Design\DaVinci Resolve\Resolve.exe"),)


@pytest.mark.parametrize(
    ("machine", "folder"),
    [
        (LINUX, PurePosixPath("/home/ann/.config/twopop")),
        (MAC, PurePosixPath(f"{SUPPORT}/twopop")),
        (WINDOWS, PureWindowsPath(r"C:\Users\ann\AppData\Roaming\twopop")),
        (Machine("linux", {"XDG_CONFIG_HOME": "/cfg"}, PurePosixPath("/home/ann")), PurePosixPath("/cfg/twopop")),
        (Machine("win32", {}, PureWindowsPath("C:/U")), PureWindowsPath("C:/U/AppData/Roaming/twopop")),
    ],
)
def test_the_settings_lie_where_the_platform_keeps_them(machine: Machine, folder: PurePath) -> None:
    assert machine.config_folder == folder


@pytest.mark.parametrize(
    ("machine", "folder"),
    [
        (LINUX, "/home/ann/.config/blender/4.5/extensions/user_default"),
        (MAC, f"{SUPPORT}/Blender/4.5/extensions/user_default"),
        (WINDOWS, r"C:\Users\ann\AppData\Roaming\Blender Foundation\Blender\4.5\extensions\user_default"),
        (Machine("linux", {"BLENDER_USER_RESOURCES": "/r"}, PurePosixPath("/h")), "/r/extensions/user_default"),
        (Machine("linux", {"BLENDER_USER_EXTENSIONS": "/e"}, PurePosixPath("/h")), "/e/user_default"),
    ],
)
def test_blenders_extensions_lie_below_its_version(machine: Machine, folder: str) -> None:
    assert str(blender.extensions_folder(machine, (4, 5))) == folder


@pytest.mark.parametrize(
    ("platform", "processor", "target"),
    [
        ("linux", "x86_64", "linux-x64"),
        ("darwin", "arm64", "macos-arm64"),
        ("darwin", "x86_64", "macos-x64"),
        ("win32", "AMD64", "windows-x64"),
        ("win32", "ARM64", "windows-arm64"),
        ("linux", "aarch64", "linux-arm64"),
    ],
)
def test_what_an_extension_is_built_for(platform: str, processor: str, target: str) -> None:
    assert Machine(platform, {}, PurePosixPath("/h"), processor=processor).target == target  # type: ignore[arg-type]


def test_a_root_takes_in_drives(tmp_path: Path) -> None:
    windows = Machine("win32", {}, PureWindowsPath(r"C:\Users\ann"), root=tmp_path)
    assert windows.real(PureWindowsPath(r"D:\a b\c")) == tmp_path / "D" / "a b" / "c"
    linux = Machine("linux", {}, PurePosixPath("/home/ann"), root=tmp_path)
    assert linux.real(PurePosixPath("/opt/x")) == tmp_path / "opt" / "x"
    assert LINUX.real(PurePosixPath("/opt/x")) == Path("/opt/x")


def made(machine: Machine, *paths: PurePath) -> None:
    for path in paths:
        machine.real(path).mkdir(parents=True)


@pytest.mark.parametrize("machine", [LINUX, MAC, WINDOWS], ids=lambda machine: machine.platform)
def test_an_edition_is_there_when_its_program_or_its_data_is(machine: Machine, tmp_path: Path) -> None:
    here = Machine(machine.platform, machine.environment, machine.home, tmp_path)
    assert not any(resolve.is_present(edition, here) for edition in resolve.editions(here))
    for edition in resolve.editions(here):
        made(here, edition.data)
        assert resolve.is_present(edition, here)
        assert resolve.program(edition, here) is None
        made(here, edition.programs[-1])
        assert resolve.program(edition, here) == here.real(edition.programs[-1])


def test_the_users_folder_comes_before_everybodys(tmp_path: Path) -> None:
    here = Machine("linux", {}, PurePosixPath("/home/ann"), tmp_path)
    (edition,) = resolve.editions(here)
    made(here, edition.system_scripts[0])
    assert resolve.scripts_folder(edition, here) == here.real(edition.user_scripts)
    here.real(PurePosixPath("/home")).write_text("the user has no home")
    assert resolve.scripts_folder(edition, here) == here.real(edition.system_scripts[0])


def test_a_version_is_read_from_a_macs_program(tmp_path: Path) -> None:
    contents = tmp_path / "DaVinci Resolve.app" / "Contents"
    contents.mkdir(parents=True)
    (contents / "Info.plist").write_text(
        '<?xml version="1.0"?><plist version="1.0"><dict><key>CFBundleShortVersionString</key>'
        "<string>21.0.2</string></dict></plist>"
    )
    assert resolve.version(contents.parent) == "21.0.2"
    (contents / "Info.plist").write_bytes(b"\x00no plist")
    assert resolve.version(contents.parent) is None
    assert resolve.version(tmp_path / "resolve") is None


def test_versions_of_blender_that_were_used(tmp_path: Path) -> None:
    here = Machine("linux", {}, PurePosixPath("/home/ann"), tmp_path)
    for name in ("3.6", "4.5", "5.0", "10.1", "cache"):
        made(here, blender.user_folder(here) / name)
    assert blender.versions_used(here) == ((10, 1), (5, 0), (4, 5), (3, 6))
