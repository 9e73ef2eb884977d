"""Where an engine keeps its state, so that clients find it without asking.

The folder is `$TWOPOP_HOME`, else the user's state folder of the platform. It is private (0700), its files are 0600:

- `engine.json`: address, pid and start id of the running engine, written when it serves and removed when it leaves
- `token`: the secret that every call carries
- `engine.lock`: held by the running engine, so that two never serve one folder
- `engine.log`: what the engine printed
- `operations.sqlite3`: operations, kept over restarts
- `results/`: content-keyed results; `scratch/`: decoded sound, bounded in size
- `notes/`: which files are being written, so that those of a killed worker can be removed
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class EngineAddress:
    """What `engine.json` holds.

    Attributes:
        address: gRPC target: "127.0.0.1:PORT" or "unix:PATH".
        pid: Process id of the engine.
        engine_id: Random for each start.
    """

    address: str
    pid: int
    engine_id: str

    def to_json(self) -> str:
        """The file's text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> EngineAddress:
        """Reads the file's text.

        Raises:
            ValueError: It is not what an engine writes.
        """
        try:
            data = json.loads(text)
            return cls(str(data["address"]), int(data["pid"]), str(data["engine_id"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not an engine's address: {text!r}") from error


@dataclass(frozen=True)
class Home:
    """One engine's folder.

    Attributes:
        root: Absolute path of the folder.
    """

    root: Path

    @classmethod
    def default(cls) -> Home:
        """The folder of this user, or `$TWOPOP_HOME`."""
        override = os.environ.get("TWOPOP_HOME")
        return cls(Path(override).expanduser().absolute() if override else _state_folder() / "twopop")

    def make(self) -> None:
        """Makes the folder, private to the user."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.root.chmod(0o700)

    @property
    def address_file(self) -> Path:
        """Address of the running engine."""
        return self.root / "engine.json"

    @property
    def token_file(self) -> Path:
        """The secret that every call carries."""
        return self.root / "token"

    @property
    def lock_file(self) -> Path:
        """Held by the running engine."""
        return self.root / "engine.lock"

    @property
    def log_file(self) -> Path:
        """What the engine printed."""
        return self.root / "engine.log"

    @property
    def operations_file(self) -> Path:
        """The operations' database."""
        return self.root / "operations.sqlite3"

    @property
    def results_folder(self) -> Path:
        """Content-keyed results."""
        return self.root / "results"

    @property
    def scratch_folder(self) -> Path:
        """Decoded sound for analysis, bounded in size."""
        return self.root / "scratch"

    @property
    def notes_folder(self) -> Path:
        """Notes of half-written files."""
        return self.root / "notes"


def data_folder() -> Path:
    """Where results go that have no folder beside a timeline: `$TWOPOP_DATA`, else the user's data folder.

    That is so for a project that was never saved, lies in a read-only folder, or lives in an editor's database.
    """
    override = os.environ.get("TWOPOP_DATA")
    if override:
        return Path(override).expanduser().absolute()
    if sys.platform in ("win32", "darwin"):
        return _state_folder() / "twopop"
    return Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share"))) / "twopop"


def _state_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData" / "Local")))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_STATE_HOME", str(Path.home() / ".local" / "state")))
