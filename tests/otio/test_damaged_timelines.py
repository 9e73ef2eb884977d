"""Files damaged at random: each is conformed and undone, or refused by an error of the tree, never by a traceback."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import otio_files as files
from shoot import Camera, Recorder, Shoot
from twopop.errors import TwopopError
from twopop_actions.conform import plan
from twopop_actions.sync.step import SyncOptions
from twopop_otio.host import OtioHost, undo_file, work_folder

VALUES: tuple[Any, ...] = (
    None, 0, -1, 1e308, "", "x", [], {}, [1], {"a": 1}, True, "Clip.2", float("inf"), {"OTIO_SCHEMA": "Gap.1"},
    {"OTIO_SCHEMA": "Stack.1", "children": []},
)  # fmt: skip
CAMERA = Camera("/shoot/A.mov", Fraction(100), Fraction(90))
RECORDER = Recorder("/shoot/1.wav", Fraction(90), Fraction(200), ("MIX", "BOOM"), drift_ppm=60.0)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value, as its holder and key."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [place for key in keys for place in ((node, key), *places(node[key]))]


def conform(source: Path) -> Path:
    host = OtioHost(source, source.with_name("out.otio"))
    options = SyncOptions((Path("/sound"),), work_folder(host.output))
    host.apply(plan(host, Shoot.of(CAMERA, RECORDER), options).changes)
    return host.output


@pytest.mark.parametrize("conformed", [False, True])
def test_damage_never_ends_in_a_traceback(tmp_path: Path, conformed: bool) -> None:
    second = Fraction(1)
    shots = [files.clip(str(at), CAMERA.path, files.span(at * second, 10 * second, 24.0)) for at in (5, 20)]
    tracks = files.track("V1", "Video", *shots), files.track("A1", "Audio", *shots)
    whole = files.save(files.timeline(*tracks, metadata=files.RESOLVE), tmp_path / "whole.otio")
    text = (conform(whole) if conformed else whole).read_text()
    draw = random.Random(5)
    answers = set()
    for _ in range(150):
        root = json.loads(text)
        holder, key = draw.choice(places(root))
        if draw.random() < 0.3:
            del holder[key]
        else:
            holder[key] = draw.choice(VALUES)
        (tmp_path / "in.otio").write_text(json.dumps(root))
        try:
            undo_file(conform(tmp_path / "in.otio"))
            answers.add("done")
        except TwopopError as error:
            answers.add(error.reason)
            assert str(error).startswith(str(tmp_path))
    assert answers >= {"done", "TIMELINE_UNREADABLE"}
