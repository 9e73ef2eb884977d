"""Conform on clips whose own sound is heard: what is slipped, what is only marked, and what is left alone."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import otio_files as files
from otio_files import Json
from renderer import plays
from shoot import Camera, Recorder, Shoot
from twopop.errors import ModelMissing
from twopop.timing import range_from_wire, range_to_wire
from twopop.v1 import sync_pb2
from twopop_actions.changes import AddMarker, PlaceClip, SetEnabled, SlipAudio
from twopop_actions.conform import plan
from twopop_actions.lipsync.asking import MOST_AT_ONCE, MOST_WITH_EVIDENCE, measure_all
from twopop_actions.lipsync.judging import PictureOutcome
from twopop_actions.lipsync.measured import STANDARDS, is_tolerable, offset_within
from twopop_actions.lipsync.step import joined
from twopop_actions.plan import Plan
from twopop_actions.report import report_request
from twopop_actions.sync.step import SyncOptions
from twopop_actions.task import Task
from twopop_client.connection import Watch
from twopop_engine.sync.assess import standards
from twopop_otio.host import OtioHost, undo_file

EARLY = Camera("/shoot/A001.mov", Fraction(100), Fraction(60), lead_s=0.125)
S = Fraction(1)


@dataclass
class Bench:
    """Conforms timelines in a folder."""

    folder: Path
    host: OtioHost | None = None

    def plan(self, shoot: Shoot, *tracks: Json, metadata: Json | None = None, **options: Any) -> Plan:
        """Plans a conform of some tracks without a recorder."""
        source = files.save(files.timeline(*tracks, metadata=metadata), self.folder / "in.otio")
        return self.again(shoot, source, "out.otio", **options)

    def again(self, shoot: Shoot, source: Path, output: str, **options: Any) -> Plan:
        """Plans a conform of a file."""
        self.host = OtioHost(source, self.folder / output)
        chosen = SyncOptions(**{"sound": (), "output_dir": self.folder / "out.twopop", **options})
        return plan(self.host, shoot, chosen)

    def apply(self, conform: Plan) -> Path:
        """Applies a plan; the output."""
        assert self.host
        return Path(self.host.apply(conform.changes).output)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def used(start: Fraction = 10 * S, length: Fraction = 20 * S, camera: Camera = EARLY, **more: Any) -> Json:
    """A clip that uses a stretch of a file."""
    return files.clip(Path(camera.path).stem, camera.path, files.span(start, length, 24.0), **more)


def pair(*clips: Json) -> tuple[Json, Json]:
    """Pictures and their own sound."""
    shown = clips or (used(),)
    return files.track("V1", "Video", *shown), files.track("A1", "Audio", *shown)


def only(conform: Plan) -> PictureOutcome:
    (outcome,) = conform.pictures
    return outcome


def test_early_sound_is_slipped_later_and_marked(bench: Bench) -> None:
    conform = bench.plan(Shoot.of(EARLY), *pair())
    slip, marker = conform.changes.changes
    assert isinstance(slip, SlipAudio) and slip.delay_s == Fraction(1, 8) and slip.target.track == 1
    assert isinstance(marker, AddMarker) and marker.target.track == 0 and "sound slipped" in marker.name
    assert only(conform).verdict == "slipped" and "leads by 125 ms" in only(conform).sentence
    assert conform.refusals == () and conform.outcomes == ()
    assert "No folder with recorder sound was named" in conform.notes[0]
    sound = next(play for play in plays(bench.apply(conform)) if play.track == "A1")
    assert sound.source(sound.start + Fraction(1, 8)) == 10 and sound.start == 0 and sound.end == 20


def test_undo_takes_slip_and_marker_back(bench: Bench) -> None:
    output = bench.apply(bench.plan(Shoot.of(EARLY), *pair()))
    assert output.read_text() != (bench.folder / "in.otio").read_text()
    assert len(undo_file(output)) == 2
    assert list(plays(output)) == list(plays(bench.folder / "in.otio"))


def test_a_second_run_slips_nothing_twice(bench: Bench) -> None:
    output = bench.apply(bench.plan(Shoot.of(EARLY), *pair()))
    shoot = Shoot.of(replace(EARLY, lead_s=0.131))  # measured anew, it is never quite the same
    again = bench.again(shoot, output, "again.otio")
    assert again.changes.changes == () and only(again).verdict == "present" and again.is_present
    assert "assess" not in shoot.calls


def test_a_slipped_clip_that_was_cut_since_is_not_slipped_twice(bench: Bench) -> None:
    output = bench.apply(bench.plan(Shoot.of(EARLY), *pair()))
    root = json.loads(output.read_text())
    for track in root["tracks"]["children"]:
        track["children"][0]["source_range"]["duration"]["value"] -= 24
    root["tracks"]["children"][1]["children"][0]["metadata"]["Resolve_OTIO"] = {"Link Group ID": 1}
    root["tracks"]["children"][0]["children"][0]["metadata"]["Resolve_OTIO"] = {"Link Group ID": 1}
    root["metadata"]["Resolve_OTIO"] = files.RESOLVE["Resolve_OTIO"]
    cut = files.save(root, bench.folder / "cut.otio")
    again = bench.again(Shoot.of(EARLY), cut, "again.otio")
    assert only(again).verdict == "in_sync" and again.changes.changes == ()


def test_what_was_slipped_by_hand_counts(bench: Bench) -> None:
    link = {"Resolve_OTIO": {"Link Group ID": 1}}
    tracks = (
        files.track("V1", "Video", used(metadata=link)),
        files.track("A1", "Audio", used(start=10 * S - Fraction(1, 8), metadata=link)),
    )
    conform = bench.plan(Shoot.of(EARLY), *tracks, metadata=files.RESOLVE)
    assert only(conform).verdict == "in_sync" and conform.changes.changes == ()
    wrong_way = replace(EARLY, lead_s=-0.125)
    slip = bench.plan(Shoot.of(wrong_way), *tracks, metadata=files.RESOLVE).changes.changes[0]
    assert isinstance(slip, SlipAudio) and slip.delay_s == -Fraction(1, 4)


@pytest.mark.parametrize(
    ("camera", "verdict", "words"),
    [
        (replace(EARLY, lead_s=0.040), "in_sync", "leads by 40 ms"),
        (replace(EARLY, lead_s=-0.060), "in_sync", "trails by 60 ms"),
        (replace(EARLY, lead_s=0.0), "in_sync", "its own sound is in sync"),
        (replace(EARLY, lead_s=None), "cannot_tell", "nobody is seen"),
        (replace(EARLY, least_s=30.0), "cannot_tell", "too little is said"),
        (replace(EARLY, sound=False), "cannot_tell", "no sound"),
    ],
)
def test_nothing_is_done_where_nothing_is_wrong_or_known(
    bench: Bench, camera: Camera, verdict: str, words: str
) -> None:
    conform = bench.plan(Shoot.of(camera), *pair())
    assert conform.changes.changes == () and conform.refusals == ()
    assert only(conform).verdict == verdict and words in only(conform).sentence


def test_an_offline_file_is_told(bench: Bench) -> None:
    outcome = only(bench.plan(Shoot.of(), *pair()))
    assert (outcome.verdict, outcome.reason) == ("cannot_tell", "offline") and EARLY.path in outcome.sentence


@pytest.mark.parametrize(
    ("camera", "clip", "reason", "words"),
    [
        (replace(EARLY, course="jumps"), used(), "jumps", "it jumps at 10.0 s"),
        (replace(EARLY, course="drifting", drift_ppm=4000.0), used(), "drifting", "it drifts by 80 ms"),
        (EARLY, used(start=0 * S), "no_handle", "trim its head by 125 ms"),
        (replace(EARLY, lead_s=-0.5), used(start=40 * S), "no_handle", "trim its tail by 499 ms"),
        (
            EARLY,
            files.clip("A001", EARLY.path, files.span(10 * S, 20 * S, 24.0), files.span(10 * S, 20 * S, 24.0)),
            "no_handle",
            "trim its head by 125 ms",
        ),
    ],
)
def test_what_cannot_be_mended_is_marked_red(bench: Bench, camera: Camera, clip: Json, reason: str, words: str) -> None:
    conform = bench.plan(Shoot.of(camera), *pair(clip), scratch="keep")  # beside it, a copy would be an echo
    (marker,) = conform.changes.changes
    assert isinstance(marker, AddMarker) and marker.color == "RED" and words in marker.comment
    assert [refusal.reason for refusal in conform.refusals] == [reason]
    bench.apply(conform)


HEAD = used(start=0 * S)


def test_a_copy_is_placed_where_the_file_has_nothing_to_slip_in(bench: Bench) -> None:
    shoot = Shoot.of(EARLY)
    conform = bench.plan(shoot, *pair(HEAD))
    left, right, off, marker = conform.changes.changes
    assert isinstance(left, PlaceClip) and isinstance(right, PlaceClip) and isinstance(off, SetEnabled)
    assert (left.track, right.track, off.enabled) == ("OWN 1", "OWN 2", False)
    assert isinstance(marker, AddMarker) and marker.color == "YELLOW" and "sound replaced" in marker.name
    assert only(conform).verdict == "replaced" and conform.refusals == () and "OWN 1, OWN 2" in only(conform).sentence
    for _, item in shoot.rendered.values():
        (segment,) = item.segments
        assert (item.path, segment.start_s, segment.other_start_s, segment.duration_s) == (EARLY.path, 0.125, 0, 60)
    sound = next(play for play in plays(bench.apply(conform)) if play.track == "OWN 1")
    picture_s = shoot.event_time(sound.file, sound.source(sound.end)) - EARLY.start
    assert picture_s == sound.end == 20 and sound.start <= Fraction(1, 8)


def test_a_mono_copy_is_linked_and_nothing_is_placed_twice(bench: Bench) -> None:
    shoot = Shoot.of(replace(EARLY, channels=1))
    first = bench.plan(shoot, *pair(HEAD))
    place = first.changes.changes[0]
    assert isinstance(place, PlaceClip) and place.media.path == EARLY.path and "render" not in shoot.calls
    output = bench.apply(first)
    sound = next(play for play in plays(output) if play.track == "OWN")
    assert sound.source(sound.start) == 0 and sound.start == Fraction(1, 8) and sound.end == 20
    again = bench.again(Shoot.of(EARLY), output, "again.otio")
    assert again.changes.changes == () and only(again).verdict == "present"
    assert len(undo_file(output)) == 3
    assert list(plays(output)) == list(plays(bench.folder / "in.otio"))


def test_a_dry_run_renders_nothing(bench: Bench) -> None:
    shoot = Shoot.of(EARLY)
    conform = bench.plan(shoot, *pair(HEAD), render=False)
    assert len(conform.changes.changes) == 4 and "render" not in shoot.calls
    assert not (bench.folder / "out.twopop").exists()


def test_sound_that_an_earlier_run_placed_is_not_looked_at(bench: Bench) -> None:
    recorder = Recorder("/shoot/12A-3.wav", Fraction(90), Fraction(200), ("BOOM",))
    output = bench.apply(bench.plan(Shoot.of(EARLY, recorder), *pair(), sound=(Path("/sound"),)))
    shoot = Shoot.of(EARLY)
    again = bench.again(shoot, output, "again.otio")
    assert only(again).verdict == "present" and again.changes.changes == () and shoot.assessed == []


def test_a_clip_within_one_stretch_is_slipped_by_that_ones_offset(bench: Bench) -> None:
    jumping = replace(EARLY, course="jumps")  # +125 ms, then -125 ms from the middle of what is measured on
    clips = (used(10 * S, 8 * S), used(19 * S, 9 * S))
    conform = bench.plan(Shoot.of(jumping), *pair(*clips))
    delays = [change.delay_s for change in conform.changes.changes if isinstance(change, SlipAudio)]
    assert delays == [Fraction(1, 8), -Fraction(1, 8)]


def test_a_drifting_offset_is_that_of_the_clip() -> None:
    speaker = sync_pb2.SpeakerSync(track=1, offset_s=0.1, course="drifting", drift_ppm=5000)
    for start in range(0, 40, 4):
        speaker.windows.add(start_s=start, duration_s=4, offset_s=(start + 2) * 0.005, confidence=0.9)
    speaker.windows.add(start_s=8, duration_s=4, confidence=0.1)
    offset_s, course = offset_within(speaker, 8, 16)
    assert offset_s == pytest.approx(0.06) and course == "drifting"
    assert offset_within(speaker, 50, 60) == (0.1, "drifting")
    assert offset_within(sync_pb2.SpeakerSync(offset_s=0.1), 0, 5) == (0.1, "constant")


def test_a_small_drift_is_slipped_by_its_middle(bench: Bench) -> None:
    conform = bench.plan(Shoot.of(replace(EARLY, course="drifting", drift_ppm=1500.0)), *pair())
    assert only(conform).verdict == "slipped"


def test_whole_frames_where_the_editor_has_no_others(bench: Bench) -> None:
    slip = bench.plan(Shoot.of(replace(EARLY, lead_s=0.11)), *pair(), metadata=files.RESOLVE).changes.changes[0]
    assert isinstance(slip, SlipAudio) and slip.delay_s == Fraction(3, 24)


def test_locked_sound_is_left_and_a_locked_picture_is_not_marked(bench: Bench) -> None:
    lock = {"Resolve_OTIO": {"Locked": True}}
    for picture, sound, markers in (({}, lock, 1), (lock, lock, 0)):
        tracks = (
            files.track("V1", "Video", used(), metadata=picture),
            files.track("A1", "Audio", used(), metadata=sound),
        )
        conform = bench.plan(Shoot.of(EARLY), *tracks, metadata=files.RESOLVE)
        assert only(conform).reason == "locked" and len(conform.changes.changes) == markers


def test_only_marks_or_nothing_when_asked_for(bench: Bench) -> None:
    marked = bench.plan(Shoot.of(EARLY), *pair(), own_sound="mark")
    assert [type(change) for change in marked.changes.changes] == [AddMarker] and only(marked).reason == "marked"
    shoot = Shoot.of(EARLY)
    kept = bench.plan(shoot, *pair(), own_sound="keep")
    assert kept.pictures == () and kept.changes.changes == () and shoot.calls == []


def test_clips_of_one_part_are_measured_together(bench: Bench) -> None:
    clips = (used(10 * S, 3 * S), used(12 * S, 4 * S), used(40 * S, 5 * S), used(10 * S, 3 * S))
    shoot = Shoot.of(replace(EARLY, least_s=4.5))
    conform = bench.plan(shoot, *pair(*clips))
    assert [range_from_wire(item.range) for item in shoot.assessed] == [(10 * S, 6 * S), (40 * S, 5 * S)]
    assert [picture.verdict for picture in conform.pictures] == ["slipped"] * 4
    assert len({change.id for change in conform.changes.changes}) == 8


def test_many_files_are_asked_for_in_parts() -> None:
    cameras = [replace(EARLY, path=f"/shoot/{index:03}.mov") for index in range(MOST_WITH_EVIDENCE + 20)]
    shoot, seen, evidence = Shoot.of(*cameras), [], []

    class Watching(Shoot):
        def assess(self, request: sync_pb2.AssessRequest, watch: Watch | None = None) -> sync_pb2.AssessResult:
            evidence.extend([request.options.with_evidence] * len(request.items))
            assert len(request.items) <= MOST_AT_ONCE
            return super().assess(request, watch)

    items = [sync_pb2.AssessItem(path=camera.path, range=range_to_wire(0 * S, 9 * S)) for camera in cameras]
    options = sync_pb2.AssessOptions(with_evidence=True)
    videos = measure_all(Watching(shoot.cameras), items, options, lambda progress: seen.append(progress.fraction))
    assert [video.path for video in videos] == [camera.path for camera in cameras]
    assert sum(evidence) == MOST_WITH_EVIDENCE and options.with_evidence
    assert seen == sorted(seen) and seen[-1] == 1


def test_spans_are_joined() -> None:
    assert joined([(5 * S, 6 * S), (0 * S, 2 * S), (1 * S, 4 * S), (8 * S, 9 * S)]) == [(0 * S, 6 * S), (8 * S, 9 * S)]


def test_recorder_sound_comes_first(bench: Bench) -> None:
    recorder = Recorder("/shoot/12A-3.wav", Fraction(90), Fraction(200), ("BOOM",))
    other = Camera("/shoot/B001.mov", Fraction(0), Fraction(60), event="another", lead_s=0.2)
    shoot = Shoot.of(EARLY, other, recorder)
    conform = bench.plan(shoot, *pair(used(), used(camera=other)), sound=(Path("/sound"),))
    assert [outcome.verdict for outcome in conform.outcomes] == ["placed", "refused"]
    assert [item.path for item in shoot.assessed] == [other.path]
    slips = [change for change in conform.changes.changes if isinstance(change, SlipAudio)]
    assert [slip.target.name for slip in slips] == ["B001"]
    assert any(isinstance(change, PlaceClip) for change in conform.changes.changes)


def test_pictures_alone_and_retimes_are_no_matter(bench: Bench) -> None:
    shoot = Shoot.of(EARLY)
    assert bench.plan(shoot, files.track("V1", "Video", used())).pictures == ()
    assert only(bench.plan(shoot, *pair(used(speed=2.0)))).reason == "retimed"
    assert shoot.assessed == []


def test_missing_weights_are_a_note(bench: Bench) -> None:
    class Bare(Shoot):
        def assess(self, request: sync_pb2.AssessRequest, watch: Watch | None = None) -> sync_pb2.AssessResult:
            raise ModelMissing.of("faces.mesh.v1", "Get them with `twopop models pull --default`.")

    shoot = Bare(cameras={EARLY.path: EARLY})
    conform = bench.plan(shoot, *pair())
    assert conform.pictures == () and conform.changes.changes == ()
    assert any("twopop models pull" in note for note in conform.notes)


def test_the_report_and_a_task_tell_of_them(bench: Bench) -> None:
    conform = bench.plan(Shoot.of(EARLY), *pair())
    request = report_request(conform, str(bench.folder / "report.html"))
    (video,) = request.videos
    assert video.name == "A001 at 00:00:00:00" and video.sync.speakers[0].offset_s == 0.125
    assert video.outcome == only(conform).sentence and not request.clips
    assert bench.host
    task = Task.prepare("conform", bench.host, {}, dry_run=True)
    shoot = Shoot.of(EARLY)
    assert task.plan(shoot).changes == conform.changes
    part = task.plan(shoot).only([only(conform).slot.id])
    assert len(part.changes.changes) == 2


def test_the_tolerance_and_the_names_are_the_engines() -> None:
    assert tuple(standards.STANDARDS) == STANDARDS
    judged = standards.tolerance("", Fraction(25))
    edges = [Fraction(n, 1000) for n in (-61, -60, 0, 40, 41)]
    assert [is_tolerable(edge) for edge in edges] == [judged.holds(edge) for edge in edges]
