"""What a target_url names, in every spelling that editors write."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twopop_otio.urls import locate, target_url

FOLDER = Path("/cuts/day 1")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/Volumes/A/x.mov", "/Volumes/A/x.mov"),
        ("/Volumes/A/my clip#2?.mov", "/Volumes/A/my clip#2?.mov"),
        ("file:///Volumes/A/my%20clip.mov", "/Volumes/A/my clip.mov"),
        ("file:///Volumes/A/my clip.mov", "/Volumes/A/my clip.mov"),
        ("FILE:///Volumes/A/x.mov", "/Volumes/A/x.mov"),
        ("file://localhost/Volumes/A/x.mov", "/Volumes/A/x.mov"),
        ("file:/Volumes/A/x.mov", "/Volumes/A/x.mov"),
        ("file:///Volumes/%C3%84/x.mov", "/Volumes/Ä/x.mov"),
        ("media/x.mov", "/cuts/day 1/media/x.mov"),
        ("./media/../x.mov", "/cuts/day 1/x.mov"),
        ("../x.mov", "/cuts/x.mov"),
    ],
)
def test_local(url: str, path: str) -> None:
    location = locate(url, FOLDER, windows=False)
    assert (location.path, location.problem) == (path, None)


@pytest.mark.parametrize(
    ("url", "path", "what"),
    [
        ("F:\\shoot\\x.mov", "F:\\shoot\\x.mov", "a Windows drive"),
        ("F:/shoot/x.mov", "F:\\shoot\\x.mov", "a Windows drive"),
        ("file:///F:/shoot/my%20x.mov", "F:\\shoot\\my x.mov", "a Windows drive"),
        ("file://F:/shoot/x.mov", "F:\\shoot\\x.mov", "a Windows drive"),
        ("file:///F%3A/shoot/x.mov", "F:\\shoot\\x.mov", "a Windows drive"),
        ("file://localhost/D%3a/media/x.mov", "D:\\media\\x.mov", "a Windows drive"),
        ("\\\\nas\\shoot\\x.mov", "\\\\nas\\shoot\\x.mov", "a network share"),
        ("file://nas/shoot/x%231.mov", "\\\\nas\\shoot\\x#1.mov", "a network share"),
    ],
)
def test_windows_paths_stay_offline_elsewhere(url: str, path: str, what: str) -> None:
    assert locate(url, FOLDER, windows=True).path == path
    assert locate(url, FOLDER, windows=True).problem is None
    location = locate(url, FOLDER, windows=False)
    assert location.path == path
    assert location.problem == f"it lies on {what} that this machine does not have"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (None, "the timeline names no media file"),
        ("", "the timeline names no media file"),
        ("https://example.org/x.mov", "its address is not a local file (https:)"),
        ("s3://bucket/x.mov", "its address is not a local file (s3:)"),
        ("/a\0b.mov", "its path holds a zero byte"),
        ("/a\ud800.mov", "its path is not Unicode text"),
    ],
)
def test_no_file(url: str | None, problem: str) -> None:
    location = locate(url, FOLDER, windows=False)
    assert (location.path, location.problem) == (None, problem)


def test_the_file_that_exists_wins(tmp_path: Path) -> None:
    literal, decoded = tmp_path / "100%20.mov", tmp_path / "100 .mov"
    literal.touch()
    assert locate("100%20.mov", tmp_path).path == str(literal)
    assert locate(f"file://{tmp_path}/100%20.mov", tmp_path).path == str(literal)
    decoded.touch()
    assert locate("100%20.mov", tmp_path).path == str(literal)
    assert locate(f"file://{tmp_path}/100%20.mov", tmp_path).path == str(decoded)
    literal.unlink()
    assert locate("100%20.mov", tmp_path).path == str(decoded)


@given(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=30))
def test_what_we_write_is_what_we_read(name: str) -> None:
    if name in (".", ".."):
        return
    path = f"/cuts/{name}"
    assert locate(target_url(path), FOLDER, windows=False).path == path
