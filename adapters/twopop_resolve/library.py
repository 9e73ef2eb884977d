"""Resolve's scripting library: where it lies and how it is loaded.

From "Scripting/README.txt": `RESOLVE_SCRIPT_API` names the folder that holds "Modules/DaVinciResolveScript.py", and
`RESOLVE_SCRIPT_LIB` the library that this file loads; without them both lie where the installer put them.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from types import ModuleType
from typing import cast

from twopop.errors import HostUnavailable
from twopop_resolve.api import ScriptModule
from twopop_resolve.live import HOST

_MODULE = "DaVinciResolveScript"
_MAC_APP = "/Applications/DaVinci Resolve/DaVinci Resolve.app"
_MAC_SUPPORT = "/Library/Application Support/Blackmagic Design/DaVinci Resolve"


def api_folders(platform: str, environment: Mapping[str, str]) -> tuple[PurePath, ...]:
    """Folders that may hold the scripting API, the likeliest first.

    Args:
        platform: As `sys.platform` spells it.
        environment: The process's variables.

    Returns:
        Where to look; the named folder alone when one is named.
    """
    if named := environment.get("RESOLVE_SCRIPT_API"):
        return (PureWindowsPath(named) if platform == "win32" else PurePosixPath(named),)
    if platform == "win32":
        data = PureWindowsPath(environment.get("PROGRAMDATA", r"C:\ProgramData"))
        return (data / "Blackmagic Design" / "DaVinci Resolve" / "Support" / "Developer" / "Scripting",)
    if platform == "darwin":
        inside = PurePosixPath(_MAC_APP) / "Contents" / "Resources" / "Developer" / "Scripting"
        return (PurePosixPath(_MAC_SUPPORT) / "Developer" / "Scripting", inside)
    return tuple(PurePosixPath(root) / "Developer" / "Scripting" for root in ("/opt/resolve", "/home/resolve"))


def load(folder: Path | None = None) -> ScriptModule:
    """Loads the scripting library.

    Args:
        folder: The scripting API's folder; None: where the environment or the installer put it.

    Returns:
        The module; its `scriptapp` finds the running program.

    Raises:
        HostUnavailable: There is none, or this Python cannot load it.
    """
    folders = [folder] if folder else [Path(str(place)) for place in api_folders(sys.platform, os.environ)]
    files = [place / "Modules" / f"{_MODULE}.py" for place in folders]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        looked = " and ".join(str(file) for file in files)
        problem = f"its scripting library is not there; looked for {looked}"
        raise HostUnavailable.of(HOST, f"{problem}. Install Resolve, or set RESOLVE_SCRIPT_API to its Scripting folder")
    return _module(found)


def _module(path: Path) -> ScriptModule:
    spec = importlib.util.spec_from_file_location(_MODULE, path)
    if spec is None or spec.loader is None:
        raise HostUnavailable.of(HOST, f"{path} is not a Python module; install Resolve again")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_MODULE] = module  # Resolve's file puts the library itself in its own place there
    try:
        spec.loader.exec_module(module)
    except Exception as problem:  # Resolve's own file: a wrong library raises what it likes
        del sys.modules[_MODULE]
        raise HostUnavailable.of(HOST, _load_problem(path, problem)) from problem
    loaded: ModuleType = sys.modules[_MODULE]
    if not callable(getattr(loaded, "scriptapp", None)):
        raise HostUnavailable.of(HOST, f"{path} loads no library that knows `scriptapp`; install Resolve again")
    return cast(ScriptModule, loaded)


def _load_problem(path: Path, problem: Exception) -> str:
    python = ".".join(str(part) for part in sys.version_info[:3])
    bits = "64" if sys.maxsize > 2**32 else "32"
    return (
        f"{path} cannot be loaded by this Python {python} ({bits} bit): {problem}. It needs a 64-bit Python that this "
        "version of Resolve knows; RESOLVE_SCRIPT_LIB names the library when it lies elsewhere"
    )
