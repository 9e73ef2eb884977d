"""Conform on small timelines: what is placed where, what is refused and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import otio_files as files
from otio_files import Json
from shoot import Camera, Recorder, Shoot
from twopop.errors import MediaUnreadable, OutputUnwritable
from twopop.v1 import operations_pb2, sync_pb2
from twopop_actions.changes import AddMarker, PlaceClip, SetEnabled, SetGainKeys
from twopop_actions.conform import plan
from twopop_actions.plan import Plan
from twopop_actions.report import report_request
from twopop_actions.sync.step import SyncOptions
from twopop_client.connection import Watch
from twopop_otio.host import OtioHost

CAMERA = Camera("/shoot/A001.mov", Fraction(100), Fraction(60))
RECORDER = Recorder("/shoot/12A-3.wav", Fraction(90), Fraction(200), ("MIX", "BOOM"), drift_ppm=60.0)
MONO = Recorder("/shoot/12A-3.wav", Fraction(90), Fraction(200), ("BOOM",))
S = Fraction(1)
HEADLINES = {"offline": "media offline", "retimed": "left alone", "outside_media": "media does not fit"}


def used(start: int = 10, length: int = 20, path: str = CAMERA.path, **more: Any) -> Json:
    """A clip that uses a stretch of a file."""
    return files.clip(Path(path).stem, path, files.span(start * S, length * S, 24.0), **more)


@dataclass
class Bench:
    """Conforms timelines in a folder."""

    folder: Path

    def plan(self, shoot: Shoot, *tracks: Json, metadata: Json | None = None, **options: Any) -> Plan:
        """Plans a conform of some tracks."""
        source = files.save(files.timeline(*tracks, metadata=metadata), self.folder / "in.otio")
        host = OtioHost(source, self.folder / "out.otio")
        chosen = SyncOptions(**{"sound": (Path("/sound"),), "output_dir": self.folder / "out.twopop", **options})
        return plan(host, shoot, chosen)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def pair(**more: Any) -> tuple[Json, Json]:
    """The plainest timeline: a picture and its scratch sound."""
    return files.track("V1", "Video", used(**more)), files.track("A1", "Audio", used(**more))


def kinds(conform: Plan) -> list[str]:
    return [type(change).__name__ for change in conform.changes.changes]


def test_every_channel_gets_its_track_and_scratch_is_silenced(bench: Bench) -> None:
    conform = bench.plan(Shoot.of(CAMERA, RECORDER), *pair())
    mix, boom, off = conform.changes.changes
    assert isinstance(mix, PlaceClip) and isinstance(boom, PlaceClip) and isinstance(off, SetEnabled)
    assert (mix.track, boom.track) == ("MIX", "BOOM")
    assert mix.media.duration == 20 and mix.media.start == 10 and mix.record_start == 0
    assert mix.original and mix.original.path == RECORDER.path and mix.original.channels == (0,)
    assert off.target.track == 1 and not off.enabled
    assert mix.tag["scene"] == "12A" and mix.tag["camera"] == CAMERA.path and mix.tag["drift_ppm"] == 60.0
    assert "disabled" in conform.outcomes[0].sentence


def test_mono_without_drift_is_linked(bench: Bench) -> None:
    conform = bench.plan(Shoot.of(CAMERA, MONO), *pair())
    place = conform.changes.changes[0]
    assert isinstance(place, PlaceClip)
    assert place.media.path == MONO.path and place.original is None and place.media.start == 20
    assert not (bench.folder / "out.twopop").exists()


@pytest.mark.parametrize(
    ("recorder", "metadata", "linked"),
    [
        (MONO, None, True),
        (Recorder(MONO.path, MONO.start, MONO.duration, ("A", "B"), mono_files=True), None, True),
        (Recorder(MONO.path, MONO.start, MONO.duration, ("A", "B")), None, False),  # a poly file's channel has no name
        (Recorder(MONO.path, MONO.start, MONO.duration, drift_ppm=2.0), None, False),
        (Recorder(MONO.path, MONO.start, MONO.duration, drift_ppm=2.0, uncertainty_ppm=0.7), None, True),
        (Recorder(MONO.path, MONO.start, MONO.duration, drift_ppm=900.0, uncertainty_ppm=400.0), None, False),
        (MONO, files.RESOLVE, False),  # between frames
        (MONO, files.PREMIERE | {"PremierePro_OTIO": {"x": 1}}, False),
    ],
)
def test_linked_or_rendered(bench: Bench, recorder: Recorder, metadata: Json | None, linked: bool) -> None:
    conform = bench.plan(Shoot.of(CAMERA, recorder), *pair(), metadata=metadata)
    places = [change for change in conform.changes.changes if isinstance(change, PlaceClip)]
    assert len(places) == len(recorder.channels)
    assert all((place.original is None) == linked for place in places)


def test_handles_stay_within_the_recording_and_on_frames(bench: Bench) -> None:
    short = Recorder(
        "/shoot/r.wav", CAMERA.start + 10 - Fraction(3, 2) - Fraction(1, 100), Fraction(22), drift_ppm=50.0
    )
    place = bench.plan(Shoot.of(CAMERA, short), *pair(), handles_s=Fraction(5)).changes.changes[0]
    assert isinstance(place, PlaceClip)
    assert place.media.start == Fraction(36, 24)  # of 1.51 s before
    after = place.media.file_duration - place.media.start - place.media.duration
    assert abs(after - Fraction(11, 24)) < Fraction(1, 48000)  # of 0.4889 s behind


@pytest.mark.parametrize(("policy", "expected"), [("mute", SetGainKeys), ("disable", SetEnabled), ("keep", None)])
def test_scratch_policy_in_resolve(bench: Bench, policy: str, expected: type | None) -> None:
    conform = bench.plan(Shoot.of(CAMERA, MONO), *pair(), metadata=files.RESOLVE, scratch=policy)
    silenced = [change for change in conform.changes.changes if not isinstance(change, PlaceClip)]
    assert [type(change) for change in silenced] == ([expected] if expected else [])
    words = {"mute": "muted by its gain", "disable": "disabled", "keep": "left on"}
    assert words[policy] in conform.outcomes[0].sentence


def test_partial_cover_keeps_the_scratch_and_says_so(bench: Bench) -> None:
    short = Recorder("/shoot/r.wav", CAMERA.start, Fraction(25), ("BOOM",))
    conform = bench.plan(Shoot.of(CAMERA, short), *pair())
    place, marker = conform.changes.changes
    assert isinstance(place, PlaceClip) and isinstance(marker, AddMarker)
    assert place.media.duration == 15 and marker.color == "YELLOW" and "5.00 s" in marker.name


@pytest.mark.parametrize(
    ("shoot", "clip", "reason"),
    [
        (Shoot.of(RECORDER), {}, "offline"),
        (Shoot.of(CAMERA), {}, "no_recordings"),
        (Shoot.of(CAMERA, Recorder("/r.wav", S, 9 * S, event="another day")), {}, "unrelated"),
        (Shoot.of(CAMERA, Recorder("/r.wav", CAMERA.start + 40, 9 * S)), {}, "not_covered"),
        (Shoot.of(CAMERA, RECORDER), {"speed": 2.0}, "retimed"),
        (Shoot.of(CAMERA, RECORDER), {"start": 50}, "outside_media"),
        (Shoot.of(CAMERA, RECORDER), {"path": "F:\\shoot\\A001.mov"}, "offline"),
    ],
)
def test_refusal_marks_the_clip_and_moves_nothing(bench: Bench, shoot: Shoot, clip: Json, reason: str) -> None:
    conform = bench.plan(shoot, *pair(**clip))
    (marker,) = conform.changes.changes
    assert isinstance(marker, AddMarker) and marker.color == "RED"
    headline = HEADLINES.get(reason, "no matching sound")
    assert marker.name.startswith(f"twopop: {headline}: ") and marker.name.endswith((".", "?"))
    assert marker.target.track == 0
    assert [refusal.reason for refusal in conform.refusals] == [reason]
    assert conform.refusals[0].clip.endswith("A001")


def test_one_refusal_does_not_stop_the_others(bench: Bench) -> None:
    gone = used(path="/shoot/gone.mov")
    video, audio = files.track("V1", "Video", gone, used()), files.track("A1", "Audio", gone, used())
    conform = bench.plan(Shoot.of(CAMERA, MONO), video, audio)
    assert [outcome.verdict for outcome in conform.outcomes] == ["refused", "placed"]


def test_unreadable_camera_is_a_refusal_of_its_clips(bench: Bench) -> None:
    class Stubborn(Shoot):
        def match(self, request: sync_pb2.MatchRequest, watch: Watch | None = None) -> sync_pb2.MatchResult:
            raise MediaUnreadable.at(request.reference.paths[0], "ends in the middle")

    conform = bench.plan(Stubborn.of(CAMERA, MONO), *pair())
    assert [(r.reason, r.sentence) for r in conform.refusals] == [("unreadable", f"{CAMERA.path}: ends in the middle.")]


def test_pictures_without_sound_are_left_alone(bench: Bench) -> None:
    silent = Camera("/shoot/mos.mov", S, 60 * S, sound=False)
    still = used(path="/shoot/title.png")
    conform = bench.plan(Shoot.of(silent, MONO), files.track("V1", "Video", used(path=silent.path), still))
    assert conform.changes.changes == () and conform.outcomes == ()
    assert conform.notes == ("1 picture clip(s) without sound of their own are left alone.",)


def test_picture_alone_is_served_too(bench: Bench) -> None:
    conform = bench.plan(Shoot.of(CAMERA, MONO), files.track("V1", "Video", used()))
    assert kinds(conform) == ["PlaceClip"]
    assert "no scratch clip" in conform.outcomes[0].sentence


def test_stereo_scratch_on_two_tracks_is_one_slot(bench: Bench) -> None:
    video, audio = pair()
    conform = bench.plan(Shoot.of(CAMERA, MONO), video, audio, files.track("A2", "Audio", used()))
    assert kinds(conform) == ["PlaceClip", "SetEnabled", "SetEnabled"]


def test_sound_follows_the_edges_of_the_sound_edit(bench: Bench) -> None:
    """A split edit: the scratch sound runs on for 5 s under the next shot."""
    other = Camera("/shoot/B.mov", S, 60 * S, sound=False)
    video = files.track("V1", "Video", used(10, 20), used(0, 5, other.path))
    conform = bench.plan(Shoot.of(CAMERA, MONO, other), video, files.track("A1", "Audio", used(10, 25)))
    place = conform.changes.changes[0]
    assert isinstance(place, PlaceClip) and place.media.duration == 25
    assert place.target.track == 0 and place.target.path == (0,)


def test_scratch_that_was_slipped_by_hand_is_a_slot_of_its_own(bench: Bench) -> None:
    video, audio = files.track("V1", "Video", used(10)), files.track("A1", "Audio", used(12))
    conform = bench.plan(Shoot.of(CAMERA, MONO), video, audio)
    places = [change for change in conform.changes.changes if isinstance(change, PlaceClip)]
    assert sorted(place.media.start for place in places) == [20, 22]
    assert {place.track for place in places} == {"BOOM", "BOOM 2"}


def test_two_cameras_on_one_scene_share_the_sound(bench: Bench) -> None:
    second = Camera("/shoot/B001.mov", CAMERA.start, Fraction(60))
    angles = files.track("V1", "Video", used()), files.track("V2", "Video", used(path=second.path))
    scratch = files.track("A1", "Audio", used()), files.track("A2", "Audio", used(path=second.path))
    conform = bench.plan(Shoot.of(CAMERA, second, MONO), *angles, *scratch)
    assert kinds(conform) == ["PlaceClip", "SetEnabled", "SetEnabled"]
    assert [outcome.verdict for outcome in conform.outcomes] == ["placed", "placed"]
    sound, *muted = conform.changes.changes
    assert {change.clip for change in muted} == {sound.clip}  # a part never mutes without its sound


def test_two_cameras_on_one_scene_share_it_on_the_next_run_too(bench: Bench) -> None:
    second = Camera("/shoot/B001.mov", CAMERA.start, Fraction(60))
    angles = files.track("V1", "Video", used()), files.track("V2", "Video", used(path=second.path))
    shoot = Shoot.of(CAMERA, second, MONO)
    source = files.save(files.timeline(*angles), bench.folder / "in.otio")
    options = SyncOptions((Path("/sound"),), bench.folder / "out.twopop")
    host = OtioHost(source, bench.folder / "out.otio")
    host.apply(plan(host, shoot, options).changes)
    again = OtioHost(host.output, bench.folder / "again.otio")
    assert plan(again, shoot, options).changes.changes == ()


def test_two_recorders_get_tracks_of_their_own(bench: Bench) -> None:
    second = Recorder("/shoot/backup.wav", Fraction(95), Fraction(150), ("BOOM",), confidence=0.8)
    conform = bench.plan(Shoot.of(CAMERA, MONO, second), *pair())
    places = [change for change in conform.changes.changes if isinstance(change, PlaceClip)]
    assert [(place.track, Path(place.media.path).name) for place in places] == [
        ("BOOM", "12A-3.wav"), ("BOOM 2", "backup.wav"),
    ]  # fmt: skip


def test_track_keeps_its_name_all_timeline_long(bench: Bench) -> None:
    later = Recorder("/shoot/13-1.wav", Fraction(500), Fraction(100), ("Boom", "MIX"))
    other = Camera("/shoot/A002.mov", Fraction(510), Fraction(60), event="scene")
    video = files.track("V1", "Video", used(), used(path=other.path))
    conform = bench.plan(Shoot.of(CAMERA, other, RECORDER, later), video)
    tracks = [change.track for change in conform.changes.changes if isinstance(change, PlaceClip)]
    assert tracks == ["MIX", "BOOM", "BOOM", "MIX"]


def test_synced_by_hand_is_left_alone(bench: Bench) -> None:
    group: Json = {"metadata": {"Resolve_OTIO": {"Link Group ID": 3}}}
    video, audio = used(**group), files.clip("BOOM", "/shoot/x.wav", files.span(S, 20 * S, 24.0), **group)
    conform = bench.plan(Shoot.of(CAMERA, MONO), files.track("V", "Video", video), files.track("A", "Audio", audio))
    assert conform.outcomes == () and conform.changes.changes == ()


def test_link_group_is_joined(bench: Bench) -> None:
    conform = bench.plan(
        Shoot.of(CAMERA, MONO), *pair(metadata={"Resolve_OTIO": {"Link Group ID": 3}}), metadata=files.RESOLVE
    )
    place = conform.changes.changes[0]
    assert isinstance(place, PlaceClip) and place.link == "3"


def test_the_cameras_own_file_is_no_recording(bench: Bench) -> None:
    itself = Recorder(CAMERA.path, CAMERA.start, CAMERA.duration, ("A1", "A2"))
    conform = bench.plan(Shoot.of(CAMERA, itself), *pair())
    assert [refusal.reason for refusal in conform.refusals] == ["no_recordings"]


def test_disabled_clips_are_left_alone(bench: Bench) -> None:
    assert bench.plan(Shoot.of(CAMERA, MONO), *pair(enabled=False)).outcomes == ()


def test_plan_without_rendering_names_the_same_changes(bench: Bench) -> None:
    dry = bench.plan(Shoot.of(CAMERA, RECORDER), *pair(), render=False)
    assert not (bench.folder / "out.twopop").exists()
    wet = bench.plan(Shoot.of(CAMERA, RECORDER), *pair())
    assert [change.id for change in dry.changes.changes] == [change.id for change in wet.changes.changes]


def test_unused_recordings_are_told(bench: Bench) -> None:
    stranger = Recorder("/shoot/31-5.wav", S, 9 * S, event="another day")
    elsewhere = Recorder("/shoot/12A-2.wav", CAMERA.start + 45, 9 * S)
    notes = bench.plan(Shoot.of(CAMERA, MONO, stranger, elsewhere), *pair()).notes
    assert notes == (
        "12A-2 (12A-2.wav) fits a camera's file but no clip on the timeline.",
        "31-5 (31-5.wav) matches no clip: nothing in it sounds like the camera's file.",
    )


def test_output_folder_that_cannot_be_made(bench: Bench) -> None:
    (bench.folder / "file").write_text("")
    with pytest.raises(OutputUnwritable, match="file/below"):
        bench.plan(Shoot.of(CAMERA, RECORDER), *pair(), output_dir=bench.folder / "file" / "below")


def test_progress_never_falls(bench: Bench) -> None:
    seen: list[float] = []
    cameras = [Camera(f"/shoot/A{index}.mov", CAMERA.start, CAMERA.duration) for index in range(9)]
    picture = files.track("V1", "Video", *(used(path=camera.path) for camera in cameras))
    source = files.save(files.timeline(picture), bench.folder / "in.otio")
    host = OtioHost(source, bench.folder / "out.otio")

    def watch(progress: operations_pb2.Progress) -> None:
        seen.append(progress.fraction)

    options = SyncOptions((Path("/sound"),), bench.folder / "out.twopop")
    plan(host, Shoot.of(*cameras, RECORDER), options, watch=watch)
    assert len(seen) >= 9 and seen == sorted(seen) and seen[-1] == 1


def test_report_has_a_row_for_each_recording_and_refusal(bench: Bench) -> None:
    gone = used(path="/shoot/gone.mov")
    conform = bench.plan(Shoot.of(CAMERA, MONO), files.track("V1", "Video", gone, used()))
    request = report_request(conform, "/out.twopop/report.html")
    refused, placed = request.clips
    assert refused.match.verdict == sync_pb2.MATCH_VERDICT_REFUSED and refused.match.reason == "offline"
    assert placed.match.start_s == -10 and placed.other_paths == [MONO.path]
    assert placed.record_timecode == "00:00:20:00" and placed.reference_range.start.numerator == 10
    assert (request.frame_rate.numerator, request.frame_rate.denominator) == (24, 1)
    assert len(request.changes) == len(conform.changes.changes)


def test_report_names_no_path_of_another_machine(bench: Bench) -> None:
    conform = bench.plan(Shoot.of(CAMERA, MONO), files.track("V1", "Video", used(path="F:\\shoot\\A001.mov")))
    (row,) = report_request(conform, "/out.twopop/report.html").clips
    assert row.reference_path == "" and "a Windows drive that this machine does not have" in row.outcome


def test_names_that_are_not_unicode_text_reach_the_report(bench: Bench) -> None:
    clip = used() | {"name": "x\ud800"}
    conform = bench.plan(Shoot.of(CAMERA, MONO), files.track("V1", "Video", clip))
    assert [row.name for row in report_request(conform, "/out.twopop/report.html").clips] == ["x?"]


def again_after(bench: Bench, shoot: Shoot, alter: Callable[[Json], None], **options: Any) -> Plan:
    """Conforms the plainest timeline, lets a user do something to the result, and plans again."""
    source = files.save(files.timeline(*pair()), bench.folder / "in.otio")
    host = OtioHost(source, bench.folder / "first.otio")
    chosen = SyncOptions(**{"sound": (Path("/sound"),), "output_dir": bench.folder / "first.twopop", **options})
    host.apply(plan(host, shoot, chosen).changes)
    root = json.loads(host.output.read_text())
    alter(root)
    edited = files.save(root, bench.folder / "edited.otio")
    onward = replace(chosen, scratch="mute")
    return plan(OtioHost(edited, bench.folder / "second.otio"), shoot, onward)


def tracks_of(root: Json) -> list[list[Json]]:
    return [track["children"] for track in root["tracks"]["children"]]


def move_camera(root: Json) -> None:
    for children in tracks_of(root)[:2]:
        children.insert(0, files.gap(4 * S, 24.0))


def move_all(root: Json) -> None:
    for children in tracks_of(root):
        children.insert(0, files.gap(4 * S, 24.0))


def extend_camera(root: Json) -> None:
    for children in tracks_of(root)[:2]:
        children[0]["source_range"]["duration"]["value"] += 24 * 8


def trim_all(root: Json) -> None:
    """Takes two seconds off every head."""
    for children in tracks_of(root):
        span = children[0]["source_range"]
        span["start_time"]["value"] += 2 * span["start_time"]["rate"]
        span["duration"]["value"] -= 2 * span["duration"]["rate"]


@pytest.mark.parametrize(
    ("alter", "verdict", "reason"),
    [
        (lambda root: None, "present", ""),
        (move_all, "present", ""),
        (trim_all, "present", ""),
        (move_camera, "refused", "moved"),
        (extend_camera, "refused", "incomplete"),
    ],
)
def test_sound_that_is_there_counts_only_while_it_serves(
    bench: Bench, alter: Callable[[Json], None], verdict: str, reason: str
) -> None:
    again = again_after(bench, Shoot.of(CAMERA, RECORDER), alter)
    (outcome,) = again.outcomes
    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    assert not any(isinstance(change, PlaceClip) for change in again.changes.changes)
    assert kinds(again) == (["AddMarker"] if reason else [])


def test_placed_sound_that_is_gone_is_said(bench: Bench) -> None:
    shoot = Shoot.of(CAMERA, RECORDER)
    again = again_after(bench, shoot, lambda root: shoot.rendered.clear())
    assert [outcome.reason for outcome in again.outcomes] == ["placed_offline"]
    assert "is missing; undo and conform again" in again.outcomes[0].sentence


def test_scratch_is_silenced_when_that_is_asked_for_only_now(bench: Bench) -> None:
    again = again_after(bench, Shoot.of(CAMERA, RECORDER), lambda root: None, scratch="keep")
    assert [outcome.verdict for outcome in again.outcomes] == ["present"]
    assert kinds(again) == ["SetEnabled"]


def test_offline_picture_linked_to_its_offline_sound_is_refused(bench: Bench) -> None:
    """Nobody knows whose offline sound is: it does not mean that the clip was put in sync."""
    link = {"Resolve_OTIO": {"Link Group ID": 1}}
    gone = files.clip("A001", None, files.span(10 * S, 20 * S, 24.0), metadata=link)
    tracks = files.track("V1", "Video", gone), files.track("A1", "Audio", gone)
    conform = bench.plan(Shoot.of(RECORDER), *tracks, metadata=files.RESOLVE)
    assert [refusal.reason for refusal in conform.refusals] == ["offline"]


def test_recorder_sound_that_lies_there_untagged_is_not_doubled(bench: Bench) -> None:
    boom = files.clip("12A-3", MONO.path, files.span(20 * S, 20 * S, 24.0))
    conform = bench.plan(Shoot.of(CAMERA, MONO), *pair(), files.track("BOOM", "Audio", boom))
    assert [(o.verdict, o.sentence) for o in conform.outcomes] == [
        ("present", "12A-3 lies under it already; nothing was added.")
    ]
    assert conform.changes.changes == () and not any("matches no clip" in note for note in conform.notes)
