"""What is known of a timeline that was made here, so that undo removes it and no other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from twopop.errors import ChangesUnreadable
from twopop_actions.record import from_json, to_json
from twopop_otio.timeline import write_whole


@dataclass(frozen=True)
class Made:
    """A timeline that was made here.

    Attributes:
        name: Its name.
        id: Resolve's id of it.
        digest: SHA-256 of its export when it was made.
        original: Name of the timeline that it was made from.
        original_id: Resolve's id of that one.
        changes: Ids of the changes that it holds and that one does not.
        held: Ids of all changes that it held when it was made.
    """

    name: str
    id: str
    digest: str
    original: str
    original_id: str
    changes: tuple[str, ...]
    held: tuple[str, ...]


def save_made(made: Made, kept: Path) -> None:
    """Writes what is known of a timeline beside the file that it is kept in.

    Raises:
        OutputUnwritable: It cannot be written.
    """
    write_whole(kept.with_suffix(".json"), json.dumps(to_json(made), indent=2, ensure_ascii=False).encode())


def load_made(kept: Path) -> Made | None:
    """What is known of a timeline; None for one that was not made here.

    Raises:
        ChangesUnreadable: The record is damaged.
    """
    path = kept.with_suffix(".json")
    try:
        return from_json(Made, json.loads(path.read_text(encoding="utf-8")), "record")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        raise ChangesUnreadable.at(str(path), str(problem)) from problem


def forget(kept: Path) -> None:
    """Removes what is kept of a timeline."""
    for path in (kept, kept.with_suffix(".json")):
        path.unlink(missing_ok=True)


def all_made(folder: Path) -> list[Made]:
    """The timelines that were made in a work folder, the latest first.

    Raises:
        ChangesUnreadable: A record is damaged.
    """
    files = sorted(folder.glob("timelines/*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [made for made in (load_made(path.with_suffix(".otio")) for path in files) if made]
