"""The `twopop` command in a process of its own, as a shell starts it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE_S = 180.0


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        code: Exit code.
        out: Standard output.
        err: Standard error.
    """

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on standard output."""
        answer = json.loads(self.out, parse_constant=_no_constant)
        assert isinstance(answer, dict)
        return answer


def twopop(home: Path, *words: str | Path, folder: Path | None = None, **environment: str) -> Ended:
    """Runs a command with an engine's home of its own.

    Args:
        home: `$TWOPOP_HOME`.
        words: Those after the program's name.
        folder: The working folder; None: the tests' own.
        environment: More variables.
    """
    run = subprocess.run(
        command(*words),
        cwd=folder,
        env={**os.environ, "TWOPOP_HOME": str(home), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert "Traceback" not in run.stderr + run.stdout, run.stderr + run.stdout
    return Ended(run.returncode, run.stdout, run.stderr)


def command(*words: str | Path) -> list[str]:
    """The words that start the program."""
    return [sys.executable, "-m", "twopop_cli", *(str(word) for word in words)]


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")
