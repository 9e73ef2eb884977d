"""Timelines for tests of `batch` and `watch`: each a copy of the demo's, told apart by its name."""

import copy
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commands import Ended, twopop
from twopop.locations import Home
from twopop_client import EngineClient

CHANGES = 8
"""What a conform of the demo's timeline makes."""


@dataclass(frozen=True)
class Shooting:
    """An engine's home and what was shot.

    Attributes:
        home: `$TWOPOP_HOME`.
        sound: Folder with the recorder's sound.
        root: The demo's timeline.
    """

    home: Path
    sound: Path
    root: dict[str, Any]

    def text(self, name: str) -> str:
        """A timeline's text."""
        return json.dumps({**copy.deepcopy(self.root), "name": name}, ensure_ascii=False)

    def reel(self, path: Path) -> Path:
        """Writes a timeline; its folder is made."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text(str(path)), encoding="utf-8")
        return path

    def batch(self, *words: str | Path, folder: Path | None = None) -> Ended:
        """Runs `twopop batch` with the shoot's sound."""
        return twopop(self.home, "batch", *words, "--sound", self.sound, folder=folder)

    def operations(self) -> int:
        """How many operations the engine has been asked for."""
        with EngineClient.connect(Home(self.home)) as engine:
            return len(engine.list_operations(1000))


def states(ended: Ended) -> dict[str, str]:
    """State by name of the timeline."""
    return {Path(row["timeline"]).name: row["state"] for row in ended.json["timelines"]}


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Takes the right to write away; skips where permissions bind nobody: for root."""
    mode = folder.stat().st_mode
    folder.chmod(0o555)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("this user may write anywhere")
        yield
    finally:
        folder.chmod(mode)
