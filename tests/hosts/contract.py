"""What every host promises: one suite, run against each of them.

A host's tests derive from `HostContract` and give it a `Workbench`: how a scene is laid out in that editor, how it is
saved and opened again, and an independent look at what is there, which does not go by way of the host. Nothing here
needs more than the standard library, so that it runs in an editor's Python.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import pytest

from twopop.errors import ChangeUnsupported, OptionInvalid, SelectionEmpty, TimelineMoved
from twopop_actions.changes import (
    AddMarker,
    AddTake,
    Change,
    ChangeList,
    GainKey,
    MediaStretch,
    PlaceClip,
    SetEnabled,
    SetGainKeys,
    SlipAudio,
)  # fmt: skip
from twopop_actions.host import Host
from twopop_actions.scope import places_in
from twopop_actions.sync.slots import find_slots
from twopop_actions.timeline import Clip, Timeline

RATE = Fraction(25)
SAMPLE_RATE_HZ = 48000
WAV_S = 20
CAMERA_S = 12


@dataclass(frozen=True)
class SceneClip:
    """A camera clip of the scene; its sound lies below it at the same place.

    Attributes:
        file: Name of the camera's file.
        source_start: First moment of the file that is used, in seconds on its clock.
        record_start: Where it begins, in seconds of record time.
        duration: In seconds.
        link: A number that picture and sound share, where the editor has links.
    """

    file: str
    source_start: Fraction
    record_start: Fraction
    duration: Fraction
    link: int


SCENE = (
    SceneClip("A001 Küche.mov", Fraction(2), Fraction(0), Fraction(4), 1),
    SceneClip("A002 厨房.mov", Fraction(1), Fraction(5), Fraction(6), 2),
)
"""Two camera clips with a second between them: pictures on the first video track, sound on the first audio track."""


@dataclass(frozen=True)
class Look:
    """What an independent look finds of one clip.

    Attributes:
        kind: "video" or "audio".
        file: Name of the file that it plays.
        record_start: In seconds of record time.
        duration: In seconds of record time.
        source_start: On the file's clock, in seconds.
        enabled: Whether it plays.
        silent: Whether its gain makes it silent.
    """

    kind: str
    file: str
    record_start: Fraction
    duration: Fraction
    source_start: Fraction
    enabled: bool = True
    silent: bool = False


class Workbench(Protocol):
    """An editor in which the scene is open."""

    tolerance: Fraction
    """Seconds by which a time may be off: what the editor rounds to between frames; zero for most."""

    def open(self, folder: Path) -> Host:
        """Makes `SCENE` with media in a folder (`folder / clip.file`), and reads it."""

    def reopen(self) -> Host:
        """Saves, opens what the last `apply` or `undo` left, and reads it."""

    def look(self) -> list[Look]:
        """What is there after the last `apply` or `undo`, seen by other means than the host's."""

    def markers(self) -> list[str]:
        """The texts of all markers, seen by other means than the host's."""

    def select(self, kind: str, index: int) -> Host:
        """Selects the clip of `SCENE` with an index, on its video or audio track, and reads again."""

    def lock(self) -> Host:
        """Locks the first audio track, and reads again."""

    def alter(self) -> None:
        """Moves the end of the scene's second picture and sound a second earlier, as a user would."""


class HostContract:
    """The suite; a subclass gives the fixture `bench`, and `media` gives the folder with recorder sound."""

    @pytest.fixture
    def bench(self) -> Workbench:
        raise NotImplementedError

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "Ein langer Ordnername, wie ihn Projekte haben" / "日本語"
        folder.mkdir(parents=True)
        write_wav(folder / "12A-3 Ton.wav")
        return folder

    @pytest.fixture
    def host(self, bench: Workbench, folder: Path) -> Host:
        return bench.open(folder)

    def test_clips_are_read_where_they_lie(self, host: Host) -> None:
        found = sorted(_place_of(clip) for clip in host.read().clips)
        assert found == sorted(
            (kind, clip.file, clip.record_start, clip.duration, clip.source_start)
            for clip in SCENE
            for kind in ("video", "audio")
        )

    def test_timebase_is_exact(self, host: Host) -> None:
        assert host.read().timebase.rate == RATE

    def test_picture_and_its_sound_are_linked_or_of_one_file(self, host: Host) -> None:
        clips = host.read().clips
        for scene in SCENE:
            pair = [clip for clip in clips if clip.media and (clip.media.path or "").endswith(scene.file)]
            assert len(pair) == 2 and len({clip.link for clip in pair}) == 1

    def test_reading_changes_nothing(self, bench: Workbench, host: Host) -> None:
        before = bench.look()
        first, second = host.read(), bench.reopen().read()
        assert bench.look() == before
        assert [clip.target for clip in first.clips] == [clip.target for clip in second.clips]

    def test_sound_is_placed_to_the_frame_and_the_rest_is_unharmed(
        self, bench: Workbench, host: Host, folder: Path
    ) -> None:
        before = bench.look()
        placed = place(host.read(), folder)
        applied = host.apply(change_list(host.read(), placed))
        assert applied.applied == (placed.id,) and applied.present == ()
        new = [look for look in bench.look() if look not in before]
        assert len(new) == 1 and len(bench.look()) == len(before) + 1
        assert (new[0].kind, new[0].file, new[0].enabled) == ("audio", "12A-3 Ton.wav", True)
        self.assert_near(bench, new[0], placed)

    def test_result_is_there_after_saving_and_opening(self, bench: Workbench, host: Host, folder: Path) -> None:
        placed = place(host.read(), folder)
        host.apply(change_list(host.read(), placed))
        clips = bench.reopen().read().clips
        ours = [clip for clip in clips if clip.media and (clip.media.path or "").endswith("12A-3 Ton.wav")]
        assert [clip.kind for clip in ours] == ["audio"]
        assert abs(ours[0].record_start - placed.record_start) <= bench.tolerance

    def test_a_read_after_changes_shows_what_applying_makes(self, bench: Workbench, host: Host, folder: Path) -> None:
        changes = change_list(host.read(), place(host.read(), folder))
        foreseen = sorted(_place_of(clip) for clip in host.read(after=changes).clips)
        host.apply(changes)
        assert sorted(_place_of(clip) for clip in bench.reopen().read().clips) == foreseen

    def test_between_frames_where_the_host_can(self, bench: Workbench, host: Host, folder: Path) -> None:
        if not host.capabilities.sub_frame:
            pytest.skip(f"{host.capabilities.host} places whole frames only, and says so")
        odd = place(host.read(), folder, record_start=Fraction(3) + Fraction(7, SAMPLE_RATE_HZ))
        host.apply(change_list(host.read(), odd))
        self.assert_near(bench, next(look for look in bench.look() if "Ton" in look.file), odd)

    def test_applying_twice_doubles_nothing(self, bench: Workbench, host: Host, folder: Path) -> None:
        changes = change_list(host.read(), place(host.read(), folder))
        host.apply(changes)
        again = bench.reopen().apply(changes)
        assert again.applied == () and again.present == tuple(change.id for change in changes.changes)
        assert sum("Ton" in look.file for look in bench.look()) == 1

    def test_a_part_is_applied(self, bench: Workbench, host: Host, folder: Path) -> None:
        first = place(host.read(), folder)
        second = place(host.read(), folder, record_start=Fraction(6), id="second")
        assert host.apply(change_list(host.read(), first, second), only=("second",)).applied == ("second",)
        assert sum("Ton" in look.file for look in bench.look()) == 1
        with pytest.raises(OptionInvalid, match="no change has the id nonsense"):
            bench.reopen().apply(change_list(host.read(), first), only=("nonsense",))

    def test_nothing_is_done_when_a_target_moved_on(self, bench: Workbench, host: Host, folder: Path) -> None:
        good = place(host.read(), folder)
        stale = replace(good, id="stale", target=replace(good.target, digest="0" * 64, record_start=Fraction(99)))
        before = bench.look()
        with pytest.raises(TimelineMoved, match="plan it again"):
            host.apply(change_list(host.read(), good, stale))
        assert bench.look() == before

    def test_nothing_is_done_when_the_timeline_was_cut_since(self, bench: Workbench, host: Host, folder: Path) -> None:
        timeline = host.read()
        second = clip_of(timeline, "video", 1)
        changes = change_list(timeline, place(timeline, folder, target=second.target))
        bench.alter()
        before = bench.look()
        with pytest.raises(TimelineMoved):
            (bench.reopen() if not host.capabilities.in_place else host).apply(changes)
        assert bench.look() == before

    @pytest.mark.parametrize("kind", ["take", "slip", "gain", "disable", "marker"])
    def test_a_change_is_made_or_refused_beforehand(
        self, bench: Workbench, host: Host, folder: Path, kind: str
    ) -> None:
        change = sample_change(kind, host.read(), folder)
        before, changes = bench.look(), change_list(host.read(), change)
        if host.capabilities.limit(change):
            with pytest.raises(ChangeUnsupported, match="cannot do this"):
                host.apply(changes)
            assert bench.look() == before
            return
        assert host.apply(changes).applied == (change.id,)
        assert made(kind, before, bench.look(), bench.markers())

    @pytest.mark.parametrize("kind", ["place", "take", "slip", "gain", "disable", "marker"])
    def test_undo_leaves_what_was_there(self, bench: Workbench, host: Host, folder: Path, kind: str) -> None:
        before, said = bench.look(), [clip.target for clip in host.read().clips]
        change = sample_change(kind, host.read(), folder)
        if host.capabilities.limit(change):
            pytest.skip(f"{host.capabilities.host}: {host.capabilities.limit(change)}")
        host.apply(change_list(host.read(), change))
        assert bench.reopen().undo() == (change.id,)
        assert bench.look() == before and bench.markers() == []
        assert [clip.target for clip in bench.reopen().read().clips] == said

    def test_a_slipped_clip_tells_its_slip(self, bench: Workbench, host: Host, folder: Path) -> None:
        change, before = sample_change("slip", host.read(), folder), clip_of(host.read(), "audio", 0)
        if host.capabilities.limit(change):
            pytest.skip(f"{host.capabilities.host}: {host.capabilities.limit(change)}")
        slots = [slot.id for slot in find_slots(host.read())]
        host.apply(change_list(host.read(), change))
        timeline = bench.reopen().read()
        after = clip_of(timeline, "audio", 0)
        assert before.slipped_s == 0 and after.slipped_s == Fraction(2, 25) and change.id in timeline.applied
        assert after.unslipped_start == before.source_start == after.source_start + Fraction(2, 25)
        assert [slot.id for slot in find_slots(timeline)] == slots

    def test_undoing_nothing_is_no_error(self, bench: Workbench, host: Host, folder: Path) -> None:
        host.apply(change_list(host.read(), place(host.read(), folder)))
        bench.reopen().undo()
        assert bench.reopen().undo() == ()

    def test_selection(self, bench: Workbench, host: Host) -> None:
        if not host.capabilities.selection:
            assert host.selection() == ()
            with pytest.raises(OptionInvalid, match="knows no selection"):
                places_in(host, "selection")
            return
        with pytest.raises(SelectionEmpty, match="nothing is selected"):
            places_in(host, "selection")
        chosen = bench.select("video", 1)
        wanted = clip_of(chosen.read(), "video", 1).target
        assert chosen.selection() == (wanted,)
        assert places_in(chosen, "selection") == frozenset({(wanted.track, wanted.path)})

    def test_locked_tracks_are_said(self, bench: Workbench, host: Host) -> None:
        assert not any(track.locked for track in host.read().tracks)
        timeline = bench.lock().read()
        locked = {track.index for track in timeline.tracks if track.locked}
        assert locked == {clip_of(timeline, "audio", 0).target.track}

    def test_work_folder_is_absolute(self, host: Host) -> None:
        assert host.work_folder.is_absolute() and host.work_folder.name.endswith(".twopop")

    @staticmethod
    def assert_near(bench: Workbench, look: Look, placed: PlaceClip) -> None:
        off = abs(look.record_start - look.source_start - (placed.record_start - placed.media.start))
        assert off <= bench.tolerance
        assert abs(look.record_start - placed.record_start) <= bench.tolerance
        assert abs(look.duration - placed.media.duration) <= bench.tolerance


def write_wav(path: Path) -> Path:
    """A mono recording of quiet noise."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(bytes(range(256)) * (WAV_S * SAMPLE_RATE_HZ * 2 // 256))
    return path


def clip_of(timeline: Timeline, kind: str, index: int) -> Clip:
    """The clip of a scene's clip on its video or audio track."""
    file = SCENE[index].file
    return next(c for c in timeline.clips if c.kind == kind and c.media and (c.media.path or "").endswith(file))


def change_list(timeline: Timeline, *changes: Change) -> ChangeList:
    """A change list for a timeline."""
    return ChangeList(timeline.source, timeline.digest, timeline.timebase, changes)


def stretch(path: Path, start: Fraction, duration: Fraction, length_s: int = WAV_S) -> MediaStretch:
    """Part of a file."""
    return MediaStretch(str(path), start, duration, Fraction(length_s), SAMPLE_RATE_HZ, (0,), -1)


def place(timeline: Timeline, folder: Path, **other: Any) -> PlaceClip:
    """The recorder's sound under the scene's first clip."""
    media = stretch(folder / "12A-3 Ton.wav", Fraction(5), Fraction(3))
    wanted: dict[str, Any] = {
        "id": "placed", "clip": "one", "target": clip_of(timeline, "video", 0).target, "track": "BOOM",
        "name": "12A-3 BOOM", "record_start": Fraction(12, 25), "media": media, "original": None, "link": None,
        "tag": {"camera": str(folder / SCENE[0].file), "clip": "one", "source_s": "5/1"},
    }  # fmt: skip
    return PlaceClip(**{**wanted, **other})


def sample_change(kind: str, timeline: Timeline, folder: Path) -> Change:
    """A change of a kind to the scene's first sound, or, for markers and takes, to its first picture."""
    sound, picture = clip_of(timeline, "audio", 0), clip_of(timeline, "video", 0)
    other = stretch(folder / SCENE[1].file, SCENE[1].source_start, SCENE[0].duration, CAMERA_S)
    changes: dict[str, Change] = {
        "place": place(timeline, folder),
        "take": AddTake("taken", "one", picture.target, "lips", other, True, {}),
        "slip": SlipAudio("slipped", "one", sound.target, Fraction(2, 25)),
        "gain": SetGainKeys("muted", "one", sound.target, (GainKey(Fraction(0), None),), sound.gain, "a test"),
        "disable": SetEnabled("off", "one", sound.target, False, "a test"),
        "marker": AddMarker("marked", "one", picture.target, "RED", "twopop: no matching sound", "no matching sound"),
    }
    return changes[kind]


def made(kind: str, before: list[Look], after: list[Look], markers: list[str]) -> bool:
    """Whether a sample change shows, and nothing but it."""
    if kind == "marker":
        return after == before and any("no matching sound" in text for text in markers)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    if len(changed) != 1:
        return False
    old, new = changed[0]
    expected = {
        "take": replace(old, file=SCENE[1].file, source_start=SCENE[1].source_start),
        "slip": replace(old, source_start=old.source_start - Fraction(2, 25)),
        "gain": replace(old, silent=True),
        "disable": replace(old, enabled=False),
    }
    return new == expected[kind]


def _place_of(clip: Clip) -> tuple[str, str, Fraction, Fraction, Fraction]:
    media = clip.media
    label = (media.available_start if media else None) or Fraction(0)
    name = Path((media.path if media else None) or "").name
    return clip.kind, name, clip.record_start, clip.record_duration, clip.source_start - label
