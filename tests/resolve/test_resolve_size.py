"""A long timeline: what counts is how often Resolve is asked, since thousands of calls stalled the real one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from hosts.contract import change_list, clip_of, place, sample_change, write_wav
from resolve.bench import Kind, ResolveWorkbench
from twopop_actions.changes import AddMarker
from twopop_resolve.in_place import InPlaceHost
from twopop_resolve.new_timeline import NewTimelineHost


def stretched(kind: Kind, tmp_path: Path, count: int) -> tuple[ResolveWorkbench, Path]:
    """The scene, with camera clips behind it up to a number on each track."""
    folder = tmp_path / "media"
    folder.mkdir()
    write_wav(folder / "12A-3 Ton.wav")
    bench = ResolveWorkbench(kind, tmp_path / "work.twopop")
    bench.open(folder)
    line = bench.world.open.line()
    assert line
    for track in line.tracks:
        last = track.clips[-1]
        for number in range(count - len(track.clips)):
            at = last.end + 30 * number
            track.clips.append(replace(last, id=f"{track.kind}{number}", start=at, duration=25, link=10 + number))
    return bench, folder


@pytest.mark.parametrize(("kind", "most"), [(NewTimelineHost, 60), (InPlaceHost, 80)])
def test_a_long_timeline_takes_no_more_calls_than_a_short_one(tmp_path: Path, kind: Kind, most: int) -> None:
    bench, folder = stretched(kind, tmp_path, 1000)
    bench.world.calls.clear()
    host = bench.reopen()
    timeline = host.read()
    assert len(timeline.clips) == 2000
    changes = [
        place(timeline, folder), place(timeline, folder, id="two", record_start=Fraction(6)),
        sample_change("disable", timeline, folder),
    ]  # fmt: skip
    applied = host.apply(change_list(timeline, *changes))
    assert len(applied.applied) == 3
    assert bench.world.calls.total() < most, bench.world.calls
    bench.world.calls.clear()
    assert set(bench.reopen().undo()) == {"placed", "two", "off"}
    assert bench.world.calls.total() < most, bench.world.calls


def test_a_marker_on_each_clip_of_a_long_timeline(tmp_path: Path) -> None:
    bench, folder = stretched(NewTimelineHost, tmp_path, 1000)
    host = bench.reopen()
    first = sample_change("marker", host.read(), folder)
    assert isinstance(first, AddMarker) and first.target == clip_of(host.read(), "video", 0).target
    wanted = [replace(first, id=f"{n}", target=clip.target) for n, clip in enumerate(host.read().clips)]
    bench.world.calls.clear()
    assert len(host.apply(change_list(host.read(), *wanted)).applied) == 2000
    assert bench.world.calls.total() < 60
    assert len(bench.reopen().undo()) == 2000
