"""Files that lint cannot read or must not trip over."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import otio_files as files
from twopop.errors import OptionInvalid, TimelineUnreadable, TwopopError
from twopop_otio.lint import fix, lint, open_timeline

S = Fraction(1)
EDITORS = ("resolve", "premiere", "blender", "kdenlive")
VALUES: tuple[Any, ...] = (
    None, 0, -1, 1e308, "", "x", [], {}, [1], {"a": 1}, True, "Clip.2", float("inf"), float("nan"),
    {"OTIO_SCHEMA": "Gap.1"}, {"OTIO_SCHEMA": "Stack.1", "children": []},
)  # fmt: skip


def clip(name: str = "A", **more: Any) -> files.Json:
    return files.clip(name, "/gone/A.mov", files.span(S, 4 * S, 24.0), files.span(0 * S, 9 * S, 24.0), **more)


def collection(*names: str) -> files.Json:
    made = [files.timeline(files.track("V1", "Video", clip())) | {"name": name} for name in names]
    return {"OTIO_SCHEMA": "SerializableCollection.1", "metadata": {}, "name": "", "children": made}


def test_one_of_several_timelines(tmp_path: Path) -> None:
    path = files.save(collection("day", "night"), tmp_path / "all.otio")
    assert open_timeline(path, "night").root["name"] == "night"
    with pytest.raises(OptionInvalid, match="holds 2 timelines: 'day', 'night'; name one of them"):
        open_timeline(path)
    with pytest.raises(OptionInvalid, match="'day', 'night'"):
        open_timeline(path, "noon")
    only = files.save(collection("day"), tmp_path / "one.otio")
    assert open_timeline(only).root["name"] == "day"


@pytest.mark.parametrize(
    ("root", "problem"),
    [
        (collection(), "holds a collection without a timeline"),
        ({**collection("x"), "children": [5]}, "carries no OTIO_SCHEMA"),
        ({**collection("x"), "children": 5}, "cannot be understood"),
        ({"OTIO_SCHEMA": "Timeline.9", "tracks": {}}, "uses the schema Timeline.9"),
        ([], "carries no OTIO_SCHEMA"),
        (files.timeline(files.track("V", "Video", clip(speed=float("inf")))), "cannot be understood"),
        (files.timeline(files.track("V", "Video", {**clip(), "source_range": {}})), "lacks its start"),
        (
            files.timeline(files.track("V", "Video", files.transition(S, 24.0) | {"in_offset": 3})),
            "cannot be understood",
        ),
    ],
)
def test_damage_is_named(tmp_path: Path, root: Any, problem: str) -> None:
    path = files.save(root, tmp_path / "bad.otio")
    with pytest.raises(TimelineUnreadable, match=problem) as caught:
        lint(open_timeline(path), "resolve")
    assert str(caught.value).startswith(str(path))


def test_an_editor_nobody_knows(tmp_path: Path) -> None:
    document = open_timeline(files.save(files.timeline(), tmp_path / "cut.otio"))
    for ask in (lint, fix):
        with pytest.raises(OptionInvalid, match="there is none called 'avid'"):
            ask(document, "avid")


def test_an_empty_timeline(tmp_path: Path) -> None:
    document = open_timeline(files.save(files.timeline(), tmp_path / "cut.otio"))
    assert {finding.rule for finding in lint(document, "kdenlive")} == {"timeline-empty"}
    assert not lint(document, "premiere")


def test_odd_but_lawful_timelines(tmp_path: Path) -> None:
    """Long and foreign names, locked tracks, reverse, freeze and ramps, a name that is no Unicode text."""
    long = "Ä" * 300 + "\U0001f3ac"
    odd = [
        clip(long), clip("reverse", speed=-1.0), clip("still", speed=0.0), clip("\ud800"),
        clip(effects=[{"OTIO_SCHEMA": "TimeEffect.1", "metadata": {}, "name": "", "effect_name": ""}]),
        clip(effects=[{"OTIO_SCHEMA": "FreezeFrame.1", "metadata": {}, "name": "", "time_scalar": 0}]),
    ]  # fmt: skip
    odd[0]["media_references"]["DEFAULT_MEDIA"]["target_url"] = "/" + "/".join([long] * 20)
    track = files.track("V1", "Video", *odd, metadata={"Resolve_OTIO": {"Locked": True}})
    path = files.save(files.timeline(track), tmp_path / f"{'é' * 40}.otio")
    for editor in EDITORS:
        mended = fix(open_timeline(path), editor)
        assert not [finding for finding in mended.left if finding.fix]
        names = [item["name"] for item in mended.document.tracks[0]["children"]]
        assert names[:3] == [long, "reverse", "still"]


def test_damage_at_random_never_ends_in_a_traceback(tmp_path: Path) -> None:
    nest = files.stack("n", None, files.track("i", "Video", clip("inner")))
    marked = clip()
    marked["markers"] = [
        {"OTIO_SCHEMA": "Marker.2", "metadata": {}, "name": "m", "marked_range": files.span(S, S, 24.0)}
    ]
    tracks = files.track("V1", "Video", marked, files.transition(S / 4, 24.0), clip(speed=2.0), nest)
    text = json.dumps(files.timeline(tracks, files.track("A1", "Audio", clip()), metadata=files.PREMIERE))
    draw = random.Random(11)
    answers = set()
    for _ in range(400):
        root = json.loads(text)
        holder, key = draw.choice(_places(root))
        if draw.random() < 0.3:
            del holder[key]
        else:
            holder[key] = draw.choice(VALUES)
        path = files.save(root, tmp_path / "in.otio")
        try:
            fix(open_timeline(path), draw.choice(EDITORS))
            answers.add("done")
        except TwopopError as error:
            answers.add(error.reason)
            assert str(error).startswith(str(tmp_path)), error
    assert answers == {"done", "TIMELINE_UNREADABLE"}


def _places(node: Any) -> list[tuple[Any, Any]]:
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [place for key in keys for place in ((node, key), *_places(node[key]))]
