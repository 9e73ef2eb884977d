"""Nests in nests at any speed, also backwards: where our layout and the independent reader find their clips."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

import otio_files as files
from exports.footage import frames, gap, shot
from imports.cuts import facts
from renderer import plays
from twopop_otio.dialects import recognise
from twopop_otio.layout import placements
from twopop_otio.timeline import name_of, read

SPEEDS = st.sampled_from((None, 1.0, 2.0, 0.5, -1.0, -2.0, -0.5))
RATE = 24.0


@st.composite
def items(draw: st.DrawFn, depth: int) -> files.Json:
    """A clip or gap, or a nest of such with one track or two, trimmed or not."""
    kind = draw(st.sampled_from(("clip", "clip", "gap", *(["nest"] * 3 if depth else []))))
    length, first = draw(st.integers(2, 30)), draw(st.integers(0, 12))
    if kind == "gap":
        return gap(length, RATE)
    speed = draw(SPEEDS)
    if kind == "clip":
        return shot(str(draw(st.integers(0, 10**9))), Path("/a.mov"), RATE, first, length, whole=900, speed=speed)
    inner = st.lists(items(depth - 1), min_size=1, max_size=3)
    tracks = [files.track("i", "Video", *found) for found in draw(st.lists(inner, min_size=1, max_size=2))]
    trim = files.span(frames(first, RATE), frames(length, RATE), RATE) if draw(st.booleans()) else None
    nest = files.stack("nest", trim, *tracks)
    nest["effects"] = files.clip("", None, None, speed=speed)["effects"]
    return nest


@settings(max_examples=300, deadline=None)
@given(st.lists(items(2), min_size=1, max_size=3), st.sampled_from(({}, files.PREMIERE)))
def test_clips_of_nests_lie_where_they_are_seen(children: list[files.Json], metadata: files.Json) -> None:
    root = files.timeline(files.track("V", "Video", *children), rate=RATE, metadata=metadata)
    with TemporaryDirectory() as folder:
        document = read(files.save(root, Path(folder) / "cut.otio"))
        seen = sorted((p.name, p.start, p.end, p.label, p.speed) for p in plays(document.path))
    rule = recognise(document.root, document.rate).record_duration
    found = [
        (name_of(p.node), p.record_start, p.record_start + p.record_duration, p.source_start, p.speed)
        for p in placements(document.tracks, rule)
    ]
    assert sorted(found) == seen


def test_a_nest_in_a_nest_both_backwards_runs_forwards() -> None:
    """5 to 20 of a clip from frame 50 is shown backwards, and 3 to 15 of that backwards: frames 55 to 67."""
    back = files.clip("", None, None, speed=-1.0)["effects"]
    spans = [files.span(frames(first, RATE), frames(length, RATE), RATE) for first, length in ((5, 15), (3, 12))]
    inner = files.stack("inner", spans[0], files.track("i", "Video", shot("a", Path("/a.mov"), RATE, 50, 20)))
    outer = files.stack("outer", spans[1], files.track("o", "Video", inner | {"effects": back}))
    track = files.track("V", "Video", outer | {"effects": back})
    (found,) = placements([track], lambda duration, _: duration)
    assert facts(found.record_start, found.record_duration * 24) == (0, 12)
    assert facts(found.source_start * 24, found.speed) == (55, 1)
