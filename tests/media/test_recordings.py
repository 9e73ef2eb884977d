"""Folders of production sound."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clips.encode import RATE_HZ, Picture, Sound, click_train, encode
from twopop.errors import MediaNotFound
from twopop_engine.media.chunks import BroadcastExtension
from twopop_engine.media.ixml import Ixml, IxmlTrack, build_ixml
from twopop_engine.media.recordings import Recording, find_files, scan
from twopop_engine.media.wav import WavFormat, WavWriter

START = 36000 * RATE_HZ


def record(
    path: Path,
    names: Sequence[str] = ("",),
    reference: int | None = START,
    length: int = 4800,
    values: dict[str, str] | None = None,
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    tracks = tuple(IxmlTrack(i, i, name) for i, name in enumerate(names, 1))
    ixml = Ixml(values or {}, tracks)
    bext = None if reference is None else BroadcastExtension(time_reference=reference)
    with WavWriter(path, WavFormat(RATE_HZ, len(names)), bext, build_ixml(ixml)) as writer:
        writer.write(np.zeros((len(names), length), np.float32))
    return path


def found(*paths: Path) -> tuple[Recording, ...]:
    result = scan(find_files(paths))
    assert not result.unreadable
    return result.recordings


def test_a_poly_file(tmp_path: Path) -> None:
    path = record(tmp_path / "12A-T03.wav", ["MIX", "BOOM", "BOOM", ""], values={"SCENE": "12A", "TAKE": "3"})
    (recording,) = found(tmp_path)
    assert recording.name == "12A T3"
    assert recording.paths == (path,)
    assert [(c.name, c.file_index, c.channel_index) for c in recording.channels] == [
        ("MIX", 0, 0),
        ("BOOM", 0, 1),
        ("BOOM 2", 0, 2),
        ("A4", 0, 3),
    ]
    assert (recording.sample_rate_hz, recording.duration) == (RATE_HZ, Fraction(1, 10))
    assert recording.timecode is not None
    assert recording.timecode.since_midnight == 36000


def test_an_ixml_family_in_its_own_order(tmp_path: Path) -> None:
    family = {"FILE_SET/FAMILY_UID": "u1", "FILE_SET/TOTAL_FILES": "3"}
    for name, index, track in (("z", "1", "MIX"), ("a", "2", "BOOM"), ("m", "3", "LAV")):
        record(tmp_path / f"{name}.wav", [track], values={"FILE_SET/FILE_SET_INDEX": index, **family})
    (recording,) = found(tmp_path)
    assert [path.name for path in recording.paths] == ["z.wav", "a.wav", "m.wav"]
    assert [(c.name, c.file_index) for c in recording.channels] == [("MIX", 0), ("BOOM", 1), ("LAV", 2)]


@pytest.mark.parametrize("pattern", ["T01_{}", "T01.A{}", "T01_Tr{}", "T01-ch{}"])
def test_a_family_by_its_names(tmp_path: Path, pattern: str) -> None:
    for number in (10, 2, 1):
        record(tmp_path / f"{pattern.format(number)}.wav")
    (recording,) = found(tmp_path)
    assert [path.stem for path in recording.paths] == [pattern.format(number) for number in (1, 2, 10)]
    assert recording.name == "T01"
    assert [channel.name for channel in recording.channels] == ["A1", "A2", "A3"]


def test_files_that_did_not_run_together_are_no_family(tmp_path: Path) -> None:
    record(tmp_path / "T01_1.wav")
    record(tmp_path / "T01_2.wav", reference=START + 1)
    record(tmp_path / "T01_3.wav", length=4801)
    record(tmp_path / "other" / "T01_1.wav")
    assert len(found(tmp_path)) == 4


def test_equal_parts_of_a_long_recording_are_no_family(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        record(tmp_path / f"LONG_{number}.wav", reference=None)
    assert len(found(tmp_path)) == 3


def test_copies_of_a_file_are_no_family(tmp_path: Path) -> None:
    family = {"FILE_SET/FAMILY_UID": "u1", "FILE_SET/TOTAL_FILES": "2", "FILE_SET/FILE_SET_INDEX": "1"}
    record(tmp_path / "a.wav", values=family)
    record(tmp_path / "a copy.wav", values=family)
    assert len(found(tmp_path)) == 2


def test_what_is_left_out(tmp_path: Path) -> None:
    kept = record(tmp_path / "day 1" / "keep.WAV")
    record(tmp_path / ".Trashes" / "t.wav")
    record(tmp_path / "._keep.wav")
    record(tmp_path / "cut.twopop" / "rendered.wav")
    for name in ("report.pdf", "notes.txt", "take.xml", "still.png", "sheet.csv"):
        (tmp_path / name).write_text("x")
    encode(tmp_path / "mute.mp4", picture=Picture())
    assert [recording.paths for recording in found(tmp_path)] == [(kept,)]


def test_a_camera_as_recorder(tmp_path: Path) -> None:
    sounds = [Sound(click_train(1, 2), "pcm_s16le"), Sound(click_train(1), "pcm_s16le")]
    encode(tmp_path / "cam.mov", sounds, Picture(tags={"timecode": "10:00:00:00"}))
    (recording,) = found(tmp_path)
    assert recording.name == "cam"
    assert [(c.name, c.stream_index, c.channel_index) for c in recording.channels] == [
        ("A1", 1, 0),
        ("A2", 1, 1),
        ("A3", 2, 0),
    ]
    assert recording.timecode is not None
    assert recording.timecode.source == "tmcd"


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    record(tmp_path / "good.wav")
    (tmp_path / "empty.wav").touch()
    (tmp_path / "torn.flac").write_bytes(b"fLaC" + bytes(100))
    result = scan(find_files([tmp_path]))
    assert len(result.recordings) == 1
    assert [path.name for path, _ in result.unreadable] == ["empty.wav", "torn.flac"]
    assert "is empty" in result.unreadable[0][1].message


def test_dead_links_and_odd_names_cost_only_themselves(tmp_path: Path) -> None:
    good = record(tmp_path / "good.wav")
    (tmp_path / "dead.wav").symlink_to(tmp_path / "gone.wav")
    odd = record(tmp_path / "odd.wav").rename(tmp_path / b"\xff.wav".decode("utf-8", "surrogateescape"))
    result = scan(find_files([tmp_path]))
    assert [recording.paths for recording in result.recordings] == [(good,)]
    (dead, gone), (path, nameless) = result.unreadable
    assert (dead.name, path) == ("dead.wav", odd)
    assert "no such file" in gone.message and "has a name that is not UTF-8" in nameless.message


def test_files_and_folders_each_count_once(tmp_path: Path) -> None:
    path = record(tmp_path / "a.wav")
    odd = record(tmp_path / "b.wav").rename(tmp_path / "b.recording")
    assert [r.paths for r in found(tmp_path, path, odd)] == [(path,), (odd,)]


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFound, match="is its drive mounted"):
        find_files([tmp_path / "gone"])


def test_a_sub_folder_that_cannot_be_listed_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path / "open" / "A.wav")
    record(tmp_path / "closed" / "B.wav")
    listed = os.scandir

    def scandir(path: Any) -> Any:
        if Path(path).name == "closed":  # a test that runs as root could list it all the same
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    result = scan(find_files([tmp_path]))
    assert [recording.name for recording in result.recordings] == ["A"]
    assert [(path.name, "cannot be listed" in error.message) for path, error in result.unreadable] == [("closed", True)]
