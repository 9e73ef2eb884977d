"""Python and the packages of the command line; the engine tells of its own."""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Iterator

import twopop
from twopop.packages import Requirement, fits, requirements, version_of
from twopop_cli.health.row import Row

_OLDEST = (3, 10)
_MODULES = {"grpcio": "grpc", "protobuf": "google.protobuf", "pyaaf2": "aaf2"}


def check_python() -> Iterator[Row]:
    """Whether this Python can run twopop."""
    version = ".".join(map(str, sys.version_info[:3]))
    what = f"{version}, {platform.system()} {platform.machine()}, {sys.executable}; twopop {twopop.__version__}"
    if sys.version_info < _OLDEST:
        yield Row("Python", "problem", what, "use Python 3.10 or newer")
    elif sys.maxsize < 2**32:
        yield Row("Python", "problem", f"{what}; 32 bits", "use a Python of 64 bits")
    else:
        yield Row("Python", "ok", what)


def check_packages() -> Iterator[Row]:
    """Whether the packages of the command line are there, new enough, and whole."""
    needed = (*requirements(""), *requirements("cli"))
    problems = [problem for it in needed if (problem := problem_of(it, version_of(it.name)) or _damage(it))]
    if problems:
        yield Row("Packages", "problem", "; ".join(problems), 'pip install --upgrade "twopop[cli]"')
    elif not needed:
        yield Row("Packages", "warning", "twopop's own metadata is missing", 'pip install --upgrade "twopop[cli]"')
    else:
        yield Row("Packages", "ok", ", ".join(f"{it.name} {version_of(it.name)}" for it in needed))


def problem_of(needed: Requirement, found: str) -> str:
    """What is wrong with a package's version; empty when nothing is.

    Args:
        needed: What is asked for.
        found: Version of what is there; empty: nothing is.
    """
    if not found:
        return f"{needed.name} is missing"
    return "" if fits(found, needed.versions) else f"{needed.name} is {found}, needed is {needed.versions}"


def _damage(needed: Requirement) -> str:
    module = _MODULES.get(needed.name, needed.name.replace("-", "_"))
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # of the package above it
        found = None
    return "" if found else f"{needed.name} is damaged: there is no module {module}"
