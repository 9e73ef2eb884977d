"""Whatever the fake does wrong, nothing is ever called done that is not there, and what failed is taken back."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from hosts.contract import Look, change_list, made, place, sample_change, write_wav
from resolve.bench import Kind, ResolveWorkbench, session
from resolve.camera_scene import check_sound, scene
from resolve.fake.model import Clip, ProjectState
from resolve.fake.world import ODDITIES
from twopop.errors import HostFailed, HostUnavailable, TwopopError
from twopop_actions.changes import ChangeList
from twopop_actions.host import Host
from twopop_actions.task import Task
from twopop_resolve.in_place import InPlaceHost
from twopop_resolve.new_timeline import NewTimelineHost

HOSTS: dict[str, Kind] = {"new": NewTimelineHost, "in place": InPlaceHost}
KINDS = {
    "new": ("places", "take", "slip", "gain", "disable", "marker"),
    "in place": ("places", "take", "disable", "marker"),
}
CASES = [(way, kind) for way, kinds in KINDS.items() for kind in kinds]


def changes_of(kind: str, host: Host, folder: Path) -> ChangeList:
    timeline = host.read()
    if kind != "places":
        return change_list(timeline, sample_change(kind, timeline, folder))
    link = next(clip.link for clip in timeline.clips)
    first = place(timeline, folder, link=link)
    second = place(timeline, folder, id="second", record_start=Fraction(6), track="BOOM")
    return change_list(timeline, first, second, place(timeline, folder, id="third", track="LAV"))


def landed(kind: str, before: list[Look], bench: ResolveWorkbench) -> bool:
    """Whether all of it is in the model once the project is saved."""
    bench.world.save()
    after = bench.look()
    if kind != "places":
        return made(kind, before, after, bench.markers())
    new = [look for look in after if look not in before]
    places = sorted((look.record_start, look.source_start, look.duration, look.enabled) for look in new)
    wanted = [(start, Fraction(5), Fraction(3), True) for start in (Fraction(12, 25), Fraction(12, 25), Fraction(6))]
    return len(after) == len(before) + 3 and places == wanted


def opened(way: str, tmp_path: Path) -> tuple[ResolveWorkbench, Host, Path]:
    folder = tmp_path / "media"
    folder.mkdir()
    write_wav(folder / "12A-3 Ton.wav")
    bench = ResolveWorkbench(HOSTS[way], tmp_path / "work.twopop")
    return bench, bench.open(folder), folder


def same(before: ProjectState, after: ProjectState) -> bool:
    """Whether the timelines are the same; what was taken into the media pool stays there."""
    return after.lines == before.lines and after.current == before.current


def check_cut_off(bench: ResolveWorkbench, changes: ChangeList) -> None:
    """After a start without trouble: nothing passes for done, and undo takes back what was left."""
    host = bench.reopen()
    try:
        assert not host.read().applied
    except HostFailed as problem:
        assert "undo" in problem.message
        with pytest.raises(HostFailed, match="cut off"):
            host.apply(changes)
    bench.reopen().undo()
    assert not bench.reopen().read().applied


def clips_of(project: ProjectState) -> list[Clip]:
    """What lies on the timeline that was there first; an empty track may be left on it."""
    return project.lines[0].clips()


@pytest.mark.parametrize("oddity", sorted(ODDITIES))
@pytest.mark.parametrize(("way", "kind"), CASES)
def test_nothing_is_called_done_that_is_not_there(tmp_path: Path, way: str, kind: str, oddity: str) -> None:
    bench, host, folder = opened(way, tmp_path)
    changes, before, looks = changes_of(kind, host, folder), bench.world.copy(), bench.look()
    bench.world.oddities, bench.world.page = (oddity,), "color"
    try:
        applied = host.apply(changes)
    except (HostFailed, HostUnavailable) as problem:
        assert (
            "could be taken back" in problem.message
            or "is still there" in problem.message
            or same(before, bench.world.open)
        ), f"{problem.message}: not as it was"
        return
    assert landed(kind, looks, bench), f"{applied} is not there"


@pytest.mark.parametrize("oddity", sorted(ODDITIES))
@pytest.mark.parametrize("way", sorted(HOSTS))
def test_a_conform_is_never_called_done_that_is_not(tmp_path: Path, way: str, oddity: str) -> None:
    world, line, stage = scene(tmp_path / "media", Fraction(25), 60.0)
    host = HOSTS[way](session(world), tmp_path / "Cut.twopop")
    world.oddities, before = (oddity,), world.copy()
    try:
        done = Task.prepare("conform", host, {"sound": ("/sound",)}).run(stage)
    except (HostFailed, HostUnavailable) as problem:
        left = "could be taken back" in problem.message or "is still there" in problem.message
        assert left or same(before, world.open), f"{problem.message}: not as it was"
        return
    world.save()
    now = world.open.line()
    if way == "new" and oddity == "import_renames":  # told, and no failure: the rest must be as it should be
        assert now and done.applied and any("is now named" in note for note in done.applied.notes)
        now.tracks[3].name, now.tracks[4].name = "MIX", "BOOM"
    check_sound(world, stage, Fraction(25))
    assert way == "in place" or world.open.lines[0] == before.lines[0] == line


@pytest.mark.parametrize("calls", range(1, 90))
@pytest.mark.parametrize(("way", "kind"), [("new", "places"), ("in place", "places"), ("in place", "take")])
def test_a_host_that_is_closed_half_way_is_said(tmp_path: Path, way: str, kind: str, calls: int) -> None:
    bench, host, folder = opened(way, tmp_path)
    changes, before, looks = changes_of(kind, host, folder), bench.world.copy(), bench.look()
    bench.world.gone_after = bench.world.calls.total() + calls
    try:
        host.apply(changes)
    except (HostFailed, HostUnavailable):
        bench.world.gone_after = None
        if way == "in place":
            check_cut_off(bench, changes)
            assert bench.look() == looks and bench.markers() == []
        assert clips_of(before) == clips_of(bench.world.open)
        return
    bench.world.gone_after = None
    assert landed(kind, looks, bench)


@pytest.mark.parametrize("oddity", ["delete_lies", "timeline_stays", "page_stuck", "switch_lies", "save_false"])
@pytest.mark.parametrize(("way", "kind"), CASES)
def test_undo_is_never_called_done_that_was_not(tmp_path: Path, way: str, kind: str, oddity: str) -> None:
    bench, host, folder = opened(way, tmp_path)
    before = bench.look()
    host.apply(changes_of(kind, host, folder))
    bench.world.page = "color"
    bench.world.oddities = (oddity,)
    try:
        bench.reopen().undo()
    except TwopopError as problem:
        assert isinstance(problem, HostFailed)
        return
    assert bench.look() == before and bench.markers() == []
