"""Where DaVinci Resolve and its scripts lie.

From the README of its scripting API; the App Store's build keeps its files in a container.
"""

from __future__ import annotations

import os
import plistlib
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from twopop_cli.setup.machine import Machine

Edition = Literal["standard", "store"]

_STORE = "com.blackmagic-design.DaVinciResolveLite"
_VENDOR = ("Blackmagic Design", "DaVinci Resolve")
_SCRIPTS = ("Fusion", "Scripts")


@dataclass(frozen=True)
class Resolve:
    """One edition of Resolve, wherever it may be.

    Attributes:
        edition: "store": the App Store's.
        programs: Where its program lies; the first that exists counts.
        data: Folder that it makes for a user when it first runs.
        user_scripts: The user's scripts.
        system_scripts: Everybody's scripts, the first that exists counts.
    """

    edition: Edition
    programs: tuple[PurePath, ...]
    data: PurePath
    user_scripts: PurePath
    system_scripts: tuple[PurePath, ...] = ()


def editions(machine: Machine) -> tuple[Resolve, ...]:
    """The editions that a platform has."""
    if machine.platform == "linux":
        return (_on_linux(machine),)
    if machine.platform == "darwin":
        return (_on_mac(machine), _from_store(machine))
    return (_on_windows(machine),)


def is_present(resolve: Resolve, machine: Machine) -> bool:
    """Whether an edition is installed, or has been run by this user."""
    return any(machine.real(path).exists() for path in (*resolve.programs, resolve.data))


def scripts_folder(resolve: Resolve, machine: Machine) -> Path:
    """The folder to install into: the user's, else everybody's where only that can be written to."""
    user = machine.real(resolve.user_scripts)
    if _is_writable(user):
        return user
    system = (machine.real(path) for path in resolve.system_scripts)
    return next((path for path in system if path.is_dir() and _is_writable(path)), user)


def program(resolve: Resolve, machine: Machine) -> Path | None:
    """Its program; None when it cannot be found."""
    return next((path for path in map(machine.real, resolve.programs) if path.exists()), None)


def version(found: Path) -> str | None:
    """A program's version where it can be read without running it: on macOS."""
    try:
        with (found / "Contents" / "Info.plist").open("rb") as file:
            return str(plistlib.load(file)["CFBundleShortVersionString"])
    except (OSError, plistlib.InvalidFileException, KeyError, ValueError):
        return None


def _on_linux(machine: Machine) -> Resolve:
    roots = (machine.path("/opt/resolve"), machine.path("/home/resolve"))
    data = machine.path(str(machine.home), ".local", "share", "DaVinciResolve")
    return Resolve(
        "standard",
        programs=tuple(root / "bin" / "resolve" for root in roots),
        data=data,
        user_scripts=data.joinpath(*_SCRIPTS),
        system_scripts=tuple(root.joinpath(*_SCRIPTS) for root in roots),
    )


def _on_mac(machine: Machine) -> Resolve:
    support = ("Library", "Application Support", *_VENDOR)
    data = machine.path(str(machine.home), *support)
    return Resolve(
        "standard",
        programs=(machine.path("/Applications", "DaVinci Resolve", "DaVinci Resolve.app"),),
        data=data,
        user_scripts=data.joinpath(*_SCRIPTS),
        system_scripts=(machine.path("/", *support, *_SCRIPTS),),
    )


def _from_store(machine: Machine) -> Resolve:
    container = machine.path(str(machine.home), "Library", "Containers", _STORE)
    return Resolve(
        "store",
        programs=(machine.path("/Applications", "DaVinci Resolve.app"),),
        data=container,
        user_scripts=container.joinpath("Data", "Library", "Application Support", *_SCRIPTS),
    )


def _on_windows(machine: Machine) -> Resolve:
    data = machine.variable("APPDATA", "AppData", "Roaming").joinpath(*_VENDOR)
    everybody = machine.path(machine.environment.get("PROGRAMDATA", r"C:\ProgramData"), *_VENDOR)
    programs = machine.path(machine.environment.get("PROGRAMFILES", r"C:\Program Files"), *_VENDOR)
    return Resolve(
        "standard",
        programs=(programs / "Resolve.exe",),
        data=data,
        user_scripts=data.joinpath("Support", *_SCRIPTS),
        system_scripts=(everybody.joinpath(*_SCRIPTS),),
    )


def _is_writable(folder: Path) -> bool:
    """Whether a folder, or the nearest one above that exists, can be written to."""
    here = folder
    while not here.exists() and here != here.parent:
        here = here.parent
    return here.is_dir() and os.access(here, os.W_OK)
