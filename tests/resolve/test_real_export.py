"""A real export of Resolve in the fake: read, conformed both ways, and nothing of it lost that was not to change."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from resolve.bench import Kind, session
from resolve.fake.exchange import Importer, exported
from resolve.fake.media import note_facts
from resolve.fake.model import Line, ProjectState
from resolve.fake.world import World
from resolve.stage import Stage
from shoot import Camera, Recorder
from twopop_actions.changes import AddMarker, PlaceClip, SetEnabled, SetGainKeys
from twopop_actions.task import Done, Task
from twopop_resolve.in_place import InPlaceHost
from twopop_resolve.new_timeline import NewTimelineHost

SAMPLE = Path(__file__).parents[3] / "shared" / "media" / "timelines" / "resolve_export_effects.otio"
pytestmark = pytest.mark.skipif(not SAMPLE.is_file(), reason="real timelines: ../shared/media/timelines is absent")
SOUND = "06_Mayu_Sfx_ladderStruggleAhhagg.wav"
SHOT = "sq0100_sh0020_layout_v005.mp4"
TEMPERS: list[tuple[str, ...]] = [(), ("end_inclusive", "link_lies")]
Json = dict[str, Any]


def clips_of(root: Json) -> list[Json]:
    tracks = root["tracks"]["children"]
    return [item for track in tracks for item in track["children"] if item["OTIO_SCHEMA"] == "Clip.2"]


def with_media(folder: Path, offline: bool) -> Json:
    """The sample with its media in a folder; what is offline in it is so still, or is there too.

    The second layout shot becomes a camera clip with its linked sound on the second audio track.
    """
    root: Json = json.loads(SAMPLE.read_text())
    tracks = root["tracks"]["children"]
    shot = next(clip for clip in tracks[4]["children"] if clip["name"] == SHOT)
    sound = tracks[9]["children"][1]
    sound["media_references"] = json.loads(json.dumps(shot["media_references"]))
    for clip in (shot, sound):
        clip["metadata"]["Resolve_OTIO"]["Link Group ID"] = 4
    for clip in clips_of(root):
        media = clip["media_references"]["DEFAULT_MEDIA"]
        old = media.get("target_url") or media["metadata"]["Resolve_OTIO"]["Media Url"]
        path = folder / Path(old).name
        is_shot = path.name == SHOT
        if media["OTIO_SCHEMA"] == "ExternalReference.1" or is_shot or not offline:
            media.update({"OTIO_SCHEMA": "ExternalReference.1", "target_url": str(path), "metadata": {}})
            frames = max(media["available_range"]["duration"]["value"], 700 if is_shot else 0)
            media["available_range"]["duration"]["value"] = frames
            note_facts(path, Fraction(int(frames), 24), Fraction(24))
    return root


def conformed(kind: Kind, root: Json, folder: Path, oddities: tuple[str, ...]) -> tuple[World, Line, Done]:
    project = ProjectState("Picchu", "24")
    line = Importer(project).accept(root, "Animatic 16")
    project.lines.append(line)
    project.current = line.id
    world = World(project, oddities)
    stage = Stage.with_files(
        Camera(str(folder / SHOT), Fraction(0), Fraction(700, 24)),
        Recorder("/sound/1.wav", Fraction(-20), Fraction(200), ("MIX", "BOOM"), 40.0, time_reference=172800000),
    )
    host = kind(session(world), folder / "Animatic 16.twopop")
    done = Task.prepare("conform", host, {"sound": ("/sound",)}).run(stage)
    return world, line, done


def blocks(root: Json, skipped: frozenset[str] = frozenset()) -> Counter[str]:
    """Every effect, link, channel map, marker and transition, as canonical text with where it stands."""
    found: Counter[str] = Counter()
    for number, track in enumerate(root["tracks"]["children"]):
        for item in track["children"]:
            if item["OTIO_SCHEMA"] == "Transition.1":
                found[json.dumps([number, item], sort_keys=True)] += 1
            elif item["OTIO_SCHEMA"] == "Clip.2":
                parts = {"effects": item["effects"], "markers": item["markers"], "metadata": item["metadata"]}
                for name, part in parts.items():
                    if f"{number} {item['name']} {name}" not in skipped:
                        found[json.dumps([number, item["name"], name, part], sort_keys=True)] += 1
    return found


def marked(done: Done) -> frozenset[str]:
    """Where the markers of clips are told that got one of ours."""
    changes = [change for change in done.plan.changes.changes if isinstance(change, AddMarker)]
    return frozenset(f"{change.target.track} {change.target.name} markers" for change in changes)


def test_the_fake_gives_the_sample_back_as_it_is(tmp_path: Path) -> None:
    root = with_media(tmp_path, offline=True)
    project = ProjectState("Picchu", "24")
    line = Importer(project).accept(root, "Animatic 16")
    assert blocks(exported(line, project)) == blocks(root)


@pytest.mark.parametrize("oddities", TEMPERS)
@pytest.mark.parametrize("offline", [False, True])
def test_conform_to_a_new_timeline(tmp_path: Path, oddities: tuple[str, ...], offline: bool) -> None:
    root = with_media(tmp_path, offline)
    world, line, done = conformed(NewTimelineHost, root, tmp_path, oddities)
    assert done.applied and done.applied.output == "Animatic 16 (twopop)", world.refusals
    assert done.applied.applied == tuple(change.id for change in done.plan.changes.changes)
    assert exported(line, world.open) == exported(Importer(world.open).accept(root, "again"), world.open)
    new = world.open.line()
    assert new
    after = exported(new, world.open)
    changed = marked(done) | {f"9 {SOUND} effects"}
    assert not blocks(root, changed) - blocks(after, changed)
    assert [track.name for track in new.tracks][-2:] == ["MIX", "BOOM"]
    check_sound(new, done)
    stand_ins = [note for note in done.applied.notes if "stand-in" in note]
    assert len(stand_ins) == offline and (not offline or stand_ins[0].startswith("16 offline clip(s)"))
    host = NewTimelineHost(session(world), tmp_path / "Animatic 16.twopop")
    assert set(host.undo()) == set(done.applied.applied)
    assert [one.name for one in world.open.lines] == ["Animatic 16"] and world.open.line() is line


@pytest.mark.parametrize("oddities", TEMPERS)
def test_place_in_place(tmp_path: Path, oddities: tuple[str, ...]) -> None:
    root = with_media(tmp_path, offline=True)
    world, line, done = conformed(InPlaceHost, root, tmp_path, oddities)
    assert (
        done.applied
        and done.applied.output == "Animatic 16"
        and [one.name for one in world.open.lines] == ["Animatic 16"]
    )
    assert not blocks(root, marked(done)) - blocks(exported(line, world.open), marked(done))
    check_sound(line, done)
    was_off = [clip["name"] for clip in clips_of(root) if not clip["enabled"]]
    assert Counter(clip.name for clip in line.clips() if not clip.enabled) == Counter([*was_off, SOUND])


def check_sound(line: Line, done: Done) -> None:
    """The placed clips play the camera's moments: the truth of the shoot, to the frame."""
    places = [change for change in done.plan.changes.changes if isinstance(change, PlaceClip)]
    assert len(places) == 2
    kinds = {type(change) for change in done.plan.changes.changes}
    assert kinds in ({PlaceClip, AddMarker, SetGainKeys}, {PlaceClip, AddMarker, SetEnabled})
    for change, track in zip(places, line.tracks[-2:], strict=True):
        (clip,) = track.clips
        assert (clip.start, clip.duration) == (int(change.record_start * 24), int(change.media.duration * 24))
        assert clip.offset == change.media.start * 24
        assert clip.url == change.media.path
