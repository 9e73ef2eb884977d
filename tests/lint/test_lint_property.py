"""Random timelines: whatever is mended, an independent reader sees and hears the same moments of the same files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import otio_files as files
from renderer import exact_rate, plays
from twopop_otio.lint import fix, lint, open_timeline
from twopop_otio.timeline import write

S = Fraction(1)
RATES = (23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0)
SPELLINGS = {23.976: (23.976, 23.98, 23.976024627685547, 24000 / 1001), 29.97: (29.97, 30000 / 1001)}
EDITORS = ("resolve", "premiere", "blender", "kdenlive")
MARKS: tuple[files.Json, ...] = ({}, files.RESOLVE, files.PREMIERE, {"kdenlive": {}}, {"blender": {}})
NAMES = ("/shoot/A.mov", "/shoot/B 100%.wav", "/shoot/Ärger #2?.mov", "/shoot/c%20d.wav")


@dataclass(frozen=True)
class Moment:
    """A stretch of record time and what plays in it."""

    file: str
    start: float
    end: float
    source: float
    speed: float


def moments(path: Path) -> list[Moment]:
    found = [
        Moment(p.file, float(p.start), float(p.end), float(p.source(p.start)), float(p.speed))
        for p in plays(path)
        if p.enabled and p.file and p.end > p.start
    ]
    return sorted(found, key=lambda m: (m.file, round(m.start, 6), round(m.end, 6), round(m.source, 6)))


def same(one: list[Moment], other: list[Moment]) -> bool:
    figures = [
        (a.file == b.file, abs(a.start - b.start), abs(a.end - b.end), abs(a.source - b.source), abs(a.speed - b.speed))
        for a, b in zip(one, other, strict=False)
    ]
    return len(one) == len(other) and all(file and max(offs) < 1e-8 for file, *offs in figures)


@st.composite
def clips(draw: st.DrawFn, rate: float, kind: str) -> files.Json:
    frame = 1 / exact_rate(rate)
    path = draw(st.sampled_from(NAMES))
    zero = draw(st.sampled_from((0, 3600 * round(exact_rate(rate)), 77))) * frame
    unit, at = frame, rate
    if kind == "Audio" and draw(st.booleans()):
        unit, at = Fraction(1, 48000), 48000.0
    first = draw(st.integers(0, 200)) * unit
    length = draw(st.integers(0, 90)) * frame
    speed = draw(st.sampled_from((None, None, None, 2.0, 0.5, -1.0)))
    url = Path(path).as_uri() if draw(st.booleans()) else path
    clip = files.clip(
        draw(st.sampled_from(("", "shot"))),
        draw(st.sampled_from((url, url, url, None))),
        files.span(zero + first, length, at),
        files.span(zero, 500 * S, rate),
        speed=speed,
        enabled=draw(st.sampled_from((True, True, True, False))),
    )
    if draw(st.booleans()):
        clip["media_references"]["take"] = json.loads(json.dumps(clip["media_references"]["DEFAULT_MEDIA"]))
    elif draw(st.booleans()):
        clip["OTIO_SCHEMA"] = "Clip.1"
        clip["media_reference"] = clip.pop("media_references")["DEFAULT_MEDIA"]
    clip["markers"].append(
        {"OTIO_SCHEMA": "Marker.2", "metadata": {}, "name": "m", "color": "RED", "comment": draw(st.sampled_from("ab")),
         "marked_range": files.span(zero + first, frame, rate)}
    )  # fmt: skip
    return clip


@st.composite
def items(draw: st.DrawFn, rate: float, kind: str, depth: int = 0) -> list[files.Json]:
    frame = 1 / exact_rate(rate)
    made: list[files.Json] = []
    for _ in range(draw(st.integers(0, 4))):
        what = draw(st.sampled_from(("clip", "clip", "clip", "gap", "dissolve", "nest")))
        if what == "nest" and depth < 2:
            tracks = [
                files.track(f"n{number}", kind, *draw(items(rate, kind, depth + 1)))
                for number in range(draw(st.integers(1, 2)))
            ]
            tracks[-1]["enabled"] = draw(st.sampled_from((True, True, False)))
            window = files.span(draw(st.integers(0, 30)) * frame, draw(st.integers(1, 60)) * frame, rate)
            made.append(files.stack("nest", draw(st.sampled_from((None, window))), *tracks))
        elif what == "dissolve" and made and made[-1]["OTIO_SCHEMA"].startswith("Clip") and depth == 0:
            made += [files.transition(draw(st.integers(1, 5)) * frame, rate), draw(clips(rate, kind))]
        elif what == "gap":
            made.append(files.gap(draw(st.integers(0, 40)) * frame, rate))
        else:
            made.append(draw(clips(rate, kind)))
    return made


@st.composite
def timelines(draw: st.DrawFn) -> files.Json:
    rate = draw(st.sampled_from(RATES))
    rate = draw(st.sampled_from(SPELLINGS.get(rate, (rate,))))
    kinds = draw(st.lists(st.sampled_from(("Video", "Audio")), min_size=1, max_size=3))
    tracks = [files.track("", kind, *draw(items(rate, kind))) for kind in kinds]
    for track in tracks:
        track["enabled"] = draw(st.sampled_from((True, True, True, False)))
    mark: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(MARKS))))
    return files.timeline(*tracks, rate=rate, start_s=draw(st.sampled_from((0 * S, 3600 * S))), metadata=mark)


@pytest.mark.parametrize("editor", EDITORS)
@settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(root=timelines())
def test_mending_keeps_what_is_seen_and_heard(tmp_path: Path, editor: str, root: files.Json) -> None:
    before = files.save(root, tmp_path / "before.otio")
    document = open_timeline(before)
    mended = fix(document, editor)
    after = tmp_path / "after.otio"
    write(mended.document, after)
    assert json.loads(before.read_text()) == root
    assert same(moments(before), moments(after)), (moments(before), moments(after))
    again = lint(open_timeline(after), editor)
    assert again == mended.left
    assert not [finding for finding in again if finding.fix]
    assert fix(open_timeline(after), editor).document.root == mended.document.root
