"""A computer as the installer sees it: platform, environment, home; its paths are data until they are asked for.

That makes every folder a pure function, so that those of Windows and macOS are tested on Linux.
"""

from __future__ import annotations

import os
import platform as system
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Literal, cast

from twopop.errors import InputError

Platform = Literal["linux", "darwin", "win32"]

_PROCESSORS = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}
_NAMES: dict[Platform, str] = {"linux": "linux", "darwin": "macos", "win32": "windows"}


@dataclass(frozen=True)
class Machine:
    """A computer.

    Attributes:
        platform: As `sys.platform` spells it.
        environment: Environment variables.
        home: The user's home folder, as the platform writes it.
        root: A folder that stands for the root of all drives; None: the computer itself.
        processor: As `platform.machine()` spells it.
    """

    platform: Platform
    environment: Mapping[str, str]
    home: PurePath
    root: Path | None = None
    processor: str = field(default_factory=system.machine)

    @classmethod
    def here(cls, root: Path | None = None) -> Machine:
        """The computer that this runs on.

        Args:
            root: A folder to take for the root of all drives.

        Raises:
            InputError: The platform is none of the three.
        """
        if sys.platform not in ("linux", "darwin", "win32"):
            raise InputError(f"{sys.platform}: editors run on Linux, macOS and Windows only")
        name = cast(Platform, sys.platform)
        return cls(name, dict(os.environ), PurePath(Path.home()), root.absolute() if root else None)

    @property
    def target(self) -> str:
        """What the extension is built for: "linux-x64", "macos-arm64"."""
        processor = self.processor.lower()
        return f"{_NAMES[self.platform]}-{_PROCESSORS.get(processor, processor)}"

    def path(self, *parts: str) -> PurePath:
        """A path of the platform."""
        return PureWindowsPath(*parts) if self.platform == "win32" else PurePosixPath(*parts)

    def variable(self, name: str, *otherwise: str) -> PurePath:
        """The folder that a variable names; a path below the home where it is not set."""
        value = self.environment.get(name)
        return self.path(value) if value else self.path(str(self.home), *otherwise)

    def real(self, path: PurePath) -> Path:
        """Where a path of the platform lies on this computer."""
        if self.root is None:
            return Path(path)
        drive = path.drive.rstrip(":")
        return self.root.joinpath(*([drive] if drive else []), *path.relative_to(path.anchor).parts)

    @property
    def config_folder(self) -> PurePath:
        """The folder of this user's settings of twopop."""
        if self.platform == "win32":
            return self.variable("APPDATA", "AppData", "Roaming") / "twopop"
        if self.platform == "darwin":
            return self.path(str(self.home), "Library", "Application Support", "twopop")
        return self.variable("XDG_CONFIG_HOME", ".config") / "twopop"
