"""Applying and undoing: in whole, in part, on timelines that moved on, and after others worked on the result."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import otio_files as files
from otio_files import Json
from renderer import plays
from shoot import Camera, Recorder, Shoot
from twopop.errors import ChangesUnreadable, OptionInvalid, OutputUnwritable, TimelineMoved
from twopop_actions.changes import AddTake, Change, ChangeList, GainKey, MediaStretch, PlaceClip, SetGainKeys, SlipAudio
from twopop_actions.conform import plan
from twopop_actions.sync.step import SyncOptions
from twopop_otio.host import OtioHost, undo_file, work_folder

S = Fraction(1)
CAMERA = Camera("/shoot/A001.mov", Fraction(100), Fraction(90))
RECORDER = Recorder("/shoot/12A-3.wav", Fraction(90), Fraction(200), ("MIX", "BOOM"), drift_ppm=60.0)
SHOOT = Shoot.of(CAMERA, RECORDER)
VOLUME: Json = {
    "OTIO_SCHEMA": "Effect.1", "name": "", "effect_name": "Resolve Effect",
    "metadata": {"Resolve_OTIO": {
        "Effect Name": "Fairlight Clip Volume and Fades", "Enabled": True, "Name": "Volume", "Type": 62,
        "Parameters": [{"Parameter ID": "volume", "Parameter Value": -16.999998092651367, "Key Frames": {}},
                       {"Parameter ID": "faderOut", "Parameter Value": 12}],
    }},
}  # fmt: skip


def used(start: int, length: int, **more: Any) -> Json:
    return files.clip(f"A001-{start}", CAMERA.path, files.span(start * S, length * S, 24.0), **more)


def cut(metadata: Json | None = None, **more: Any) -> Json:
    """Three shots with their scratch sound, a gap between the second and the third."""
    shots = [used(5, 10, **more), used(20, 10, **more), files.gap(5 * S, 24.0), used(50, 10, **more)]
    sounds = json.loads(json.dumps(shots))
    return files.timeline(files.track("V1", "Video", *shots), files.track("A1", "Audio", *sounds), metadata=metadata)


def conform(folder: Path, root: Json, only: tuple[str, ...] = ()) -> tuple[Path, ChangeList]:
    host = OtioHost(files.save(root, folder / "in.otio"), folder / "out.otio")
    planned = plan(host, SHOOT, SyncOptions((Path("/sound"),), work_folder(host.output)))
    host.apply(planned.changes, only)
    return host.output, planned.changes


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def save(path: Path, root: Any) -> None:
    path.write_text(json.dumps(root))


def without_tags(node: Any) -> Any:
    """What an editor leaves that drops metadata which it does not know."""
    if isinstance(node, dict):
        return {key: without_tags(value) for key, value in node.items() if key != "twopop"}
    return [without_tags(item) for item in node] if isinstance(node, list) else node


def test_input_is_untouched_and_changes_are_kept(tmp_path: Path) -> None:
    before = json.dumps(cut(), indent=4)
    output, changes = conform(tmp_path, cut())
    assert (tmp_path / "in.otio").read_text() == before
    assert ChangeList.loads((work_folder(output) / "changes.json").read_text()) == changes
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.otio", "out.otio", "out.twopop"]


def test_gaps_between_placed_clips_are_exact(tmp_path: Path) -> None:
    output, _ = conform(tmp_path, cut())
    boom = next(track for track in load(output)["tracks"]["children"] if track["name"] == "BOOM")
    assert [child["OTIO_SCHEMA"] for child in boom["children"]] == ["Clip.2", "Clip.2", "Gap.1", "Clip.2"]
    assert boom["children"][2]["source_range"]["duration"]["value"] == 120.0


def test_part_then_the_rest_is_the_whole(tmp_path: Path) -> None:
    """What is placed in a later run goes into the gap of the track that the first one made."""
    output, changes = conform(tmp_path, cut())
    whole = {(p.track, p.start, p.name) for p in plays(output)}
    first, middle, last = dict.fromkeys(change.clip for change in changes.changes)
    host = OtioHost(tmp_path / "in.otio", tmp_path / "part.otio")
    done = host.apply(changes, (first, last))
    assert len(done.applied) == 6 and done.present == ()
    assert {p.name for p in plays(host.output) if not p.enabled} == {"A001-5", "A001-50"}
    rest = OtioHost(host.output, tmp_path / "rest.otio")
    done = rest.apply(changes)
    assert len(done.applied) == 3 and len(done.present) == 6
    assert {(p.track, p.start, p.name) for p in plays(rest.output)} == whole
    assert set(undo_file(rest.output)) == {change.id for change in changes.changes}
    assert load(rest.output) == load(tmp_path / "in.otio")
    assert middle not in (first, last)


def test_unknown_id_applies_nothing(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalid, match="no change has the id beef"):
        conform(tmp_path, cut(), ("beef",))
    assert not (tmp_path / "out.otio").exists()


def _shortened(root: Json) -> None:
    root["tracks"]["children"][0]["children"][0]["source_range"]["duration"]["value"] -= 1


def _renamed(root: Json) -> None:
    root["tracks"]["children"][0]["children"][1]["name"] = "other"


def _rippled(root: Json) -> None:
    root["tracks"]["children"][0]["children"].insert(0, files.gap(S, 24.0))


def _widened(root: Json) -> None:
    root["tracks"]["children"][0]["children"][2]["source_range"]["duration"]["value"] += 1


def _removed(root: Json) -> None:
    del root["tracks"]["children"][1]


def _dimmed(root: Json) -> None:
    root["tracks"]["children"][1]["children"][0]["effects"].append({"OTIO_SCHEMA": "Effect.1", "metadata": {}})


@pytest.mark.parametrize("move", [_shortened, _renamed, _rippled, _widened, _removed, _dimmed])
def test_moved_timeline_is_refused_whole(tmp_path: Path, move: Any) -> None:
    _, changes = conform(tmp_path, cut())
    root = cut()
    move(root)
    host = OtioHost(files.save(root, tmp_path / "moved.otio"), tmp_path / "late.otio")
    with pytest.raises(TimelineMoved, match="was changed or removed since the change list was made; plan it again"):
        host.apply(changes)
    assert not host.output.exists() and not work_folder(host.output).exists()


def test_changes_elsewhere_do_not_matter(tmp_path: Path) -> None:
    _, changes = conform(tmp_path, cut())
    root = cut()
    root["tracks"]["children"].append(files.track("MUSIC", "Audio", files.clip("m", "/m.wav", files.span(S, S, 24.0))))
    root["name"] = "new name"
    host = OtioHost(files.save(root, tmp_path / "late.otio"), tmp_path / "later.otio")
    assert len(host.apply(changes).applied) == 9
    assert [track["name"] for track in load(host.output)["tracks"]["children"]] == ["V1", "A1", "MUSIC", "MIX", "BOOM"]


def test_sound_in_the_way_is_never_overwritten(tmp_path: Path) -> None:
    output, changes = conform(tmp_path, cut())
    root = load(output)
    boom = next(track for track in root["tracks"]["children"] if track["name"] == "BOOM")
    stranger = files.clip("door", "/door.wav", files.span(S, 25 * S, 24.0))
    boom["children"] = [stranger]
    save(output, root)
    late = [replace(c, id=f"new{i}") for i, c in enumerate(changes.changes) if isinstance(c, PlaceClip)]
    host = OtioHost(output, tmp_path / "again.otio")
    with pytest.raises(TimelineMoved, match="track BOOM"):
        host.apply(replace(changes, changes=tuple(late[1:2])))


def test_undo_leaves_what_others_did(tmp_path: Path) -> None:
    output, _ = conform(tmp_path, cut())
    root = load(output)
    tracks = {track["name"]: track for track in root["tracks"]["children"]}
    stranger = files.clip("door", "/door.wav", files.span(S, 3 * S, 24.0))
    tracks["BOOM"]["children"].append(stranger)
    tracks["V1"]["children"][0]["markers"].append({"OTIO_SCHEMA": "Marker.2", "name": "mine", "metadata": {}})
    tracks["A1"]["children"][1]["enabled"] = True
    save(output, root)
    undo_file(output)
    after = {track["name"]: track for track in load(output)["tracks"]["children"]}
    assert list(after) == ["V1", "A1", "BOOM"]
    assert [child["OTIO_SCHEMA"] for child in after["BOOM"]["children"]] == ["Gap.1", "Clip.2"]
    assert after["BOOM"]["children"][0]["source_range"]["duration"]["value"] == 35 * 24
    assert [marker["name"] for marker in after["V1"]["children"][0]["markers"]] == ["mine"]
    assert after["A1"] == cut()["tracks"]["children"][1]


@pytest.mark.parametrize("metadata", [None, files.RESOLVE])
def test_undo_without_tags_goes_by_the_change_list(tmp_path: Path, metadata: Json | None) -> None:
    root = cut(metadata, effects=[VOLUME] if metadata else [])
    output, changes = conform(tmp_path, root)
    save(output, without_tags(load(output)))
    assert set(undo_file(output)) == {change.id for change in changes.changes}
    assert load(output) == root


def test_undo_without_tags_and_change_list_does_nothing(tmp_path: Path) -> None:
    output, _ = conform(tmp_path, cut())
    bare = without_tags(load(output))
    save(output, bare)
    (work_folder(output) / "changes.json").unlink()
    assert undo_file(output) == ()
    assert load(output) == bare


def test_undo_with_a_damaged_change_list_says_so(tmp_path: Path) -> None:
    output, _ = conform(tmp_path, cut())
    (work_folder(output) / "changes.json").write_text("{")
    text = output.read_text()
    with pytest.raises(ChangesUnreadable, match=r"changes\.json"):
        undo_file(output)
    assert output.read_text() == text


def test_undo_elsewhere_keeps_the_conformed_file(tmp_path: Path) -> None:
    output, _ = conform(tmp_path, cut())
    text = output.read_text()
    undo_file(output, tmp_path / "back.otio")
    assert output.read_text() == text
    assert load(tmp_path / "back.otio") == cut()
    with pytest.raises(OutputUnwritable, match="it exists"):
        undo_file(output, tmp_path / "back.otio")


def test_undo_of_nothing_leaves_the_file_as_it_is_spelt(tmp_path: Path) -> None:
    path = files.save(cut(), tmp_path / "in.otio")
    path.write_text(text := json.dumps(cut(), indent=1))
    assert undo_file(path) == ()
    assert path.read_text() == text


def test_run_after_an_editor_dropped_the_tags_places_nothing_twice(tmp_path: Path) -> None:
    output, _ = conform(tmp_path, cut(files.RESOLVE))
    save(output, without_tags(load(output)))
    host = OtioHost(output, tmp_path / "again.otio")
    planned = plan(host, SHOOT, SyncOptions((Path("/sound"),), work_folder(output)))
    assert planned.changes.changes == ()


def test_later_sound_answers_an_earlier_refusal(tmp_path: Path) -> None:
    host = OtioHost(files.save(cut(), tmp_path / "in.otio"), tmp_path / "out.otio")
    options = SyncOptions((Path("/sound"),), work_folder(host.output))
    host.apply(plan(host, Shoot.of(CAMERA), options).changes)
    assert host.output.read_text().count("no matching sound") == 3
    later = OtioHost(host.output, tmp_path / "later.otio")
    later.apply(plan(later, SHOOT, options).changes)
    assert "no matching sound" not in later.output.read_text()
    assert len([play for play in plays(later.output) if play.track == "BOOM"]) == 3
    undo_file(later.output)
    assert load(later.output) == cut()


def test_gain_is_muted_and_put_back_to_the_digit(tmp_path: Path) -> None:
    root = cut(files.RESOLVE, effects=[VOLUME])
    output, changes = conform(tmp_path, root)
    scratch = [play for play in plays(output) if play.track == "A1"]
    assert all(play.gain_db == -100 and play.enabled for play in scratch)
    fader = scratch[0].clip["effects"][0]["metadata"]["Resolve_OTIO"]["Parameters"][0]
    assert fader == {"Parameter ID": "faderOut", "Parameter Value": 12}
    assert sum(isinstance(change, SetGainKeys) for change in changes.changes) == 3
    undo_file(output)
    assert load(output) == root


def single(root: Json, folder: Path, make: Any) -> Path:
    """Applies one change to the first scratch clip."""
    host = OtioHost(files.save(root, folder / "in.otio"), folder / "out.otio")
    read = host.read()
    clip = next(clip for clip in read.clips if clip.kind == "audio")
    change: Change = make(clip.target)
    host.apply(ChangeList(read.source, read.digest, read.timebase, (change,)))
    return host.output


def test_gain_keys_stand_at_frames(tmp_path: Path) -> None:
    keys = (GainKey(Fraction(0), 0.0), GainKey(Fraction(1), -12.0), GainKey(Fraction(2), None))
    output = single(cut(files.RESOLVE), tmp_path, lambda target: SetGainKeys("g", "c", target, keys, None, "ducking"))
    effect = load(output)["tracks"]["children"][1]["children"][0]["effects"][0]
    frames = effect["metadata"]["Resolve_OTIO"]["Parameters"][0]["Key Frames"]
    assert {key: value["Value"] for key, value in frames.items()} == {"0": 0.0, "24": -12.0, "48": -100.0}
    undo_file(output)
    assert load(output) == cut(files.RESOLVE)


@pytest.mark.parametrize("delay_s", [Fraction(1, 8), Fraction(-1, 8), Fraction(1, 3000)])
def test_slipped_sound_comes_later(tmp_path: Path, delay_s: Fraction) -> None:
    output = single(cut(), tmp_path, lambda target: SlipAudio("s", "c", target, delay_s))
    sound = next(play for play in plays(output) if play.track == "A1")
    assert abs(sound.source(sound.start + delay_s) - 5) < Fraction(1, 10**9)
    assert sound.start == 0 and sound.end == 10
    undo_file(output)
    assert load(output) == cut()


def test_slip_beyond_the_media_is_refused(tmp_path: Path) -> None:
    root = cut()
    reference = root["tracks"]["children"][1]["children"][0]["media_references"]["DEFAULT_MEDIA"]
    reference["available_range"] = files.span(S, 30 * S, 24.0)
    with pytest.raises(OptionInvalid, match="too little media to be slipped by 6000"):
        single(root, tmp_path, lambda target: SlipAudio("s", "c", target, Fraction(6)))


TAKE = MediaStretch("/lips/A001 new.wav", Fraction(2), Fraction(10), Fraction(20), 48000, (0,), -1)


@pytest.mark.parametrize("active", [True, False])
def test_take_is_in_sync_whether_active_or_not(tmp_path: Path, active: bool) -> None:
    output = single(cut(), tmp_path, lambda target: AddTake("t", "c", target, "new", TAKE, active, {}))
    root = load(output)
    clip = root["tracks"]["children"][1]["children"][0]
    assert set(clip["media_references"]) == {"DEFAULT_MEDIA", "new"}
    assert clip["active_media_reference_key"] == ("new" if active else "DEFAULT_MEDIA")
    clip["active_media_reference_key"] = "new"
    save(tmp_path / "switched.otio", root)
    sound = next(play for play in plays(tmp_path / "switched.otio") if play.track == "A1")
    assert sound.file == TAKE.path and sound.source(sound.start) == 2
    undo_file(output)
    assert load(output) == cut()


def test_take_of_a_name_that_is_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalid, match="has a take of the name DEFAULT_MEDIA already"):
        single(cut(), tmp_path, lambda target: AddTake("t", "c", target, "DEFAULT_MEDIA", TAKE, True, {}))
