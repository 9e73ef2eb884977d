"""Which timelines a command line names, and what their results are called."""

from pathlib import Path

import pytest

from twopop.errors import InputError
from twopop_cli.bulk.found import Found, find, is_own, is_timeline
from twopop_cli.bulk.lock import FolderLock
from twopop_cli.bulk.names import free_name


def places(found: Found) -> list[str]:
    return [source.place.as_posix() for source in found.sources]


def tree(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return folder


def test_a_folder_is_searched_but_not_what_is_hidden_or_ours(tmp_path: Path) -> None:
    names = ("b.otio", "A.OTIO", "x/c.edl", ".hidden/d.otio", "._e.otio", "y.twopop/f.otio", "out/g.otio", "notes.txt")
    folder = tree(tmp_path, *names)
    assert places(find([str(folder)], folder / "out")) == ["A.OTIO", "b.otio", "x/c.edl"]


def test_bundles_are_timelines_and_xml_must_look_like_one(tmp_path: Path) -> None:
    folder = tree(tmp_path, "cut.fcpxmld/Info.fcpxml", "reel.otiod/content.otio", "settings.xml", "final.xml", "u.xml")
    (folder / "final.xml").write_text('<?xml version="1.0"?>\n<!DOCTYPE xmeml>\n<xmeml version="5"/>')
    (folder / "u.xml").write_text('<?xml version="1.0"?><fcpxml version="1.10"/>', encoding="utf-16")
    assert places(find([str(folder)], folder / "out")) == ["cut.fcpxmld", "final.xml", "reel.otiod", "u.xml"]
    assert not is_timeline(folder / "settings.xml")


def test_a_pattern_mirrors_from_its_first_wildcard(tmp_path: Path) -> None:
    folder = tree(tmp_path, "s/day1/a.otio", "s/day2/b.otio", "s/day2/deep/c.otio", "s/day2/c.txt")
    assert places(find([f"{folder}/s/*/*.otio"], folder / "out")) == ["day1/a.otio", "day2/b.otio"]
    assert places(find([f"{folder}/s/**/*.otio"], folder / "out")) == [
        "day1/a.otio", "day2/b.otio", "day2/deep/c.otio",
    ]  # fmt: skip


def test_a_file_with_wildcards_in_its_name_is_itself(tmp_path: Path) -> None:
    folder = tree(tmp_path, "take [1].otio", "take 1.otio")
    assert places(find([f"{folder}/take [1].otio"], folder / "out")) == ["take [1].otio"]


def test_a_timeline_named_twice_or_through_a_link_is_one(tmp_path: Path) -> None:
    folder = tree(tmp_path / "real", "a.otio")
    (tmp_path / "link").symlink_to(folder)
    found = find([str(folder), str(folder / "a.otio"), str(tmp_path / "link")], tmp_path / "out")
    assert places(found) == ["a.otio"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    folder = tree(tmp_path, "a/a.otio")
    (folder / "a" / "round").symlink_to(folder)
    assert places(find([str(folder)], folder / "out")) == ["a/a.otio"]


def test_ours_is_told_by_tag_by_changes_and_where_asked_by_name(tmp_path: Path) -> None:
    tree(tmp_path, "plain.otio", "reel_conformed.otio", "reel_conformed-2.otio", "x.otio", "x.twopop/changes.json")
    (tmp_path / "tagged.otio").write_text('{"tracks": {"metadata": {"twopop": {"change": "1"}}}}')
    (tmp_path / "broken.otio").write_text('{"twopop"')
    ours = {path.name for path in tmp_path.glob("*.otio") if is_own(path)}
    assert ours == {"x.otio", "tagged.otio"}
    named = {path.name for path in tmp_path.glob("*.otio") if is_own(path, by_name=True)}
    assert named == {"x.otio", "tagged.otio", "reel_conformed.otio", "reel_conformed-2.otio"}


@pytest.mark.parametrize("stem", ["é" * 120, "r" * 250, "\U0001f3ac" * 63])
def test_long_names_leave_room_for_what_lies_beside(stem: str, tmp_path: Path) -> None:
    name = free_name(Path(f"{stem}.otio"), tmp_path, tmp_path / "source", {})
    assert len(name.encode()) <= 200
    assert name.endswith("_conformed.otio")
    other = free_name(Path(f"{stem}x.otio"), tmp_path, tmp_path / "source", {})
    assert other != name
    (tmp_path / name).with_suffix(".twopop").mkdir()


def test_names_that_differ_in_case_only_are_taken(tmp_path: Path) -> None:
    taken = {"cut_conformed.otio": "/a/cut.otio"}
    assert free_name(Path("CUT.otio"), tmp_path, Path("/b/CUT.otio"), taken) == "CUT_conformed-2.otio"
    assert free_name(Path("cut.otio"), tmp_path, Path("/a/cut.otio"), taken) == "cut_conformed.otio"


def test_a_lock_is_held_by_one_and_dies_with_its_holder(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with FolderLock(file, "a batch"), pytest.raises(InputError, match=r"a batch runs already \(process \d+\)"):
        FolderLock(file, "a batch")
    file.write_text('{"pid": 1}')  # what a killed one leaves
    with FolderLock(file, "a batch"):
        assert file.stat().st_mode & 0o077 == 0
