"""The extension in Blender: built, or given as a file, and installed by Blender's own command line.

Its command answers 0 whatever happened to the file, so that only a look into the repository tells.
"""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from twopop.errors import HostFailed, InputError, InternalFailure
from twopop_cli.setup.blender import REPOSITORY, Blender

ID = "twopop"
"""The extension's name in Blender."""

MANIFEST = "blender_manifest.toml"

_PATIENCE_S = 600.0
_ID = re.compile(r'^id\s*=\s*"(\w+)"', re.M)
_VERSION = re.compile(r'^version\s*=\s*"([^"]+)"', re.M)


@dataclass(frozen=True)
class Extension:
    """A built extension.

    Attributes:
        file: The .zip file.
        id: Its name in Blender.
        version: Its own version.
    """

    file: Path
    id: str
    version: str


def read_extension(file: Path) -> Extension:
    """Reads what an extension's file says of itself.

    Raises:
        InputError: It is no Blender extension.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if Path(name).name == MANIFEST and name.count("/") < 2]
            text = archive.read(names[0]).decode() if names else ""
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError) as problem:
        raise InputError(f"{file}: cannot be read as a .zip file: {problem}") from problem
    name, version = _ID.search(text), _VERSION.search(text)
    if not name or not version:
        raise InputError(f"{file}: is no Blender extension: it holds no {MANIFEST} with an id and a version")
    return Extension(file, name[1], version[1])


def build(sources: Path, target: str, python: str, folder: Path) -> Extension:
    """Builds the extension.

    Args:
        sources: Folder with `build.py`.
        target: "linux-x64".
        python: Version of Blender's Python: "3.11".
        folder: Where to; made when missing.

    Raises:
        InternalFailure: It cannot be built; the message is the build's last line.
    """
    folder.mkdir(parents=True, exist_ok=True)
    words = [str(sources / "build.py"), "--platform", target, "--python", python, "-o", str(folder)]
    code, said = _run(Path(sys.executable), words)
    built = sorted(folder.glob("*.zip"), key=lambda path: path.stat().st_mtime_ns)
    if code or not built:
        raise InternalFailure(f"the extension could not be built: {_last(said)}; --zip takes one that is built")
    return read_extension(built[-1])


def repository(blender: Blender) -> Path:
    """The folder of Blender's extensions that come from no repository.

    Raises:
        HostFailed: Blender does not say.
    """
    _, said = _run(blender.program, ["--command", "extension", "repo-list"])
    match = re.search(rf"^{REPOSITORY}:\n(?:    .*\n)*?    directory: \"(.*)\"", said, re.M)
    if not match:
        raise HostFailed.of(str(blender.program), f"names no repository {REPOSITORY!r}: {_last(said)}")
    return Path(match[1])


def install(blender: Blender, extension: Extension) -> Path:
    """Installs and enables the extension, in place of an earlier version.

    Returns:
        Its folder.

    Raises:
        HostFailed: It is not there afterwards.
    """
    folder = repository(blender) / extension.id
    words = ["--command", "extension", "install-file", "-r", REPOSITORY, "-e", str(extension.file)]
    _, said = _run(blender.program, words)
    if installed_version(folder) != extension.version:
        raise HostFailed.of(str(blender.program), f"did not install {extension.file}: {_last(said)}")
    return folder


def remove(blender: Blender, name: str) -> Path | None:
    """Removes the extension.

    Returns:
        The folder that it had; None when it was not there.

    Raises:
        HostFailed: It is still there afterwards.
    """
    folder = repository(blender) / name
    if not folder.is_dir():
        return None
    _, said = _run(blender.program, ["--command", "extension", "remove", f"{REPOSITORY}.{name}"])
    if folder.is_dir():
        raise HostFailed.of(str(blender.program), f"did not remove {folder}: {_last(said)}")
    return folder


def installed_version(folder: Path) -> str | None:
    """Version of the extension in a folder; None when there is none."""
    try:
        match = _VERSION.search((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return match[1] if match else None


def _run(program: Path, words: list[str]) -> tuple[int, str]:
    """Exit code, and all that was said."""
    try:
        run = subprocess.run(
            [str(program), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise HostFailed.of(str(program), f"cannot be run: {problem}") from problem
    return run.returncode, run.stdout.decode("utf-8", "replace")


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"
