"""What this build needs of other packages, by its own metadata (PEP 508, as far as its lines go), and what is there."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from dataclasses import dataclass

_LINE = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w,.-]+\])?\s*(?P<versions>[^;]*)(?:;(?P<marker>.*))?$")
_EXTRA = re.compile(r"extra\s*==\s*[\"']([\w-]+)[\"']")
_OLDER_PYTHON = re.compile(r"python_version\s*<\s*[\"'](\d+)\.(\d+)[\"']")
_RULE = re.compile(r"(>=|<=|==|!=|<|>)\s*([\d.]+)")


@dataclass(frozen=True)
class Requirement:
    """A package that is needed.

    Attributes:
        name: As package registries name it.
        versions: ">=2.0,<3"; empty when any will do.
    """

    name: str
    versions: str


def requirements(extra: str) -> tuple[Requirement, ...]:
    """What one extra of this build asks for.

    Args:
        extra: "cli"; empty: what is always asked for.

    Returns:
        The packages; none where twopop runs without having been installed, as inside an editor's extension.
    """
    try:
        lines = importlib.metadata.requires("twopop") or []
    except importlib.metadata.PackageNotFoundError:
        lines = []
    return tuple(needed for line in lines if (needed := parse_requirement(line, extra)))


def parse_requirement(line: str, extra: str) -> Requirement | None:
    """One line of the metadata; None when it is for another extra or an older Python, or names twopop itself."""
    match = _LINE.match(line.strip())
    if match is None or match["name"] == "twopop":
        return None
    marker = match["marker"] or ""
    named = _EXTRA.search(marker)
    older = _OLDER_PYTHON.search(marker)
    if (named[1] if named else "") != extra or (older and sys.version_info >= (int(older[1]), int(older[2]))):
        return None
    return Requirement(match["name"], match["versions"].replace(" ", ""))


def version_of(name: str) -> str:
    """Version of a package; empty when it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def fits(version: str, rules: str) -> bool:
    """Whether a version is one of those asked for.

    Args:
        version: "2.1.0"; letters in it are not looked at.
        rules: ">=2.0,<3"; empty: any.
    """
    return all(_holds(sign, *_aligned(version, wanted)) for sign, wanted in _RULE.findall(rules))


def _holds(sign: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    order = (found > wanted) - (found < wanted)
    return order in {">=": (0, 1), "<=": (0, -1), ">": (1,), "<": (-1,), "==": (0,), "!=": (1, -1)}[sign]


def _aligned(left: str, right: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two versions as numbers of the same length."""
    first, second = ([int(part) for part in re.findall(r"\d+", text.split("+")[0])] for text in (left, right))
    length = max(len(first), len(second))
    return (tuple(first + [0] * (length - len(first))), tuple(second + [0] * (length - len(second))))
