"""What users bring: untitled projects, locked tracks, titles, offline media, names, folders that are read-only."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from hosts.contract import change_list, clip_of, place, sample_change, write_wav
from resolve.bench import Kind, ResolveWorkbench, session
from resolve.camera_scene import scene
from resolve.fake.exchange import Importer
from resolve.fake.media import facts_of
from resolve.fake.model import Clip, Line, ProjectState, Track
from resolve.fake.world import World
from twopop.errors import (
    ChangesUnreadable,
    ChangeUnsupported,
    HostFailed,
    HostUnavailable,
    OptionInvalid,
    OutputUnwritable,
    TimelineMissing,
    TimelineMoved,
    TimelineUnreadable,
)
from twopop_actions.changes import AddMarker
from twopop_actions.host import Host
from twopop_actions.task import Task
from twopop_resolve.host import ResolveTimeline
from twopop_resolve.in_place import MOST_CHANGES, InPlaceHost
from twopop_resolve.new_timeline import NewTimelineHost

BOTH = pytest.mark.parametrize("kind", [NewTimelineHost, InPlaceHost])


class Table:
    """A scene in the fake, with recorder sound in a folder."""

    def __init__(self, kind: Kind, tmp_path: Path) -> None:
        self.folder = tmp_path / "media"
        self.folder.mkdir()
        write_wav(self.folder / "12A-3 Ton.wav")
        self.work = tmp_path / "work.twopop"
        self.bench = ResolveWorkbench(kind, self.work)
        self.host: Host = self.bench.open(self.folder)

    @property
    def line(self) -> Line:
        line = self.bench.world.open.line()
        assert line
        return line


@pytest.fixture
def new(tmp_path: Path) -> Table:
    return Table(NewTimelineHost, tmp_path)


@pytest.fixture
def live(tmp_path: Path) -> Table:
    return Table(InPlaceHost, tmp_path)


def test_nothing_open_is_said() -> None:
    with pytest.raises(HostUnavailable, match="no project is open"):
        session(World(None))
    with pytest.raises(TimelineMissing, match="no timeline is open"):
        session(World(ProjectState("P", "25")))


def test_an_untitled_project_is_never_saved(live: Table) -> None:
    live.bench.world.open.name = "Untitled Project"
    host = live.bench.reopen()
    before = live.bench.world.copy()
    with pytest.raises(HostFailed, match=r"never saved.*File > Save Project"):
        host.apply(change_list(host.read(), place(host.read(), live.folder)))
    assert live.bench.world.copy() == before and live.bench.world.calls["SaveProject"] == 0


def test_an_untitled_project_gets_a_new_timeline_unsaved(new: Table) -> None:
    new.bench.world.open.name = "Untitled Project"
    host = new.bench.reopen()
    applied = host.apply(change_list(host.read(), place(host.read(), new.folder)))
    assert any("never saved" in note for note in applied.notes) and new.bench.world.calls["SaveProject"] == 0


@pytest.mark.parametrize("change", ["disable", "take", "marker"])
def test_locked_tracks_are_left_alone(live: Table, change: str) -> None:
    for track in live.line.tracks:
        track.locked = True
    host = live.bench.reopen()
    before = live.bench.world.copy()
    with pytest.raises(ChangeUnsupported, match="is locked; unlock it"):
        host.apply(change_list(host.read(), sample_change(change, host.read(), live.folder)))
    assert live.bench.world.copy() == before


def test_a_single_channel_cannot_be_named_in_place(live: Table) -> None:
    wanted = place(live.host.read(), live.folder)
    wanted = replace(wanted, media=replace(wanted.media, channels=(1,)))
    with pytest.raises(ChangeUnsupported, match="render it to a file of its own"):
        live.host.apply(change_list(live.host.read(), wanted))


def test_too_many_changes_are_refused_before_they_stall_resolve(live: Table) -> None:
    one = sample_change("disable", live.host.read(), live.folder)
    many = [replace(one, id=f"{number}") for number in range(MOST_CHANGES + 1)]
    with pytest.raises(ChangeUnsupported, match="conform to a new timeline"):
        live.host.apply(change_list(live.host.read(), *many))


def test_a_title_comes_as_a_stand_in_and_is_said(new: Table) -> None:
    title = Clip("title", "Text+", 0, 50, None, 0)
    new.line.tracks.insert(1, Track("video", "Video 2", "", clips=[title]))
    host = new.bench.reopen()
    applied = host.apply(change_list(host.read(), place(host.read(), new.folder)))
    assert any(note.startswith("1 title(s) and generator(s)") and "Text+" in note for note in applied.notes)
    stand_in = new.line.tracks[1].clips[0]
    assert (stand_in.start, stand_in.duration) == (0, 50) and stand_in.url.endswith("offline.png")
    assert new.bench.world.open.lines[0].tracks[1].clips[0].file is None, "the original keeps its title"


@BOTH
@pytest.mark.parametrize(
    "effect",
    [
        {"OTIO_SCHEMA": "LinearTimeWarp.1", "name": "", "effect_name": "", "metadata": {}, "time_scalar": -1.0},
        {"OTIO_SCHEMA": "TimeEffect.1", "name": "", "effect_name": "Retime", "metadata": {"Resolve_OTIO": {}}},
    ],
    ids=["reverse", "ramp"],
)
def test_retimed_clips_are_refused_and_kept(tmp_path: Path, kind: Kind, effect: dict[str, object]) -> None:
    world, line, stage = scene(tmp_path / "media", Fraction(25), 0.0)
    for track in line.tracks:
        track.clips[1].effects = [effect]
    host = kind(session(world), tmp_path / "Cut.twopop")
    done = Task.prepare("conform", host, {"sound": ("/sound",)}).run(stage)
    now = world.open.line()
    assert done.applied and now and len(done.plan.refusals) == 1
    assert [track.clips[1].effects for track in now.tracks[:3]] == [[effect]] * 3
    assert [len(track.clips) for track in now.tracks[3:]] == [1, 1]


def test_media_that_was_moved_comes_as_silence(new: Table) -> None:
    for name in os.listdir(new.folder):
        if name.startswith("A002"):
            (new.folder / name).rename(new.folder / f"moved {name}")
    applied = new.host.apply(change_list(new.host.read(), place(new.host.read(), new.folder)))
    assert any(note.startswith("2 offline clip(s)") for note in applied.notes)
    assert [Path(clip.url).name for clip in new.line.clips()].count("offline.wav") == 1


def test_a_file_that_was_not_rendered_is_named(live: Table) -> None:
    (live.folder / "12A-3 Ton.wav").unlink()
    before = live.bench.world.copy()
    with pytest.raises(HostFailed, match=r"12A-3 Ton\.wav is not there"):
        live.host.apply(change_list(live.host.read(), place(live.host.read(), live.folder)))
    assert live.bench.world.copy().lines == before.lines


@BOTH
def test_markers_do_not_push_each_other_off(tmp_path: Path, kind: Kind) -> None:
    """A frame holds one marker: a second one stands on the next free frame."""
    table = Table(kind, tmp_path)
    first = sample_change("marker", table.host.read(), table.folder)
    table.host.apply(change_list(table.host.read(), first))
    host = table.bench.reopen()
    assert isinstance(first, AddMarker)
    second = replace(first, id="again", name="twopop: another", target=clip_of(host.read(), "video", 0).target)
    host.apply(change_list(host.read(), second))
    assert len(table.bench.markers()) == 2
    frames = [mark.frame for clip in table.line.clips() for mark in clip.marks]
    assert frames == [50, 51]


def test_sound_that_counts_otherwise_is_refused(live: Table) -> None:
    live.bench.world.oddities = ("media_rate",)
    wanted = place(live.host.read(), live.folder)
    with pytest.raises(HostFailed, match=r"by 23\.976 frames per second.*conform to a new timeline"):
        live.host.apply(change_list(live.host.read(), wanted))


@BOTH
def test_a_timeline_that_was_cut_meanwhile_is_not_touched(tmp_path: Path, kind: Kind) -> None:
    table = Table(kind, tmp_path)
    wanted = place(table.host.read(), table.folder, target=clip_of(table.host.read(), "video", 1).target)
    table.bench.alter()
    before = table.bench.world.copy()
    with pytest.raises(TimelineMoved):
        table.host.apply(change_list(table.host.read(), wanted))
    assert table.bench.world.copy() == before


def test_the_open_timeline_and_page_are_put_back(live: Table) -> None:
    project = live.bench.world.open
    other = Line("other", "Other", 25.0, "25", 0, [Track("video", "Video 1", "")])
    project.lines.append(other)
    project.current, live.bench.world.page = "other", "color"
    live.host.apply(change_list(live.host.read(), place(live.host.read(), live.folder)))
    assert (project.current, live.bench.world.page) == ("other", "color")
    live.bench.world.oddities = ("append_none",)
    again = place(live.host.read(), live.folder, id="again", record_start=Fraction(6))
    with pytest.raises(HostFailed):
        live.host.apply(change_list(live.host.read(), again))
    assert (project.current, live.bench.world.page) == ("other", "color")


def test_a_failure_leaves_what_was_done_before(live: Table) -> None:
    live.host.apply(change_list(live.host.read(), place(live.host.read(), live.folder)))
    before = live.bench.world.copy()
    host = live.bench.reopen()
    live.bench.world.oddities = ("append_shifts",)
    second = place(host.read(), live.folder, id="second", record_start=Fraction(6))
    with pytest.raises(HostFailed, match="What had been done was taken back"):
        host.apply(change_list(host.read(), second))
    assert live.bench.world.copy().lines == before.lines
    live.bench.world.oddities = ()
    assert live.bench.reopen().read().applied == {"placed"}
    assert live.bench.reopen().undo() == ("placed",)


def test_links_that_do_not_hold_are_said(live: Table) -> None:
    live.bench.world.oddities = ("link_lies",)
    link = clip_of(live.host.read(), "video", 0).link
    applied = live.host.apply(change_list(live.host.read(), place(live.host.read(), live.folder, link=link)))
    assert applied.notes == ("1 group(s) of linked clips are no longer linked.",)
    live.bench.world.oddities = ()
    live.bench.reopen().undo()
    linked = live.bench.reopen()
    applied = linked.apply(change_list(linked.read(), place(linked.read(), live.folder, link=link)))
    assert applied.notes == () and [clip.link for clip in live.line.clips()].count(1) == 3


def test_names_count_on(new: Table) -> None:
    for number, wanted in enumerate(("Schnitt 1 (twopop)", "Schnitt 1 (twopop 2)", "Schnitt 1 (twopop 3)")):
        host = new.bench.reopen()
        change = place(host.read(), new.folder, id=f"{number}", track=f"T{number}")
        assert host.apply(change_list(host.read(), change)).output == wanted
    assert new.bench.reopen().work_folder == new.work
    assert len(new.line.of_kind("audio")) == 4
    for number in (2, 1, 0):
        assert new.bench.reopen().undo() == (f"{number}",)
    assert [line.name for line in new.bench.world.open.lines] == ["Schnitt 1"]


def test_a_timeline_that_was_worked_on_is_not_deleted(new: Table) -> None:
    new.host.apply(change_list(new.host.read(), place(new.host.read(), new.folder)))
    new.line.tracks[0].clips[0].enabled = False
    with pytest.raises(HostFailed, match="worked on since"):
        new.bench.reopen().undo()
    assert len(new.bench.world.open.lines) == 2


def test_two_timelines_of_one_name_are_told_apart(new: Table) -> None:
    """Somebody else's timeline under the name that ours had is not deleted."""
    new.host.apply(change_list(new.host.read(), place(new.host.read(), new.folder)))
    project = new.bench.world.open
    theirs = Line("theirs", "Schnitt 1 (twopop)", 25.0, "25", 0, [Track("video", "Video 1", "")])
    project.lines[1] = theirs
    project.current = project.lines[0].id
    assert new.bench.reopen().undo() == ()
    assert theirs in project.lines


def test_in_place_on_a_made_timeline_is_taken_back_alone(new: Table) -> None:
    new.host.apply(change_list(new.host.read(), place(new.host.read(), new.folder)))
    before = new.bench.world.copy()
    host = InPlaceHost(session(new.bench.world), new.work)
    mark = sample_change("marker", host.read(), new.folder)
    host.apply(change_list(host.read(), mark))
    assert InPlaceHost(session(new.bench.world), new.work).undo() == ("marked",)
    assert new.bench.world.copy().lines == before.lines
    assert new.bench.reopen().undo() == ("placed",)


def test_an_older_version_knows_no_selection(new: Table) -> None:
    new.bench.world.old = True
    host = new.bench.reopen()
    assert not host.capabilities.selection and host.selection() == ()


def test_a_selection_that_is_too_large_is_refused(new: Table) -> None:
    track = new.line.tracks[0]
    track.clips += [replace(track.clips[0], id=f"c{n}", start=1000 + n, duration=1) for n in range(501)]
    new.bench.world.selected = [clip.id for clip in track.clips]
    with pytest.raises(OptionInvalid, match="use all of them"):
        new.bench.reopen().selection()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_work_folder_that_cannot_be_written_to(new: Table) -> None:
    new.work.parent.chmod(0o500)
    with pytest.raises(OutputUnwritable):
        new.host.apply(change_list(new.host.read(), place(new.host.read(), new.folder)))
    new.work.parent.chmod(0o700)


@BOTH
def test_a_work_folder_that_is_a_file(tmp_path: Path, kind: Kind) -> None:
    table = Table(kind, tmp_path)
    table.work.write_text("in the way")
    before = table.bench.world.copy()
    with pytest.raises(OutputUnwritable):
        table.host.apply(change_list(table.host.read(), place(table.host.read(), table.folder)))
    assert table.bench.world.copy().lines == before.lines


@pytest.mark.parametrize(
    ("name", "error"), [("Schnitt 1.otio", TimelineUnreadable), ("Schnitt 1.json", ChangesUnreadable)]
)
def test_damaged_memory_is_said(live: Table, name: str, error: type[Exception]) -> None:
    live.host.apply(change_list(live.host.read(), place(live.host.read(), live.folder)))
    (live.work / "timelines" / name).write_text(json.dumps({"OTIO_SCHEMA": "Timeline.1"}))
    with pytest.raises(error, match=r"Schnitt 1\."):
        live.bench.reopen().undo()


def test_the_work_folder_lies_in_the_users_data(new: Table, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TWOPOP_DATA", str(tmp_path / "data"))
    host = ResolveTimeline(session(new.bench.world))
    assert host.work_folder.parent.parent == tmp_path / "data" / "resolve"
    assert host.work_folder.name == "Schnitt 1.twopop" and host.work_folder.parent.name.startswith("Projekt _ 1_")


@pytest.mark.parametrize(("lies", "open_bin"), [("Ton/Tag 1", "Bild"), ("", "Bild"), ("Ton", "Ton"), ("Ton", "")])
def test_sound_that_lies_in_another_bin_is_found(live: Table, lies: str, open_bin: str) -> None:
    project, path = live.bench.world.open, live.folder / "12A-3 Ton.wav"
    project.bins, project.bin = ["Bild", "Ton", "Ton/Tag 1"], lies
    facts = facts_of(path)
    assert facts
    lying = Importer(project).file(str(path), facts)
    project.bin = open_bin
    host = live.bench.reopen()
    assert host.apply(change_list(host.read(), place(host.read(), live.folder))).applied == ("placed",)
    assert [file for file in project.files.values() if file.path == str(path)] == [lying]


def test_messages_name_the_program_once_and_end_once(live: Table) -> None:
    live.bench.world.oddities = ("append_none",)
    with pytest.raises(HostFailed) as caught:
        live.host.apply(change_list(live.host.read(), place(live.host.read(), live.folder)))
    assert "is the file readable to it? What had been done was taken back" in caught.value.message
    live.bench.world.oddities = ("append_shifts", "delete_lies")
    with pytest.raises(HostFailed, match="Not all of it could be taken back") as caught:
        live.host.apply(change_list(live.host.read(), place(live.host.read(), live.folder)))
    assert caught.value.message.count("DaVinci Resolve: ") == 1
