"""What a file is, told by what it holds; bundles; and files that are no timeline, or harmful ones."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path

import pytest

import otio_files as files
from imports.cuts import F24, Shot, all_plays
from imports.test_import_edl import edl
from imports.test_import_fcp7 import ZERO, one_track
from imports.test_import_fcpxml import clip, document
from twopop.errors import OptionInvalid, TimelineUnreadable, TwopopError
from twopop_otio.imports import Imported, read_any
from twopop_otio.snapshot import timebase

FCP7 = f'<?xml version="1.0"?><!DOCTYPE xmeml><xmeml version="5">{one_track([Shot(5, 20, ZERO)], F24)}</xmeml>'
FCPXML = document(clip("asset-clip", 0, 3600 * 24, 20))
EDL = edl([Shot(5, 20, 100)], F24, False)
OTIO = json.dumps(
    files.timeline(files.track("V1", "Video", files.clip("shot", "/a.mov", files.span(F24 / 24, F24 / 24, 24.0))))
)


@pytest.mark.parametrize(("text", "kind"), [(FCP7, "FCP7 XML"), (FCPXML, "FCPXML"), (EDL, "EDL"), (OTIO, "OTIO")])
@pytest.mark.parametrize("suffix", ["", ".txt", ".xml", ".EDL"])
def test_format_is_told_by_content(tmp_path: Path, text: str, kind: str, suffix: str) -> None:
    path = tmp_path / f"Schnitt ü{suffix}"
    path.write_text(text)
    imported = read_any(path)
    assert imported.format == kind
    assert [play.name for play in all_plays(imported, tmp_path)][:1] == ["shot"]
    assert imported.document.path == path


def bundle(path: Path, url: str, media: dict[str, bytes]) -> Path:
    root = files.timeline(files.track("A1", "Audio", files.clip("a", url, files.span(F24 / 24, F24 / 24, 24.0))))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.otio", json.dumps(root))
        archive.writestr("version.txt", "1.0.0")
        for name, data in media.items():
            archive.writestr(name, data)
    return path


def played(imported: Imported, folder: Path) -> str:
    return all_plays(imported, folder)[0].file


def test_media_of_a_zip_is_unpacked_once(tmp_path: Path) -> None:
    path = bundle(tmp_path / "cut.otioz", "media/a.wav", {"media/a.wav": b"sound"})
    unpacked = tmp_path / "cut.twopop/media/a.wav"
    assert played(read_any(path, unpack_to=unpacked.parent), tmp_path) == str(unpacked)
    assert unpacked.read_bytes() == b"sound"
    unpacked.write_bytes(b"SOUND")
    assert played(read_any(path, unpack_to=unpacked.parent), tmp_path) == str(unpacked)
    assert unpacked.read_bytes() == b"SOUND"
    assert [file.name for file in unpacked.parent.iterdir()] == ["a.wav"]


def test_media_of_a_zip_stays_inside_without_a_folder(tmp_path: Path) -> None:
    imported = read_any(bundle(tmp_path / "cut.otioz", "media/a.wav", {"media/a.wav": b"sound"}))
    assert played(imported, tmp_path) == ""
    assert imported.notes == ("media/a.wav: the media inside the bundle was not unpacked.",)


@pytest.mark.parametrize("url", ["media/../../evil.wav", "media/missing.wav"])
def test_a_zip_can_write_only_into_its_folder(tmp_path: Path, url: str) -> None:
    path = bundle(tmp_path / "cut.otioz", url, {"media/../../evil.wav": b"x"})
    imported = read_any(path, unpack_to=tmp_path / "in/media")
    outside = [file for file in tmp_path.rglob("*.wav") if tmp_path / "in/media" not in file.parents]
    assert outside == []
    assert imported.notes == (f"{url}: the bundle does not hold the media.",)
    assert played(imported, tmp_path) == ""


def test_folder_bundle(tmp_path: Path) -> None:
    folder = tmp_path / "cut.otiod"
    (folder / "media").mkdir(parents=True)
    (folder / "media/a.wav").write_bytes(b"sound")
    clips = [files.clip("a", "media/a.wav", files.span(F24 / 24, F24 / 24, 24.0))]
    files.save(files.timeline(files.track("A1", "Audio", *clips)), folder / "content.otio")
    imported = read_any(folder)
    assert imported.format == "OTIOD" and played(imported, tmp_path) == str(folder / "media/a.wav")


def test_one_timeline_of_a_collection(tmp_path: Path) -> None:
    timelines = [{**json.loads(OTIO), "name": name} for name in ("one", "two")]
    collection = {"OTIO_SCHEMA": "SerializableCollection.1", "name": "", "metadata": {}, "children": timelines}
    path = tmp_path / "cuts.otio"
    path.write_text(json.dumps(collection))
    first = read_any(path)
    assert first.document.root["name"] == "one"
    assert first.notes[0].startswith("the file holds 2 timelines ('one', 'two'); the first was read")
    assert read_any(path, timeline="two").document.root["name"] == "two"
    with pytest.raises(OptionInvalid, match="no timeline is called 'x'"):
        read_any(path, timeline="x")


def test_the_only_timeline_of_a_file_must_be_the_one_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "one.otio"
    path.write_text(OTIO)
    assert read_any(path, timeline="cut").document.root["name"] == "cut"
    with pytest.raises(OptionInvalid, match="no timeline is called 'x'; the file holds 'cut'"):
        read_any(path, timeline="x")


def test_drop_frame_at_a_rate_without_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.fcpxml"
    path.write_text(FCPXML.replace('"NDF"', '"DF"'))
    imported = read_any(path)
    assert imported.notes == (
        "it says drop-frame, which exists at 29.97 and 59.94 only; its timecode is read without.",
    )
    assert timebase(imported.document).timecode(F24 / 24) == "00:00:01:00"


BOMB = '<!DOCTYPE xmeml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><xmeml>&b;</xmeml>'
OUTSIDE = '<!DOCTYPE fcpxml [<!ENTITY x SYSTEM "file:///etc/passwd">]><fcpxml version="1.10">&x;</fcpxml>'


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"\x00\x01\x02" * 100, "is not text, and no timeline that is known"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00", "is not text, and no timeline that is known"),
        (b"hello world\n", "is no timeline that is known: OTIO, OTIOZ, OTIOD, EDL, AAF, FCP7 XML and FCPXML are read"),
        (b"<html><body/></html>", "is XML of the kind <html>, expected <xmeml>"),
        (b"<xmeml><sequence>", "is not well-formed XML"),
        (b'<?xml version="1.0" encoding="klingon"?><xmeml/>', "is not well-formed XML"),
        (BOMB.encode(), "declares entities in its document type"),
        (OUTSIDE.encode(), "declares entities in its document type"),
        (b"<xmeml>" + b"<bin>" * 100_000, "is not well-formed XML"),
        (b"PK\x03\x04 not a zip", "is a damaged zip file"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "is a damaged AAF file"),
        (b"{", "is not JSON"),
        (b"\xff\xfe\x00", "cannot be understood|is not text|truncated"),
    ],
)
def test_what_is_no_timeline_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(TimelineUnreadable, match=problem) as raised:
        read_any(path)
    assert str(raised.value).startswith(f"{path}: ")


def test_missing_file_and_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(TimelineUnreadable, match="no such file"):
        read_any(tmp_path / "nowhere.edl")
    with pytest.raises(TimelineUnreadable, match=r"is a folder that holds neither content\.otio nor Info\.fcpxml"):
        read_any(tmp_path)


def test_zip_without_a_timeline_and_one_that_claims_too_much(tmp_path: Path) -> None:
    path = tmp_path / "x.otioz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.txt", "x")
    with pytest.raises(TimelineUnreadable, match=r"is a zip file without content\.otio"):
        read_any(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.otio", "{")
    with pytest.raises(TimelineUnreadable, match=r"holds a content\.otio that is not JSON"):
        read_any(path)


def test_deep_nesting_ends_in_an_error(tmp_path: Path) -> None:
    path = tmp_path / "deep.fcpxml"
    depth = 20_000
    start = '<clip offset="0s" duration="9s">' * depth
    path.write_text(document(start + "</clip>" * depth))
    with pytest.raises(TimelineUnreadable, match="is nested too deeply"):
        read_any(path)


@pytest.mark.parametrize("text", [FCP7, FCPXML, EDL], ids=["fcp7", "fcpxml", "edl"])
def test_damage_never_ends_in_a_traceback(tmp_path: Path, text: str) -> None:
    """Pieces are cut out, doubled and replaced at random: a timeline comes of it, or an error of the tree."""
    draw, path = random.Random(11), tmp_path / "damaged"
    answers = set()
    for _ in range(400):
        start = draw.randrange(len(text))
        end = min(len(text), start + draw.choice((1, 3, 12, 60)))
        swapped = draw.choice(("", "-1", "0", "9" * 30, "x", ":", '"', text[start:end] * 2, text[end : end + 9]))
        path.write_text(text[:start] + swapped + text[end:])
        try:
            read_any(path)
            answers.add("read")
        except TwopopError as error:
            answers.add(error.reason)
            assert str(error).startswith(str(path))
    assert answers == {"read", "TIMELINE_UNREADABLE"}


def test_damaged_aaf_never_ends_in_a_traceback(tmp_path: Path) -> None:
    from imports.test_import_aaf import Cut

    cut = Cut(tmp_path / "cut.aaf", F24)
    slot = cut.slot("picture", F24)
    slot.segment.components.append(cut.clip("picture", cut.media("picture", F24), 0, 10))
    cut.file.close()
    whole, draw, answers = bytearray(cut.path.read_bytes()), random.Random(3), set()
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(draw.choice((1, 20, 400))):
            data[draw.randrange(600, len(data))] = draw.randrange(256)
        cut.path.write_bytes(data)
        try:
            read_any(cut.path)
            answers.add("read")
        except TwopopError as error:
            answers.add(error.reason)
    assert answers == {"read", "TIMELINE_UNREADABLE"}
