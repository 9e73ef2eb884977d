"""The OTIO host keeps every host's promises, in each dialect."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import otio_files as files
from hosts.contract import CAMERA_S, RATE, SCENE, HostContract, Look, SceneClip, Workbench
from otio_files import Json
from renderer import plays
from twopop_actions.host import Host
from twopop_otio.host import OtioHost

Dress = Callable[[Json, SceneClip], Json]


def _plain(clip: Json, scene: SceneClip) -> Json:
    return clip


def _resolve(clip: Json, scene: SceneClip) -> Json:
    return {**clip, "metadata": {"Resolve_OTIO": {"Link Group ID": scene.link}}}


def _premiere(clip: Json, scene: SceneClip) -> Json:
    return {**clip, "metadata": {"PremierePro_OTIO": {"LinkID": str(scene.link)}}}


class OtioWorkbench:
    """A timeline file in one dialect, and the file that is made of it."""

    tolerance = Fraction(0)

    def __init__(self, dress: Dress, head: Json, url: Callable[[Path], str]) -> None:
        self._dress, self._head, self._url = dress, head, url
        self._input = self._output = Path()

    def open(self, folder: Path) -> Host:
        self._input, self._output = folder / "Schnitt 1.otio", folder / "Schnitt 2.otio"
        tracks = (self._track("V1", "Video", folder), self._track("A1", "Audio", folder))
        files.save(files.timeline(*tracks, rate=float(RATE), metadata=self._head), self._input)
        return OtioHost(self._input, self._output)

    def reopen(self) -> Host:
        """The output becomes the input of the next one."""
        if self._output.exists():
            self._input, self._output = self._output, self._output.with_name(f"{self._output.stem}+.otio")
        return OtioHost(self._input, self._output)

    def look(self) -> list[Look]:
        path = self._output if self._output.exists() else self._input
        return sorted(
            (
                Look(
                    kind=play.kind.lower(), file=Path(play.file).name, record_start=play.start,
                    duration=play.end - play.start, source_start=play.label - play.zero, enabled=play.enabled,
                    silent=play.gain_db <= -100,
                )
                for play in plays(path)
            ),
            key=lambda look: (look.kind, look.record_start, look.file),
        )  # fmt: skip

    def markers(self) -> list[str]:
        path = self._output if self._output.exists() else self._input
        return [str(marker["name"]) for marker in _found(json.loads(path.read_text()), "markers")]

    def select(self, kind: str, index: int) -> Host:
        raise AssertionError("a file knows no selection")

    def lock(self) -> Host:
        root = json.loads(self._input.read_text())
        root["tracks"]["children"][1]["metadata"].setdefault("Resolve_OTIO", {})["Locked"] = True
        files.save(root, self._input)
        return OtioHost(self._input, self._output)

    def alter(self) -> None:
        root = json.loads(self._input.read_text())
        for track in root["tracks"]["children"]:
            track["children"][-1]["source_range"]["duration"]["value"] -= float(RATE)
        files.save(root, self._input)

    def _track(self, name: str, kind: str, folder: Path) -> Json:
        items: list[Json] = []
        position = Fraction(0)
        for scene in SCENE:
            if scene.record_start > position:
                items.append(files.gap(scene.record_start - position, float(RATE)))
            used = files.span(scene.source_start, scene.duration, float(RATE))
            whole = files.span(Fraction(0), Fraction(CAMERA_S), float(RATE))
            clip = files.clip(Path(scene.file).stem, self._url(folder / scene.file), used, whole)
            items.append(self._dress(clip, scene))
            position = scene.record_start + scene.duration
        return files.track(name, kind, *items)


def _found(node: Any, key: str) -> list[Any]:
    """All that lies under a key, anywhere."""
    if isinstance(node, list):
        return [item for child in node for item in _found(child, key)]
    if not isinstance(node, dict):
        return []
    own = node.get(key)
    return [*(own if isinstance(own, list) else ()), *(item for child in node.values() for item in _found(child, key))]


class TestPlainOtio(HostContract):
    @pytest.fixture
    def bench(self) -> Workbench:
        return OtioWorkbench(_plain, {}, Path.as_uri)


class TestResolveOtio(HostContract):
    @pytest.fixture
    def bench(self) -> Workbench:
        return OtioWorkbench(_resolve, files.RESOLVE, str)


class TestPremiereOtio(HostContract):
    @pytest.fixture
    def bench(self) -> Workbench:
        return OtioWorkbench(_premiere, files.PREMIERE, Path.as_uri)
