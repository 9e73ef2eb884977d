"""Relinking: real media with timecode, made here, looked for by what a list says of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import pytest

import otio_files as files
from clips.encode import Picture, Sound, click_train, encode
from imports.cuts import F24, RATES, Shot, all_plays, facts, label
from imports.test_import_edl import edl
from imports.test_import_edl import read as read_edl
from imports.test_import_fcp7 import file_xml, item_xml, sequence_xml
from imports.test_import_fcp7 import read as read_fcp7
from twopop.errors import OptionInvalid, TwopopError
from twopop.v1 import media_pb2
from twopop_actions.engine import AnyPath, Engine
from twopop_client.connection import Watch
from twopop_engine.media.probe import probe
from twopop_engine.media.wire import info_to_wire, unreadable_to_wire
from twopop_otio.imports import Imported, LinkEvent, Relinked, relink
from twopop_otio.timeline import read as read_otio

HOUR = 3600 * 24
FRAMES = 96


class Prober:
    """The engine's own probe, in this process.

    Attributes:
        probed: Names of the files that were asked for.
    """

    def __init__(self) -> None:
        self.probed: list[str] = []

    def probe(self, paths: Iterable[AnyPath], watch: Watch | None = None) -> media_pb2.ProbeResult:
        result = media_pb2.ProbeResult()
        for path in map(Path, paths):
            self.probed.append(path.name)
            try:
                result.files.add(path=str(path), info=info_to_wire(probe(path)))
            except TwopopError as error:
                result.files.append(unreadable_to_wire(path, error))
        return result


def movie(
    path: Path, first: int | None, *, rate: Fraction = F24, drop: bool = False, frames: int = FRAMES, sound: bool = True
) -> Path:  # fmt: skip
    """A small movie whose first frame has a label."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = tuple(i / rate for i in range(frames))
    tags = {} if first is None else {"timecode": label(first, rate, drop)}
    picture = Picture(times=times, rate=rate, time_base=1 / rate, tags=tags)
    sounds = [Sound(click_train(float(frames / rate)), "pcm_s16le")] if sound else []
    return encode(path, sounds, picture)


def linked(imported: Imported, *folders: Path) -> tuple[Relinked, Prober]:
    prober = Prober()
    return relink(imported.document, folders, cast(Engine, prober)), prober


def event(done: Relinked) -> LinkEvent:
    (found,) = done.events
    return found


def reading(done: Relinked, tmp_path: Path) -> list[Any]:
    return all_plays(Imported(done.document, "", ()), tmp_path)


def one(
    tmp_path: Path, source: int = HOUR + 24, channels: str = "V", reel: str = "TAPE1", name: str = "shot"
) -> Imported:
    text = edl([Shot(12, 48, source, name)], F24, False, channels).replace("TAPE1", reel)
    return read_edl(text, tmp_path)


@pytest.mark.parametrize("name", RATES)
def test_reel_and_source_timecode_find_the_frames(tmp_path: Path, name: str) -> None:
    """Two files of one reel: the one whose timecode holds the clip is taken, and shows the frames that it says."""
    rate, drop = RATES[name]
    first = 2 * 1800 * round(rate) + 40
    shots = [Shot(0, 20, first + 7, "a"), Shot(20, 20, first + 5000 + 33, "b")]
    imported = read_edl(edl(shots, rate, drop), tmp_path, rate)
    one = movie(tmp_path / "media/TAPE1/x.mov", first, rate=rate, drop=drop)
    two = movie(tmp_path / "media/TAPE1/y.mov", first + 5000, rate=rate, drop=drop)
    done, _ = linked(imported, tmp_path / "media")
    assert [(e.state, e.path) for e in done.events] == [("linked", str(one)), ("linked", str(two))]
    assert {e.why for e in done.events} == {"by its reel TAPE1 and source timecode"}
    found = reading(done, tmp_path)
    assert [play.file for play in found] == [str(one), str(two)]
    assert [play.source(play.start) * rate for play in found] == [7, 33]
    assert [e.timecode for e in done.events] == [label(int(play.start * rate) + start, rate, drop) for play, start in
                                                 zip(found, [hour_of(imported)] * 2, strict=True)]  # fmt: skip


def hour_of(imported: Imported) -> int:
    return int(imported.document.root["global_start_time"]["value"])


@pytest.mark.parametrize(
    ("reel", "file"),
    [
        ("TAPE1", "tape1.mov"),
        ("A001C003_220101_R1AB", "A001C003_220101_R1AB.mov"),
        ("A001C003", "A001C003_220101_R1AB.mov"),
        ("A001", "A001_C003.mov"),
        ("A001", "A001C003_220101.mov"),
        ("Z677_4C.", "Z677_4Clong.mov"),
        ("A001", "A001.RDM/clip.mov"),
        ("Straße 9", "day 1/Straße 9.mov"),
    ],
)
def test_what_a_reel_can_be(tmp_path: Path, reel: str, file: str) -> None:
    folder = "A001" if file.startswith("A001.RDM") else ""
    path = movie(tmp_path / "media" / folder / file.replace("A001.RDM/", ""), HOUR)
    movie(tmp_path / "media/A0011.mov", HOUR)
    movie(tmp_path / "media/other.mov", HOUR)
    done, _ = linked(one(tmp_path, reel=reel), tmp_path / "media")
    assert (event(done).state, event(done).path) == ("linked", str(path))


def test_a_sound_roll_is_a_reel(tmp_path: Path) -> None:
    folder = tmp_path / "media"
    folder.mkdir()
    tags = {"time_reference": str(3600 * 48000)}
    path = encode(folder / "T05.wav", [Sound(click_train(5.0), "pcm_s16le")], options={"write_bext": "1"}, tags=tags)
    imported = one(tmp_path, channels="A", reel="T05")
    movie(folder / "T05.mov", HOUR, sound=False)
    done, _ = linked(imported, folder)
    assert event(done).path == str(path)
    (play,) = reading(done, tmp_path)
    assert play.source(play.start) == 1


def test_several_answers_are_listed_and_none_is_taken(tmp_path: Path) -> None:
    paths = [movie(tmp_path / "media" / folder / "TAPE1.mov", HOUR) for folder in ("a", "b")]
    imported = one(tmp_path)
    done, _ = linked(imported, tmp_path / "media")
    found = event(done)
    assert (found.state, found.path, found.candidates) == ("ambiguous", None, tuple(map(str, paths)))
    assert found.why == "2 files answer to it; none was chosen"
    assert done.document.root == imported.document.root


def test_the_name_decides_between_files_of_one_reel(tmp_path: Path) -> None:
    for name in ("A001C001.mov", "A001C002.mov", "A001C002.mxf.mov"):
        movie(tmp_path / "media" / name, HOUR)
    done, _ = linked(one(tmp_path, reel="A001", name="A001C002.mov"), tmp_path / "media")
    assert event(done).path == str(tmp_path / "media/A001C002.mov")


def test_sound_follows_its_picture(tmp_path: Path) -> None:
    """Two recorders have the reel's name and timecode, too; the sound that is linked with the picture is its own."""
    camera = movie(tmp_path / "media/TAPE1.mov", HOUR)
    tags = {"time_reference": str(3600 * 48000)}
    for folder in ("x", "y"):
        (tmp_path / "media" / folder).mkdir()
        where = tmp_path / "media" / folder / "TAPE1.wav"
        encode(where, [Sound(click_train(4.0), "pcm_s16le")], options={"write_bext": "1"}, tags=tags)
    done, _ = linked(one(tmp_path, channels="AA/V"), tmp_path / "media")
    assert {found.path for found in done.events} == {str(camera)} and len(done.events) == 3


def fcp7(tmp_path: Path, frames: int = FRAMES) -> Imported:
    """A clip that uses frames 10 to 30 of a file of known length that begins at 01:00:00:00."""
    file = file_xml(F24, zero=HOUR, frames=frames).replace("A%20001.mov", "A001.mov")
    item = item_xml(
        "c", Shot(0, 20, HOUR, "A001.mov"), F24, file=file.replace("<reel><name>A001</name></reel>", ""), first=10
    )
    return read_fcp7(sequence_xml(F24, False, [item]), tmp_path)


@pytest.mark.parametrize("first", [None, HOUR, 0])
def test_name_and_length_find_the_frames_whatever_the_file_s_labels(tmp_path: Path, first: int | None) -> None:
    """The editor's own labels count: a transcode may have lost its timecode."""
    path = movie(tmp_path / "media/A001.mov", first)
    movie(tmp_path / "media/A002.mov", first)
    done, _ = linked(fcp7(tmp_path), tmp_path / "media")
    assert (event(done).path, event(done).why) == (str(path), "by its name and duration")
    (play,) = reading(done, tmp_path)
    assert facts(play.file, play.source(play.start) * 24) == (str(path), 10)


def test_name_without_the_length_is_missing_and_said(tmp_path: Path) -> None:
    movie(tmp_path / "media/A001.mov", None, frames=48)
    done, _ = linked(fcp7(tmp_path), tmp_path / "media")
    found = event(done)
    assert (found.state, found.path) == ("missing", None)
    assert found.why == "A001.mov has its name, but not its length, or not what the clip uses"


@pytest.mark.parametrize(
    ("file", "first", "why"),
    [
        ("TAPE1.mov", HOUR * 2, "TAPE1.mov is of its reel TAPE1, but its timecode does not hold what the clip uses"),
        ("TAPE1.mov", None, "TAPE1.mov is of its reel TAPE1, but its timecode does not hold what the clip uses"),
        ("shot.mov", HOUR * 2, "shot.mov has its name, but not its length, or not what the clip uses"),
        ("x.mov", HOUR, "no file in the folders is of its reel TAPE1 or is called shot"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, file: str, first: int | None, why: str) -> None:
    movie(tmp_path / "media" / file, first)
    done, _ = linked(one(tmp_path), tmp_path / "media")
    assert (event(done).state, event(done).why) == ("missing", why)


def test_retimed_and_reversed_clips_need_all_that_they_play(tmp_path: Path) -> None:
    movie(tmp_path / "media/TAPE1.mov", HOUR)
    for fps, state in (("048.0", "linked"), ("072.0", "missing"), ("-024.0", "linked"), ("000.0", "linked")):
        text = edl([Shot(0, 36, HOUR + 10)], F24, False) + f"M2   TAPE1   {fps}   01:00:00:10\n"
        done, _ = linked(read_edl(text, tmp_path), tmp_path / "media")
        assert (fps, event(done).state) == (fps, state)


def test_media_that_is_there_is_left_alone_but_labelled(tmp_path: Path) -> None:
    """An EDL names a file, but not its first frame's label: without it the source timecode would not mean anything."""
    path = movie(tmp_path / "media/A.mov", HOUR)
    text = edl([Shot(0, 24, HOUR + 12)], F24, False) + f"* FROM CLIP: {path}\n"
    done, prober = linked(read_edl(text, tmp_path))
    assert event(done).why == "the timeline names it, and it is there; its timecode labels the clip's range"
    (play,) = reading(done, tmp_path)
    assert facts(play.file, play.source(play.start) * 24) == (str(path), 12)
    again, prober = linked(Imported(done.document, "", ()), tmp_path / "media")
    assert prober.probed == [] and again.document.root == done.document.root
    assert event(again).why == "the timeline names it, and it is there"


@pytest.mark.parametrize("metadata", [None, files.RESOLVE, files.PREMIERE])
def test_moved_media_of_an_otio_file_is_found(tmp_path: Path, metadata: files.Json | None) -> None:
    """The available range that stands there stays, so that no frame moves; takes that are not played stay."""
    source, whole = files.span(F24 * 151, F24, 24.0), files.span(F24 * 150, F24 * FRAMES / 24 / 24, 24.0)
    clip = files.clip("A.mov", "/gone/A.mov", source, whole)
    clip["media_references"]["other"] = dict(clip["media_references"]["DEFAULT_MEDIA"])
    title = files.clip("title", None, files.span(F24 * 0, F24, 24.0))
    title["media_references"]["DEFAULT_MEDIA"]["OTIO_SCHEMA"] = "GeneratorReference.1"
    root = files.timeline(files.track("V1", "Video", clip, title), metadata=metadata)
    path = files.save(root, tmp_path / "in.otio")
    movie(tmp_path / "media/A.mov", HOUR)
    before = path.read_bytes()
    done, _ = linked(Imported(read_otio(path), "OTIO", ()), tmp_path / "media")
    assert path.read_bytes() == before
    references = done.document.tracks[0]["children"][0]["media_references"]
    assert references["DEFAULT_MEDIA"]["available_range"] == whole
    url = references["DEFAULT_MEDIA"]["target_url"]
    assert url == str(tmp_path / "media/A.mov") if metadata == files.RESOLVE else url.startswith("file://")
    assert references["other"]["target_url"] == "/gone/A.mov"
    assert event(done).state == "linked"


def test_folders_are_walked_whatever_is_in_them(tmp_path: Path) -> None:
    media = tmp_path / "media"
    path = movie(media / "deep/er/TAPE1.mov", HOUR)
    (media / "deep/loop").symlink_to(media)
    (media / "same.mov").symlink_to(path)
    (media / "gone.mov").symlink_to(tmp_path / "nowhere.mov")
    (media / "notes.txt").write_text("TAPE1")
    (media / "TAPE1.mxf").write_bytes(b"no media")
    movie(media / "cut.twopop/sound/TAPE1.mov", HOUR)
    movie(media / ".trash/TAPE1.mov", HOUR)
    done, prober = linked(one(tmp_path), media, media / "deep")
    assert event(done).state == "linked" and os.path.samefile(event(done).path or "", path)
    assert sorted(prober.probed) == ["TAPE1.mov", "TAPE1.mxf", "same.mov"]
    notes = " ".join(done.notes)
    assert "gone.mov: it cannot be looked at" in notes and "TAPE1.mxf: the file cannot be read as media" in notes


def test_a_folder_that_cannot_be_read_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = movie(tmp_path / "media/TAPE1.mov", HOUR)
    closed = tmp_path / "media/closed"
    closed.mkdir()
    scan = os.scandir

    def refusing(place: str) -> Any:
        if str(place) == str(closed):
            raise PermissionError(13, "Permission denied", str(closed))
        return scan(place)

    monkeypatch.setattr(os, "scandir", refusing)
    done, _ = linked(one(tmp_path), tmp_path / "media")
    assert event(done).path == str(path)
    assert done.notes == (f"{closed}: the folder cannot be read: Permission denied.",)


def test_names_that_are_no_text_are_passed_over(tmp_path: Path) -> None:
    path = movie(tmp_path / "media/TAPE1.mov", HOUR)
    try:
        Path(os.fsdecode(b"%s/media/\xff.mov" % os.fsencode(tmp_path))).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    done, _ = linked(one(tmp_path), tmp_path / "media")
    assert event(done).path == str(path)
    assert "its name is not Unicode text" in done.notes[0]


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalid, match=r"--media: .*nowhere is not a folder"):
        linked(one(tmp_path), tmp_path / "nowhere")


def test_no_folder_is_walked_and_nothing_probed_when_nothing_is_missing(tmp_path: Path) -> None:
    movie(tmp_path / "media/A.mov", None)
    root = files.timeline(
        files.track("V1", "Video", files.clip("A", str(tmp_path / "media/A.mov"), files.span(F24 * 0, F24 / 24, 24.0)))
    )
    document = read_otio(files.save(root, tmp_path / "in.otio"))
    done, prober = linked(Imported(document, "OTIO", ()), tmp_path / "media")
    assert prober.probed == [] and event(done).state == "linked"
