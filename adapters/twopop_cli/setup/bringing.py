"""The extension brought into each Blender, and taken away again."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from twopop.locations import data_folder
from twopop_cli.setup.blender import Blender
from twopop_cli.setup.extension import ID, Extension, build, install, installed_version, remove, repository
from twopop_cli.setup.plugin import plugin_folder
from twopop_cli.setup.step import Step

_USUAL_PYTHON = "3.11"  # inside Blender 4.2 to 5.0


@dataclass(frozen=True)
class Source:
    """Where the extension comes from.

    Attributes:
        given: One that is built; None: build it.
        target: What to build for: "linux-x64".
    """

    given: Extension | None
    target: str


def bring(blenders: Sequence[Blender], source: Source, *, dry_run: bool) -> tuple[Step, ...]:
    """Installs the extension into each Blender; where there is none, leaves the file for the user to install.

    Args:
        blenders: Those that take extensions.
        source: Where the extension comes from.
        dry_run: Whether only to say what would be done.

    Returns:
        What was done, or would be.

    Raises:
        HostFailed: A Blender did not take it.
        InternalFailure: It cannot be built.
    """
    if not blenders:
        return (_left_for_the_user(source, dry_run),)
    steps = []
    with tempfile.TemporaryDirectory(prefix="twopop-extension-") as folder:
        pythons = () if dry_run or source.given else {blender.python for blender in blenders}
        built = {python: _built(source.target, python, Path(folder) / python) for python in pythons}
        for blender in blenders:
            target = repository(blender) / ID
            if dry_run:
                steps.append(Step("install", target, str(blender.program)))
                continue
            extension = source.given or built[blender.python]
            before = installed_version(target)
            place = install(blender, extension)
            steps.append(Step("replace" if before else "install", place, f"{extension.version}, {blender.program}"))
    return tuple(steps)


def take_away(blenders: Sequence[Blender], *, dry_run: bool) -> tuple[Step, ...]:
    """Removes the extension from each Blender that has it.

    Raises:
        HostFailed: It is still there afterwards.
    """
    steps = []
    for blender in blenders:
        folder = repository(blender) / ID
        if folder.is_dir():
            steps.append(Step("remove", folder, str(blender.program)))
            if not dry_run:
                remove(blender, ID)
    return tuple(steps)


def _left_for_the_user(source: Source, dry_run: bool) -> Step:
    if source.given:
        return Step("keep", source.given.file, "to be installed by hand")
    folder = data_folder() / "blender"
    if dry_run:
        return Step("build", folder, f"{source.target}, Python {_USUAL_PYTHON}")
    return Step("build", _built(source.target, _USUAL_PYTHON, folder).file, "to be installed by hand")


def _built(target: str, python: str, folder: Path) -> Extension:
    return build(plugin_folder("blender"), target, python, folder)
