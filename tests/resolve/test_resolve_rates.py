"""At every rate, with any timecode: what is heard is what the camera saw, to the frame and to the sample."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from resolve.bench import Kind, session
from resolve.camera_scene import check_sound, scene
from twopop_actions.task import Task
from twopop_resolve.in_place import InPlaceHost
from twopop_resolve.new_timeline import NewTimelineHost

RATES = [Fraction(r, 1001) for r in (24000, 30000, 60000)] + [Fraction(r) for r in (24, 25, 30, 50, 60)]


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("kind", [NewTimelineHost, InPlaceHost])
@pytest.mark.parametrize("drift_ppm", [0.0, 60.0])
def test_what_is_heard_is_what_was_seen(tmp_path: Path, rate: Fraction, kind: Kind, drift_ppm: float) -> None:
    world, _, stage = scene(tmp_path / "media", rate, drift_ppm)
    task = Task.prepare(
        "conform", kind(session(world), tmp_path / "Cut.twopop"), {"sound": ("/sound",), "handles": 3.0}
    )
    done = task.run(stage)
    assert done.applied and len(done.plan.refusals) == 0
    check_sound(world, stage, rate)


@pytest.mark.parametrize("kind", [NewTimelineHost, InPlaceHost])
def test_a_second_run_knows_its_own_work_on_both_mono_halves(tmp_path: Path, kind: Kind) -> None:
    world, line, stage = scene(tmp_path / "media", Fraction(25), 60.0)
    options = {"sound": ("/sound",)}
    first = Task.prepare("conform", kind(session(world), tmp_path / "Cut.twopop"), options).run(stage)
    assert first.applied
    before = world.copy()
    again = Task.prepare("conform", kind(session(world), tmp_path / "Cut.twopop"), options).run(stage)
    assert again.plan.changes.changes == () and world.copy() == before
    undone = kind(session(world), tmp_path / "Cut.twopop").undo()
    assert set(undone) == set(first.applied.applied)
    assert world.open.line() == line and [clip.enabled for clip in line.clips()] == [True] * 6
