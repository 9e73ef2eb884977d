"""What we keep on a scene: which channels we named, which markers we set, and what the last action came to.

A marker of Blender is a name of at most 63 bytes on a frame and holds no custom properties (measured in 5.0), so that
what it stands for is kept here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from twopop_blender.strips import Scene
from twopop_blender.tags import load, store


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
        """What stands on a scene."""
        data = load(scene)
        return cls(
            lanes={int(number): Lane(**lane) for number, lane in data.get("lanes", {}).items()},
            marks=[Mark(**mark) for mark in data.get("marks", ())],
            changes=list(data.get("changes", ())),
            folder=str(data.get("folder", "")),
            last=dict(data.get("last", {})),
        )

    def save(self, scene: Scene) -> None:
        """Writes it on a scene; a scene without any of it carries nothing."""
        store(scene, {key: value for key, value in asdict(self).items() if value})
