"""A timeline that an editor takes whole, and what can be put into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import otio_files as files

S = Fraction(1)
HOUR = 3600 * S
EDITORS = ("resolve", "premiere", "blender", "kdenlive")
Break = Callable[["Scene"], None]


@dataclass
class Scene:
    """A timeline that an editor takes whole, and what a case changes in it."""

    root: files.Json
    folder: Path
    editor: str

    @property
    def tracks(self) -> list[files.Json]:
        children: list[files.Json] = self.root["tracks"]["children"]
        return children

    @property
    def items(self) -> list[files.Json]:
        children: list[files.Json] = self.tracks[0]["children"]
        return children

    @property
    def clip(self) -> files.Json:
        return self.items[0]

    @property
    def media(self) -> files.Json:
        reference: files.Json = self.clip["media_references"]["DEFAULT_MEDIA"]
        return reference


def url_of(path: Path, editor: str) -> str:
    return path.as_uri() if editor == "premiere" else str(path)


def scene(folder: Path, editor: str) -> Scene:
    """Two clips on V1 and the first one's sound on A1, of a file that begins at one hour, or at zero for Blender."""
    zero = 0 * S if editor in ("blender", "kdenlive") else HOUR
    files_there = [folder / name for name in ("A.mov", "B.mov")]
    for path in files_there:
        path.touch()
    metadata: files.Json = {"Resolve_OTIO": {}} if editor == "resolve" else {}
    clips = [
        files.clip(path.name, url_of(path, editor), files.span(zero + 2 * S, 4 * S, 24.0),
                   files.span(zero, 20 * S, 24.0), metadata=json.loads(json.dumps(metadata)))
        for path in files_there
    ]  # fmt: skip
    sound = json.loads(json.dumps(clips[0]))
    tracks = files.track("Video 1", "Video", *clips), files.track("Audio 1", "Audio", sound)
    for track in tracks:
        track["metadata"] = json.loads(json.dumps(metadata))
    marks = {"resolve": files.RESOLVE, "premiere": files.PREMIERE}
    root = files.timeline(*tracks, metadata=json.loads(json.dumps(marks.get(editor, {}))))
    return Scene(root, folder, editor)


def marker(comment: str = "", name: str = "", at: Fraction = S, **more: Any) -> files.Json:
    return {
        "OTIO_SCHEMA": "Marker.2", "metadata": {}, "name": name, "color": "RED", "comment": comment,
        "marked_range": files.span(at, S / 24, 24.0), **more,
    }  # fmt: skip


def effect(name: str, schema: str = "Effect.1", metadata: files.Json | None = None, **more: Any) -> files.Json:
    return {"OTIO_SCHEMA": schema, "metadata": metadata or {}, "name": name, "effect_name": name, **more}


def warp(speed: float) -> files.Json:
    return effect("Speed", "LinearTimeWarp.1", time_scalar=speed)
