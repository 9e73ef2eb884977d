"""The files that go into an editor: in the installed package, else in the checkout."""

from __future__ import annotations

from pathlib import Path

from twopop.errors import InternalFailure

SCRIPT_FOLDERS = ("Edit", "Utility", "Color", "Deliver", "Comp", "Tool")
"""Sub-folders of Resolve's scripts: the pages whose menu shows them; Utility: all pages."""

_SUFFIXES = (".py", ".lua")
_PACKAGE = Path(__file__).parents[1]


def plugin_folder(host: str) -> Path:
    """The folder of what is installed into an editor.

    Args:
        host: "resolve" or "blender".

    Raises:
        InternalFailure: It is in neither place.
    """
    places = (_PACKAGE / "plugins" / host, _PACKAGE.parents[1] / "plugins" / host)
    for place in places:
        if place.is_dir():
            return place
    raise InternalFailure(f"the files for {host} are missing (looked in {places[0]}); install twopop again")


def scripts(folder: Path) -> dict[str, bytes]:
    """Resolve's menu scripts: content by path below its folder of scripts, with "/".

    Raises:
        InternalFailure: There is none.
    """
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for name in SCRIPT_FOLDERS
        for path in sorted((folder / name).glob("*"))
        if path.suffix in _SUFFIXES and path.is_file()
    }
    if not found:
        raise InternalFailure(f"{folder}: holds no menu scripts; install twopop again")
    return found
