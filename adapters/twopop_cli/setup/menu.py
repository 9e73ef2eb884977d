"""Resolve's menu scripts: which files go where."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from twopop.errors import HostUnavailable
from twopop_cli.setup import resolve
from twopop_cli.setup.machine import Machine
from twopop_cli.setup.plugin import plugin_folder, scripts
from twopop_cli.setup.settings import settings, settings_file

HOST = "resolve"


def script_folders(machine: Machine) -> tuple[Path, ...]:
    """The folders to install into, one for each edition of Resolve that is present.

    Raises:
        HostUnavailable: None is.
    """
    found = tuple(it for it in resolve.editions(machine) if resolve.is_present(it, machine))
    if not found:
        looked = ", ".join(str(path) for it in resolve.editions(machine) for path in (*it.programs, it.data))
        problem = f"is not installed (looked for {looked}); --scripts names its folder of scripts where it is elsewhere"
        raise HostUnavailable.of("DaVinci Resolve", problem)
    return tuple(resolve.scripts_folder(it, machine) for it in found)


def wanted(machine: Machine, folders: Iterable[Path]) -> dict[Path, bytes]:
    """Content of each file to install, by path.

    Args:
        machine: The computer.
        folders: Resolve's folders of scripts.

    Raises:
        InternalFailure: The package lacks the scripts.
    """
    files = scripts(plugin_folder(HOST))
    found = {folder.joinpath(*name.split("/")): data for folder in folders for name, data in files.items()}
    told = settings_file(machine, HOST)
    return {**found, told: settings(told)}
