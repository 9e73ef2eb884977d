"""Undo in place after users moved, trimmed and cut what is on the timeline: all of it, or what is left is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hosts.contract import RATE, Look, change_list, place, sample_change, write_wav
from resolve.bench import ResolveWorkbench
from resolve.fake.model import Clip, Line, Track
from twopop.errors import HostFailed
from twopop_resolve.in_place import InPlaceHost

IDS = ("off", "marked", "placed")


class Edited:
    """The scene with placed sound, a camera sound that was switched off, and a marker."""

    def __init__(self, folder: Path) -> None:
        write_wav(folder / "12A-3 Ton.wav")
        self.bench = ResolveWorkbench(InPlaceHost, folder / "work.twopop")
        host = self.bench.open(folder)
        self.before = self.bench.look()
        timeline = host.read()
        kinds = [sample_change(kind, timeline, folder) for kind in ("disable", "marker")]
        assert set(host.apply(change_list(timeline, *kinds, place(timeline, folder))).applied) == set(IDS)

    @property
    def line(self) -> Line:
        line = self.bench.world.open.line()
        assert line
        return line

    def track(self, name: str) -> Track:
        return next(track for track in self.line.tracks if track.name == name)

    def copy(self, track: Track, clip: Clip, start: int) -> None:
        track.clips.append(replace(clip, id=self.bench.world.open.new_id(), start=start))
        track.sort()

    def cut(self, track: Track, clip: Clip, at: int) -> None:
        """As a razor does."""
        end = replace(clip, id=self.bench.world.open.new_id(), marks=[])
        end.start, end.offset, end.duration = clip.start + at, clip.offset + at, clip.duration - at
        clip.duration = at
        track.clips.append(end)
        track.sort()

    def undo(self) -> set[str]:
        return set(self.bench.reopen().undo())

    def enabled(self) -> bool:
        return all(clip.enabled for clip in self.line.clips())


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    return Edited(tmp_path)


def moved(looks: list[Look], frames: int) -> list[Look]:
    return [replace(look, record_start=look.record_start + frames / RATE) for look in looks]


def test_after_everything_was_moved(edited: Edited) -> None:
    for clip in edited.line.clips():
        clip.start += 100
    assert edited.bench.reopen().read().applied == set(IDS)
    assert edited.undo() == set(IDS)
    assert edited.bench.look() == moved(edited.before, 100) and edited.bench.markers() == []
    assert edited.undo() == set()


def test_after_only_the_camera_was_moved(edited: Edited) -> None:
    for clip in [clip for name in ("Video 1", "Audio 1") for clip in edited.track(name).clips]:
        clip.start += 1000
    assert edited.undo() == set(IDS)
    assert edited.bench.look() == moved(edited.before, 1000) and edited.bench.markers() == []


def test_after_a_track_was_put_above(edited: Edited) -> None:
    edited.line.tracks.insert(0, Track("video", "Video 2", ""))
    for clip in edited.line.clips():
        clip.start += 7
    assert edited.undo() == set(IDS)
    assert edited.bench.look() == moved(edited.before, 7)


def test_both_halves_of_what_was_cut_are_taken_back(edited: Edited) -> None:
    for name in ("Audio 1", "BOOM"):
        edited.cut(edited.track(name), edited.track(name).clips[0], 30)
    assert edited.undo() == set(IDS)
    assert edited.enabled() and [track.name for track in edited.line.tracks] == ["Video 1", "Audio 1"]


def test_what_was_trimmed_at_its_head_is_taken_back(edited: Edited) -> None:
    for track in edited.line.tracks:
        clip = track.clips[0]
        clip.start, clip.offset, clip.duration = clip.start + 10, clip.offset + 10, clip.duration - 10
    assert edited.undo() == set(IDS)
    assert edited.enabled() and edited.bench.markers() == []


def test_what_the_user_deleted_is_not_asked_for(edited: Edited) -> None:
    edited.track("BOOM").clips.clear()
    assert edited.undo() == {"off", "marked"}
    assert [look for look in edited.bench.look() if look not in edited.before] == []
    assert edited.undo() == set()


def test_what_cannot_be_told_is_named_until_it_is_dealt_with(edited: Edited) -> None:
    track = edited.track("Audio 1")
    sound = track.clips[0]
    edited.copy(track, sound, sound.start + 2000)
    sound.start += 1000
    track.sort()
    with pytest.raises(HostFailed, match=r"2 change\(s\) taken back, 1 not.*SetEnabled on A001.*\(off\)"):
        edited.undo()
    assert edited.bench.markers() == [] and [one.name for one in edited.line.tracks] == ["Video 1", "Audio 1"]
    with pytest.raises(HostFailed, match=r"0 change\(s\) taken back, 1 not.*\(off\)"):
        edited.undo()
    for clip in track.clips:
        clip.enabled = True
    assert edited.undo() == set()


def test_a_later_undo_finds_what_was_moved_back(edited: Edited) -> None:
    track = edited.track("Audio 1")
    sound, start = track.clips[0], track.clips[0].start
    edited.copy(track, sound, sound.start + 2000)
    sound.start += 1000
    with pytest.raises(HostFailed, match=r"\(off\)"):
        edited.undo()
    track.clips = [clip for clip in track.clips if clip.start != start + 1000]
    assert edited.undo() == {"off"} and edited.enabled()


def test_a_later_run_says_what_undo_will_not_find(edited: Edited, tmp_path: Path) -> None:
    boom = edited.track("BOOM")
    edited.copy(boom, boom.clips[0], 2000)
    boom.clips[0].start = 1000
    host = edited.bench.reopen()
    changes = change_list(host.read(), sample_change("marker", host.read(), tmp_path))
    more = replace(changes, changes=(replace(changes.changes[0], id="more"),))
    notes = host.apply(more).notes
    assert any("the placed 12A-3" in note and "do it by hand (placed)" in note for note in notes)


def test_copies_and_a_move_of_placed_sound_are_named(edited: Edited) -> None:
    boom = edited.track("BOOM")
    edited.copy(boom, boom.clips[0], 2000)
    boom.clips[0].start = 1000
    with pytest.raises(HostFailed, match=r"the placed 12A-3.*\(placed\)"):
        edited.undo()
    boom.clips.clear()
    assert edited.undo() == set()
