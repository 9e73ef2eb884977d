"""Finding and loading the scripting library, names, and the wrapper around live objects."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twopop.errors import HostUnavailable
from twopop_resolve.library import api_folders, load
from twopop_resolve.live import Live, has, required, unwrapped, wrapped
from twopop_resolve.naming import base_name, file_name, free_name, work_folder


@pytest.fixture(autouse=True)
def forget_the_module() -> None:
    sys.modules.pop("DaVinciResolveScript", None)


def module_file(folder: Path, text: str) -> Path:
    (folder / "Modules").mkdir()
    (folder / "Modules" / "DaVinciResolveScript.py").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, "/opt/resolve/Developer/Scripting"),
        ("linux", {"RESOLVE_SCRIPT_API": "/x y"}, "/x y"),
        ("darwin", {}, "/Library/Application Support/Blackmagic Design/DaVinci Resolve/Developer/Scripting"),
        (
            "win32",
            {"PROGRAMDATA": "D:\\PD"},
            "D:\\PD\\Blackmagic Design\\DaVinci Resolve\\Support\\Developer\\Scripting",
        ),
        ("win32", {"RESOLVE_SCRIPT_API": "E:\\S"}, "E:\\S"),
    ],
)
def test_the_library_is_looked_for_where_it_is_installed(
    platform: str, environment: dict[str, str], folder: str
) -> None:
    assert str(api_folders(platform, environment)[0]) == folder


def test_the_library_is_loaded(tmp_path: Path) -> None:
    folder = module_file(tmp_path, "def scriptapp(name):\n    return 'it is ' + name\n")
    assert str(load(folder).scriptapp("Resolve")) == "it is Resolve"


def test_a_file_that_puts_the_library_in_its_place_is_followed(tmp_path: Path) -> None:
    text = "import sys, types\nit = types.ModuleType('it')\nit.scriptapp = len\nsys.modules[__name__] = it\n"
    assert str(load(module_file(tmp_path, text)).scriptapp("four")) == "4"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise ImportError('no fusionscript')", r"cannot be loaded by this Python \d.*no fusionscript.*64-bit"),
        ("import nonsense_of_an_old_version", "nonsense_of_an_old_version"),
        ("def other(): ...", "no library that knows `scriptapp`"),
        ("def (", "cannot be loaded"),
    ],
)
def test_a_library_that_does_not_load_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(HostUnavailable, match=said):
        load(module_file(tmp_path, text))
    assert "DaVinciResolveScript" not in sys.modules or said.startswith("no library")


def test_a_missing_library_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLVE_SCRIPT_API", str(tmp_path / "nowhere"))
    with pytest.raises(HostUnavailable, match=rf"looked for {tmp_path}/nowhere/Modules"):
        load()


def test_answers_are_wrapped_and_arguments_unwrapped() -> None:
    inner = SimpleNamespace(GetName=lambda: "inner")
    outer = Live(SimpleNamespace(GetAll=lambda: [{"item": inner, "count": 2}], Take=lambda items: items[0] is inner))
    (entry,) = outer.GetAll()
    assert entry["count"] == 2 and entry["item"].GetName() == "inner"
    assert outer.Take([entry["item"]]) is True
    assert unwrapped(wrapped({"a": (inner, None)})) == {"a": [inner, None]}


def test_a_program_that_is_gone_is_said() -> None:
    def dead() -> None:
        raise RuntimeError("pipe closed")

    gone = Live(SimpleNamespace(GetName=None, Save=dead, EXPORT_OTIO=None))
    for name in ("GetName", "Save", "GetCount"):
        with pytest.raises(HostUnavailable, match=rf"stopped answering at {name} .*was it closed"):
            getattr(gone, name)()
    assert gone.EXPORT_OTIO is None and has(gone, "Save") and not has(gone, "GetCount")
    with pytest.raises(HostUnavailable, match="does not tell the name"):
        required(None, "the name")


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("A", "A"),
        ("A (twopop)", "A"),
        ("A (twopop 12)", "A"),
        ("A (twopop x)", "A (twopop x)"),
        ("(twopop)", "(twopop)"),
    ],
)
def test_base_names(name: str, base: str) -> None:
    assert base_name(name) == base


def test_free_names_skip_what_is_taken_in_any_case() -> None:
    assert free_name("Cut", []) == "Cut (twopop)"
    assert free_name("Cut (twopop)", ["CUT (TWOPOP)", "Cut (twopop 2)"]) == "Cut (twopop 3)"


@given(st.text(), st.text())
def test_file_names_are_safe_and_do_not_meet(one: str, other: str) -> None:
    names = [file_name(one), file_name(other)]
    for name in names:
        assert name and name not in (".", "..") and not set(name) & set('<>:"/\\|?*\0') and name == name.strip(" .")
        assert len(name.encode("utf-8", "surrogatepass")) <= 240
    assert (one == other) == (names[0] == names[1])


@pytest.mark.parametrize("name", ["..", "", "CON", "a/b", "x" * 300, "\N{MOVIE CAMERA}" * 100, "Schnitt: 1", "tab\t"])
def test_any_timeline_has_a_work_folder_that_can_be_made(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWOPOP_DATA", str(tmp_path))
    folder = work_folder(name, name)
    folder.mkdir(parents=True)
    assert (
        folder.resolve().is_relative_to(tmp_path.resolve() / "resolve") and len(folder.relative_to(tmp_path).parts) == 3
    )
    assert os.listdir(tmp_path / "resolve") == [folder.parent.name]
