"""The editors on this machine, and how far twopop is installed into them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from twopop_cli.health.row import Row
from twopop_cli.setup import blender, extension, receipt, resolve
from twopop_cli.setup.machine import Machine
from twopop_cli.setup.menu import HOST
from twopop_cli.setup.settings import receipt_file, settings_file

_INSTALL_RESOLVE = "twopop install resolve"
_INSTALL_BLENDER = "twopop install blender"


def check_resolve(machine: Machine) -> Iterator[Row]:
    """Whether Resolve is here, has our scripts, and can be reached from outside."""
    present = [it for it in resolve.editions(machine) if resolve.is_present(it, machine)]
    if not present:
        yield Row("DaVinci Resolve", "ok", "not found on this machine")
        return
    for edition in present:
        yield _resolve_row(edition, machine)
    yield from _script_rows(machine)
    for name, what in (("RESOLVE_SCRIPT_API", "folder"), ("RESOLVE_SCRIPT_LIB", "library")):
        value = machine.environment.get(name)
        if value and not machine.real(machine.path(value)).exists():
            yield Row(name, "problem", f"{value}: there is no such {what}", f"unset {name}, or set it to what is there")


def check_blender(machine: Machine) -> Iterator[Row]:
    """Whether Blender is here, new enough, and has our extension."""
    used = [version for version in blender.versions_used(machine) if version >= blender.FIRST_VERSION]
    programs = [found for path in blender.find_programs(machine) if (found := blender.examine(path))]
    for program in programs:
        name = f"{_dotted(program.version)} ({program.program})"
        if not program.takes_extensions:
            what = f"{name} is older than 4.2 and takes no extensions"
            yield Row("Blender", "warning", what, "install Blender 4.2 or newer")
        else:
            yield _blender_row(machine, program.version, name)
    for version in used:
        if version not in [program.version for program in programs]:
            yield _blender_row(machine, version, f"{_dotted(version)} (its program was not found)")
    if not programs and not used:
        yield Row("Blender", "ok", "not found on this machine")


def _resolve_row(edition: resolve.Resolve, machine: Machine) -> Row:
    name = "DaVinci Resolve (App Store)" if edition.edition == "store" else "DaVinci Resolve"
    program = resolve.program(edition, machine)
    if program is None:
        what = f"{machine.real(edition.data)} is here, its program was not found"
        return Row(name, "warning", what, "nothing, if it is installed elsewhere")
    version = resolve.version(program)
    return Row(name, "ok", f"{program}, version {version}" if version else f"{program}, its version is not readable")


def _script_rows(machine: Machine) -> Iterator[Row]:
    name = "Resolve's scripts"
    installed = receipt.load(receipt_file(machine, HOST))
    told = settings_file(machine, HOST)  # has a row of its own
    paths = [path for path in map(Path, installed.files) if path != told]
    if not paths:
        yield Row(name, "warning", "not installed", _INSTALL_RESOLVE)
        return
    gone = [path for path in paths if not path.is_file()]
    changed = [path for path in paths if path.is_file() and not installed.is_ours(path, path.read_bytes())]
    if gone:
        yield Row(name, "problem", f"{gone[0]} is missing ({len(gone)} of {len(paths)})", _INSTALL_RESOLVE)
    elif changed:
        yield Row(name, "warning", f"{', '.join(map(str, changed))}: changed since installed", "nothing, if you did")
    else:
        yield Row(name, "ok", f"{len(paths)} files, in {', '.join(sorted({str(path.parent) for path in paths}))}")
    yield _python_row(told)


def _python_row(settings: Path) -> Row:
    """Whether the Python that the scripts start is still there."""
    name = "Resolve's Python"
    try:
        python = Path(json.loads(settings.read_bytes())["python"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        return Row(name, "problem", f"{settings}: cannot be read: {problem}", _INSTALL_RESOLVE)
    if not python.is_file():
        return Row(name, "problem", f"{settings} names {python}, which is gone", _INSTALL_RESOLVE)
    return Row(name, "ok", str(python))


def _blender_row(machine: Machine, version: tuple[int, int], what: str) -> Row:
    folder = machine.real(blender.extensions_folder(machine, version)) / extension.ID
    found = extension.installed_version(folder)
    if found is None:
        # A portable Blender keeps its extensions beside its program, which only the program itself can tell.
        words = f"{what}: the extension was not found in the user's extension folder, {folder.parent}"
        return Row("Blender", "warning", words, _INSTALL_BLENDER)
    return Row("Blender", "ok", f"{what}: extension {found}")


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
