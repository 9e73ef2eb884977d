"""Where Blender and its extensions lie, by version.

From the manual's page on its folders ("Blender's Directory Layout"), and where installers and stores put its program.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from twopop_cli.setup.machine import Machine

FIRST_VERSION = (4, 2)
"""The first Blender that has extensions."""

REPOSITORY = "user_default"

_PATIENCE_S = 120.0
_PYTHON = "import sys; print('twopop-python', '%d.%d' % sys.version_info[:2])"


@dataclass(frozen=True)
class Blender:
    """A Blender that can be run.

    Attributes:
        program: Its program.
        version: (4, 5).
        python: Version of the Python inside: "3.11"; empty when it has no extensions anyway.
    """

    program: Path
    version: tuple[int, int]
    python: str

    @property
    def takes_extensions(self) -> bool:
        """Whether it is new enough."""
        return self.version >= FIRST_VERSION


def program_places(machine: Machine) -> tuple[tuple[PurePath, str], ...]:
    """Folders, and the pattern of Blender's program below each."""
    if machine.platform == "darwin":
        pattern = "Blender*.app/Contents/MacOS/Blender"
        return ((machine.path("/Applications"), pattern), (machine.path(str(machine.home), "Applications"), pattern))
    if machine.platform == "win32":
        programs = machine.path(machine.environment.get("PROGRAMFILES", r"C:\Program Files"))
        steam = machine.path(machine.environment.get("PROGRAMFILES(X86)", r"C:\Program Files (x86)"), "Steam")
        return (
            (programs / "Blender Foundation", "Blender*/blender.exe"),
            (steam / "steamapps" / "common", "Blender/blender.exe"),
        )
    return (
        (machine.path("/opt"), "blender*/blender"),
        (machine.path("/snap/bin"), "blender"),
        (machine.path(str(machine.home)), "blender*/blender"),
        (machine.path(str(machine.home), ".local", "share", "Steam", "steamapps", "common"), "Blender/blender"),
    )


def user_folder(machine: Machine) -> PurePath:
    """The folder that holds one for each version: "4.5"."""
    if machine.platform == "win32":
        return machine.variable("APPDATA", "AppData", "Roaming").joinpath("Blender Foundation", "Blender")
    if machine.platform == "darwin":
        return machine.path(str(machine.home), "Library", "Application Support", "Blender")
    return machine.variable("XDG_CONFIG_HOME", ".config") / "blender"


def extensions_folder(machine: Machine, version: tuple[int, int]) -> PurePath:
    """The folder of a version's extensions that come from no repository."""
    if own := machine.environment.get("BLENDER_USER_EXTENSIONS"):
        return machine.path(own, REPOSITORY)
    if own := machine.environment.get("BLENDER_USER_RESOURCES"):
        return machine.path(own, "extensions", REPOSITORY)
    return user_folder(machine).joinpath("{}.{}".format(*version), "extensions", REPOSITORY)


def versions_used(machine: Machine) -> tuple[tuple[int, int], ...]:
    """Versions that this user has run, the newest first."""
    folder = machine.real(user_folder(machine))
    names = (path.name for path in folder.glob("[0-9]*") if path.is_dir())
    found = (re.fullmatch(r"(\d+)\.(\d+)", name) for name in names)
    return tuple(sorted(((int(match[1]), int(match[2])) for match in found if match), reverse=True))


def find_programs(machine: Machine) -> Iterator[Path]:
    """Programs of Blender, each once."""
    seen = set()
    for path in _programs(machine):
        if path.is_file() and (place := path.resolve()) not in seen:
            seen.add(place)
            yield path


def examine(program: Path) -> Blender | None:
    """Asks a program what it is; None when it is no Blender that runs."""
    match = re.search(r"Blender (\d+)\.(\d+)", _output(program, "--version"))
    if match is None:
        return None
    version = int(match[1]), int(match[2])
    if version < FIRST_VERSION:
        return Blender(program, version, "")
    told = _output(program, "--background", "--factory-startup", "--python-expr", _PYTHON)
    python = re.search(r"twopop-python (\d+\.\d+)", told)
    return Blender(program, version, python[1] if python else "3.11")


def _programs(machine: Machine) -> Iterator[Path]:
    if machine.root is None and (found := shutil.which("blender")):
        yield Path(found)
    for folder, pattern in program_places(machine):
        yield from sorted(machine.real(folder).glob(pattern), reverse=True)


def _output(program: Path, *words: str) -> str:
    """What a program says; nothing when it cannot be run."""
    try:
        run = subprocess.run(
            [str(program), *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.decode("utf-8", "replace")
