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


def settings() -> bytes:
    """What the file says: this Python."""
    return (json.dumps({"python": sys.executable}, indent=1) + "\n").encode()
