"""One thing that an installation does, or would do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Verb = Literal["copy", "replace", "same", "keep", "remove", "build", "install"]


@dataclass(frozen=True)
class Step:
    """One thing done to a file.

    Attributes:
        verb: "same": it is there already; "keep": it is not, or no longer, what we wrote.
        path: The file, or the folder of an extension.
        why: A few words where they are needed.
    """

    verb: Verb
    path: Path
    why: str = ""
