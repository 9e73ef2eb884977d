"""The extension into Blender: by a double of its command line, and by the real one where bpy is."""

import json
import sys
from pathlib import Path

import pytest

from blender_double import extension_file, fake_blender, real_blender
from commands import Ended, twopop
from twopop.errors import HostFailed, InputError
from twopop_cli.setup.blender import examine
from twopop_cli.setup.extension import install, read_extension, remove, repository


class User:
    """Somebody without a Blender of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, *words: str | Path) -> Ended:
        home = str(self.folder / "user")
        return twopop(
            self.folder / "home", "install", "blender", *words,
            HOME=home, XDG_CONFIG_HOME=f"{home}/.config", TWOPOP_DATA=f"{home}/data", PATH="/usr/bin:/bin",
        )  # fmt: skip


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path)


def test_it_is_installed_replaced_and_removed(user: User, tmp_path: Path) -> None:
    program = fake_blender(tmp_path / "b")
    folder = tmp_path / "b" / "extensions" / "user_default" / "twopop"
    first = extension_file(tmp_path / "first.zip")
    words = ("--blender", program, "--dry-run", "--zip", first, "--json")
    dry = user.install(*words)
    assert (dry.code, dry.json["dry_run"], dry.json["steps"][0]["action"]) == (0, True, "install")
    assert not folder.exists()
    ended = user.install("--blender", program, "--zip", first, "--json")
    step, told = ended.json["steps"]
    assert (step["action"], step["path"]) == ("install", str(folder))
    assert json.loads(Path(told["path"]).read_text()) == {"python": sys.executable}
    assert [check["name"] for check in ended.json["checks"]] == ["Python", "Packages", "Engine"]
    assert {check["state"] for check in ended.json["checks"]} == {"ok"}
    assert (folder / "blender_manifest.toml").is_file()
    again = user.install("--blender", program, "--zip", extension_file(tmp_path / "second.zip", "1.1.0"), "--json")
    assert again.json["steps"][0]["action"] == "replace"
    assert "1.1.0" in again.json["steps"][0]["reason"]
    gone = user.install("--blender", program, "--uninstall", "--json")
    assert (gone.code, gone.json["steps"][0]["action"]) == (0, "remove")
    assert not folder.exists()
    assert not Path(told["path"]).exists()
    assert user.install("--blender", program, "--uninstall").out == "Nothing is installed.\n"
    assert twopop(tmp_path / "home", "engine", "stop").code == 0


def test_every_blender_that_is_found_gets_it(user: User, tmp_path: Path) -> None:
    for name, version in (("blender-4.2.9", "4.2.9"), ("blender-5.0.1", "5.0.1"), ("blender-3.6", "3.6.5")):
        fake_blender(tmp_path / "user" / name, version)
    ended = user.install("--zip", extension_file(tmp_path / "e.zip"), "--dry-run", "--json")
    assert ended.code == 0
    programs = [step["reason"] for step in ended.json["steps"] if step["action"] == "install"]
    assert programs == [str(tmp_path / "user" / name / "blender") for name in ("blender-5.0.1", "blender-4.2.9")]


def test_a_blender_that_only_says_yes_is_found_out(tmp_path: Path) -> None:
    liar = examine(fake_blender(tmp_path / "b", mode="lying"))
    assert liar is not None
    with pytest.raises(HostFailed, match=r"did not install .*: Error: wheels are missing"):
        install(liar, read_extension(extension_file(tmp_path / "e.zip")))
    (repository(liar) / "twopop").mkdir(parents=True)
    with pytest.raises(HostFailed, match="did not remove"):
        remove(liar, "twopop")


def test_without_a_program_the_clicks_are_said(user: User, tmp_path: Path) -> None:
    (tmp_path / "user" / ".config" / "blender" / "4.5").mkdir(parents=True)
    archive = extension_file(tmp_path / "e.zip")
    ended = user.install("--zip", archive, "--dry-run", "--json")
    assert ended.code == 0
    assert ended.json["steps"][0] == {"action": "keep", "path": str(archive), "reason": "to be installed by hand"}
    assert "Install from Disk" in ended.json["next"][0]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "Blender: was not found; --blender names its program"),
        (["--blender", "gone/blender"], "gone/blender is no Blender that runs"),
        (["--blender", "/bin/true"], "/bin/true is no Blender that runs"),
    ],
)
def test_no_blender_is_said(user: User, words: list[str], problem: str) -> None:
    ended = user.install(*words)
    assert ended.code == 3
    assert problem in ended.err


def test_an_old_blender_is_said(user: User, tmp_path: Path) -> None:
    ended = user.install("--blender", fake_blender(tmp_path / "b", "3.4.1"))
    assert ended.code == 3
    assert "3.4" in ended.err
    assert "install Blender 4.2 or newer" in ended.err


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", None])
def test_a_file_that_is_no_extension(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "e.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"e\.zip: cannot be read as a \.zip file"):
        read_extension(path)


@pytest.mark.parametrize("version", ["4.5", "5.0"])
def test_the_real_command_line_installs_and_removes(tmp_path: Path, version: str) -> None:
    blender = examine(real_blender(tmp_path / "b", version))
    assert blender is not None
    assert (f"{blender.version[0]}.{blender.version[1]}", blender.python) == (version, "3.11")
    assert repository(blender) == tmp_path / "b" / "user" / "extensions" / "user_default"
    folder = install(blender, read_extension(extension_file(tmp_path / "e.zip")))
    assert (folder / "__init__.py").is_file()
    assert install(blender, read_extension(extension_file(tmp_path / "f.zip", "1.2.0"))) == folder
    assert 'version = "1.2.0"' in (folder / "blender_manifest.toml").read_text()
    assert remove(blender, "twopop") == folder
    assert not folder.exists()
    assert remove(blender, "twopop") is None
