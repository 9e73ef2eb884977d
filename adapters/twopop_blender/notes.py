"""What we keep on a scene: which channels we named, which markers we set, and what the last action came to.

A marker of Blender is a name of at most 63 bytes on a frame and holds no custom properties (measured in 5.0), so that
what it stands for is kept here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from twopop_actions.record import from_json
from twopop_blender.strips import LAST_CHANNEL, Scene
from twopop_blender.tags import load, store, unreadable


@dataclass
class Mark:
    """A marker that we set.

    Attributes:
        change: The change's id.
        clip: Id of the camera clip that it serves.
        name: What Blender shows.
        frame: Where it stood when we set it.
        comment: The whole sentence.
    """

    change: str
    clip: str
    name: str
    frame: int
    comment: str


@dataclass
class Lane:
    """A channel that we named.

    Attributes:
        name: The name that we gave.
        was: Its name before.
    """

    name: str
    was: str


@dataclass
class Notes:
    """Our part of a scene.

    Attributes:
        lanes: By channel number.
        marks: In the order of setting.
        changes: What is applied, each as it stands in a change list.
        folder: The work folder that was used last; empty when none was.
        last: What the last action came to, for the panel.
    """

    lanes: dict[int, Lane] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    folder: str = ""
    last: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, scene: Scene) -> Notes:
        """What stands on a scene.

        Raises:
            TimelineUnreadable: It is none of ours, or of a newer version.
        """
        data = load(scene)
        try:
            return _parsed(data)
        except ValueError as problem:
            raise unreadable(scene, str(problem)) from problem

    def save(self, scene: Scene) -> None:
        """Writes it on a scene; a scene without any of it carries nothing."""
        store(scene, {key: value for key, value in asdict(self).items() if value})


def _parsed(data: dict[str, Any]) -> Notes:
    """Raises ValueError for what is missing, unknown or of the wrong type."""
    blank = asdict(Notes())
    if unknown := sorted(set(data) - set(blank)):
        raise ValueError(f"{unknown[0]} is unknown")
    given = blank | data
    if odd := [name for name, value in given.items() if type(value) is not type(blank[name])]:
        raise ValueError(f"{odd[0]} is no {type(blank[odd[0]]).__name__}")
    lanes = {int(number): from_json(Lane, lane, f"lanes.{number}") for number, lane in given["lanes"].items()}
    if any(not 1 <= number <= LAST_CHANNEL for number in lanes):
        raise ValueError("lanes has a channel that there cannot be")
    if not all(isinstance(change, dict) for change in given["changes"]):
        raise ValueError("changes has an entry that is no object")
    marks = [from_json(Mark, item, "marks") for item in given["marks"]]
    return Notes(lanes, marks, given["changes"], given["folder"], given["last"])
