"""The file in the user's settings that tells what runs inside an editor which Python has twopop.

Resolve's menu scripts and Blender's extension read it: {"python": "/path/python"}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from twopop_cli.setup.machine import Machine


def settings_file(machine: Machine, host: str) -> Path:
    """The file for an editor: "resolve" or "blender"."""
    return machine.real(machine.config_folder) / f"{host}.json"


def receipt_file(machine: Machine, host: str) -> Path:
    """Where it is kept what was installed for an editor."""
    return machine.real(machine.config_folder) / f"{host}-installed.json"


def settings(file: Path) -> bytes:
    """What the file is to say: this Python, and what else it says already.

    Args:
        file: The file; one that is missing or damaged says nothing.
    """
    try:
        before = file.read_bytes()
        found = json.loads(before)
    except (OSError, ValueError):
        before, found = b"", {}
    others = found if isinstance(found, dict) else {}
    if others.get("python") == sys.executable:
        return before
    return (json.dumps({**others, "python": sys.executable}, indent=1) + "\n").encode()
