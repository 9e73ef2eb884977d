"""`twopop resolve` in a process of its own, against the fake on disk and through a real engine on real media."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from commands import PATIENCE_S, Ended, command, twopop
from resolve.bench import session
from resolve.fake.media import note_facts
from resolve.fake.model import Clip, File, Line, ProjectState, Track
from resolve.fake.world import World
from twopop.timing import snap_rate
from twopop_actions.changes import AddTake, ChangeList, MediaStretch
from twopop_resolve.new_timeline import NewTimelineHost

FAKE = Path(__file__).parent / "fake"
RATE = Fraction(24000, 1001)
Json = dict[str, Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    yield home
    assert twopop(home, "engine", "stop").code == 0


@pytest.fixture(scope="module")
def demo(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Json:
    ended = twopop(home, "demo", "--out", tmp_path_factory.mktemp("demo") / "out", "--json")
    assert (ended.code, ended.err) == (0, "")
    return ended.json


@pytest.fixture
def project(demo: Json, tmp_path: Path) -> Path:
    """The demo's timeline in the fake."""
    root = json.loads(Path(demo["timeline"]).read_text())
    state = ProjectState("Demo", str(RATE))
    line = Line(state.new_id(), "Scene 31", float(RATE), str(RATE), round(root["global_start_time"]["value"]))
    sound = {"Audio Type": "Mono", "SoloOn": False}
    for node in root["tracks"]["children"]:
        kind = "video" if node["kind"] == "Video" else "audio"
        track = Track(kind, node["name"], "mono" if kind == "audio" else "", block=sound if kind == "audio" else {})
        line.tracks.append(track)
        position = 0
        for number, item in enumerate(node["children"], 1):
            clip = _clip(item, state, position, number, kind)
            track.clips.append(clip)
            position = clip.end
    state.lines.append(line)
    state.current = line.id
    state.dump(tmp_path / "project.json")
    return tmp_path / "project.json"


def _clip(node: Json, state: ProjectState, position: int, number: int, kind: str) -> Clip:
    media = node["media_references"]["DEFAULT_MEDIA"]
    path = media["target_url"].removeprefix("file://")
    whole, used = media["available_range"], node["source_range"]
    first, frames = (round(whole[key]["value"]) for key in ("start_time", "duration"))
    assert snap_rate(whole["duration"]["rate"]) == RATE
    note_facts(Path(path), Fraction(frames) / RATE, RATE, Fraction(first) / RATE, keep=True)
    file = next((file for file in state.files.values() if file.path == path), None)
    if file is None:
        file = File(state.new_id(), path, str(RATE), frames, first)
        state.files[file.id] = file
    block = {"Channels": [{"Source Channel ID": 0, "Source Track ID": 0}]} if kind == "audio" else {}
    start, length = (round(used[key]["value"]) for key in ("start_time", "duration"))
    return Clip(state.new_id(), node["name"], position, length, file.id, start - first, link=number, block=block)


def resolve(home: Path, project: Path | None, *words: str | Path, **more: str) -> Ended:
    """Runs a command against the fake; without a project, Resolve does not run."""
    more |= {"FAKE_RESOLVE": str(project or ""), "TWOPOP_DATA": str((project or home).parent / "data")}
    return twopop(home, "resolve", *words, folder=None, RESOLVE_SCRIPT_API=str(FAKE), **more)


def sound_of(demo: Json) -> Path:
    return Path(demo["timeline"]).parent / "sound"


def heard(line: Line) -> dict[str, list[tuple[int, int]]]:
    return {track.name: [(clip.start, clip.duration) for clip in track.clips] for track in line.tracks}


def test_conform_undo_and_again(home: Path, demo: Json, project: Path) -> None:
    ended = resolve(home, project, "conform", "--sound", sound_of(demo), "--json")
    assert (ended.code, ended.err) == (0, "")
    assert ended.json["output"] == "Scene 31 (twopop)" and Path(ended.json["report"]).is_file()
    assert "<html" in Path(ended.json["report"]).read_text()[:200]
    state = ProjectState.load(project)
    assert [line.name for line in state.lines] == ["Scene 31", "Scene 31 (twopop)"]
    made = heard(state.lines[1])
    assert list(made) == ["V1", "A1", "MIX", "BOOM", "ANNA LAV", "BEN LAV"]
    assert {name: len(clips) for name, clips in made.items()} == {
        "V1": 2, "A1": 2, "MIX": 1, "BOOM": 2, "ANNA LAV": 1, "BEN LAV": 2,
    }  # fmt: skip
    assert made["BOOM"] == made["V1"], "the sound is as long as the pictures that it belongs to"
    again = resolve(home, project, "conform", "--sound", sound_of(demo), "--json").json
    assert again["changes"] == 0 and any("nothing left to change" in note for note in again["notes"])
    undone = resolve(home, project, "undo", "--json").json
    assert undone["undone"] == ended.json["changes"]
    assert [line.name for line in ProjectState.load(project).lines] == ["Scene 31"]


def test_place_mark_and_take_back_in_place(home: Path, demo: Json, project: Path) -> None:
    before = ProjectState.load(project).lines[0]
    placed = resolve(home, project, "conform", "--place", "--sound", sound_of(demo), "--json")
    assert (placed.code, placed.err) == (0, ""), placed.err
    line = ProjectState.load(project).lines[0]
    assert heard(line)["BOOM"] == heard(line)["V1"]
    assert [clip.enabled for clip in line.tracks[1].clips] == [False, False]
    no_engine = project.parent / "no engine"
    dry = resolve(no_engine, project, "markers", "--dry-run", TWOPOP_ENGINE_PYTHON="/bin/false")
    assert (dry.code, "2 changes" in dry.out) == (0, True), dry.err
    marked = resolve(no_engine, project, "markers", "--place", TWOPOP_ENGINE_PYTHON="/bin/false")
    assert (marked.code, marked.err, "Verdict" in marked.out) == (0, "", False)
    assert "2 changes" in marked.out
    marks = [mark for clip in ProjectState.load(project).lines[0].clips() for mark in clip.marks]
    assert {mark.color for mark in marks} == {"Green"} and all(
        "linked" in m.name or "rendered" in m.name for m in marks
    )
    undone = resolve(home, project, "undo", "--json").json
    assert undone["undone"] == placed.json["changes"] + 2
    assert ProjectState.load(project).lines[0] == before


def test_dry_run_only_and_people(home: Path, demo: Json, project: Path) -> None:
    before = project.read_text()
    dry = resolve(home, project, "conform", "--sound", sound_of(demo), "--dry-run")
    assert dry.code == 0 and "nothing was written" in dry.out and project.read_text() == before
    listed = resolve(home, project, "conform", "--sound", sound_of(demo), "--dry-run", "--json").json["change_list"]
    one = next(change for change in listed if change["change"] == "PlaceClip")
    part = resolve(home, project, "conform", "--sound", sound_of(demo), "--only", one["id"])
    assert part.code == 0 and "Timeline: Scene 31 (twopop)" in part.out and "ColorTrace" in part.out
    assert len(ProjectState.load(project).lines[1].clips()) == 5


def test_a_window_asks_and_tells(home: Path, demo: Json, project: Path, tmp_path: Path) -> None:
    shown = tmp_path / "shown.json"
    answers = json.dumps([{"sound": str(sound_of(demo)), "handles": "1"}, {}])
    more = {"FAKE_RESOLVE_ANSWERS": answers, "FAKE_RESOLVE_SHOWN": str(shown)}
    ended = resolve(home, project, "conform", "--menu", **more)
    assert ended.code == 0, ended.err
    asked, told = json.loads(shown.read_text())
    assert asked[0] == "twopop: Conform sound" and "Timeline: Scene 31 (twopop)" in told
    ended = resolve(home, project, "conform", "--menu", **{**more, "FAKE_RESOLVE_ANSWERS": '[{"handles": "-1"}, {}]'})
    asked, told = json.loads(shown.read_text())
    assert ended.code == 2 and "--handles: -1 s is outside" in told[1]
    ended = resolve(home, project, "conform", "--menu", **{**more, "FAKE_RESOLVE_ANSWERS": '[{"press": "cancel"}]'})
    assert ended.code == 130


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")
def test_what_is_missing_is_asked_for_on_a_terminal(home: Path, demo: Json, project: Path) -> None:
    theirs, ours = os.openpty()
    os.write(theirs, f"{sound_of(demo)}\n".encode())
    more = {"FAKE_RESOLVE": str(project), "RESOLVE_SCRIPT_API": str(FAKE), "TWOPOP_DATA": str(project.parent / "data")}
    ended = subprocess.run(
        command("resolve", "conform", "--dry-run"), env={**os.environ, "TWOPOP_HOME": str(home), **more}, stdin=ours,
        capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    os.close(theirs)
    os.close(ours)
    assert ended.returncode == 0 and "Folder with recorder sound" in ended.stderr
    assert "8 changes, 0 refusals; nothing was written." in ended.stdout


def test_takes(home: Path, project: Path) -> None:
    none = resolve(home, project, "takes")
    assert none.code == 2 and "no lips have been made for this timeline" in none.err


def test_takes_of_a_change_list(home: Path, project: Path, tmp_path: Path) -> None:
    before = ProjectState.load(project).lines[0]
    timeline = NewTimelineHost(session(World(ProjectState.load(project)))).read()
    first, other = [clip for clip in timeline.clips if clip.kind == "video"]
    assert other.media and other.media.path
    stretch = MediaStretch(other.media.path, Fraction(0), first.record_duration, Fraction(60), 48000, (), -1)
    take = AddTake("taken", "one", first.target, "lips", stretch, True, {})
    changes = tmp_path / "lips.json"
    changes.write_text(ChangeList(timeline.source, timeline.digest, timeline.timebase, (take,)).dumps())
    shown = resolve(home, project, "takes", "--changes", changes, "--dry-run")
    assert shown.code == 0 and "Nothing was changed." in shown.out and ProjectState.load(project).lines[0] == before
    added = resolve(home, project, "takes", "--changes", changes, "--json")
    assert (added.code, added.json["applied"]) == (0, ["taken"]), added.err
    clip = ProjectState.load(project).lines[0].tracks[0].clips[0]
    assert (len(clip.takes), clip.take, clip.duration) == (2, 2, before.tracks[0].clips[0].duration)
    assert resolve(home, project, "takes", "--changes", changes, "--json").json["present"] == ["taken"]
    assert resolve(home, project, "undo", "--json").json["ids"] == ["taken"]
    assert ProjectState.load(project).lines[0] == before
    changes.write_text("{}")
    assert resolve(home, project, "takes", "--changes", changes).code == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("conform", "--own-sound", "burn"), 2, "--own-sound: 'burn' is not one of"),
        (("conform", "--sound", "/x", "--handles", "-1"), 2, "is outside 0 to 3600 s"),
        (("conform", "--sound", "/x", "--only", ""), 2, "names no change"),
        (("conform", "--sound", "/x", "--scope", "selection"), 2, "nothing is selected"),
        (("takes", "--only", ","), 2, "names no change"),
        (("markers",), 2, "conform the timeline first"),
        (("undo",), 0, "nothing to take back"),
        (("sing",), 2, "No such command 'sing'"),
    ],
)
def test_bad_input(home: Path, project: Path, words: tuple[str, ...], code: int, said: str) -> None:
    before = project.read_text()
    ended = resolve(home, project, *words)
    assert ended.code == code and said in ended.out + ended.err
    assert project.read_text() == before


def test_no_program_and_no_timeline(home: Path, project: Path, tmp_path: Path) -> None:
    gone = resolve(home, None, "undo", "--json")
    assert gone.code == 3 and gone.json["error"]["reason"] == "HOST_UNAVAILABLE"
    assert "twopop watch" in gone.err and "External scripting" in gone.err
    state = ProjectState.load(project)
    state.current = None
    state.dump(project)
    closed = resolve(home, project, "conform", "--sound", "/x", "--json")
    assert closed.code == 2 and closed.json["error"]["reason"] == "TIMELINE_MISSING"


def test_what_does_not_land_is_an_error(home: Path, demo: Json, project: Path) -> None:
    before = ProjectState.load(project).lines
    words = ("conform", "--sound", sound_of(demo), "--json")
    ended = resolve(home, project, *words, FAKE_RESOLVE_ODDITIES="import_drops_last")
    assert ended.code == 3 and ended.json["error"]["reason"] == "HOST_FAILED"
    assert "did not land: Place" in ended.json["error"]["message"] and "was deleted again" in ended.err
    assert ProjectState.load(project).lines == before
