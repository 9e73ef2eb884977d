"""Reading pictures: each frame's number is its brightness."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clips.encode import HEIGHT, WIDTH, Picture, Sound, click_train, encode
from twopop.errors import StreamMissing
from twopop_engine.media.frames import Frame, open_video

EVEN = [Fraction(i, 25) for i in range(50)]
UNEVEN = [Fraction(t, 1000) for t in (0, 33, 70, 90, 150, 160, 240, 300, 333, 420)]


def number(frame: Frame | None) -> int:
    assert frame is not None
    return round(int(np.median(frame.gray()[HEIGHT // 2 :])) / 5)


def picture(codec: str, times: list[Fraction], **options: str) -> Picture:
    return Picture(codec, times, Fraction(25), Fraction(1, 1000), options=options)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("f.mp4", "libx264"), ("f.mov", "libx264"), ("f.mkv", "libx264"), ("f.ts", "mpeg2video"), ("f.mpg", "mpeg2video")],
)
def test_frames_come_in_order_with_their_times(tmp_path: Path, name: str, codec: str) -> None:
    path = encode(tmp_path / name, picture=Picture(codec, EVEN, time_base=Fraction(1, 25)))
    with open_video(path) as video:
        frames = list(video.frames())
    assert [number(frame) for frame in frames] == list(range(50))
    assert [frame.time - frames[0].time for frame in frames] == EVEN


def test_uneven_times_are_exact(tmp_path: Path) -> None:
    with open_video(encode(tmp_path / "v.mp4", picture=picture("libx264", UNEVEN))) as video:
        assert [frame.time for frame in video.frames()] == UNEVEN


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mpg"])
def test_the_frame_on_screen(tmp_path: Path, name: str) -> None:
    times = EVEN if name.endswith("mpg") else UNEVEN
    codec = "mpeg2video" if name.endswith("mpg") else "libx264"
    path = encode(tmp_path / name, picture=Picture(codec, times, time_base=Fraction(1, 25 if times is EVEN else 1000)))
    with open_video(path) as video:
        first = video.first()
        assert first is not None
        for index in (5, 2, 9, 0, 7, 8, 3):
            assert number(video.at(first.time + times[index])) == index
            assert number(video.at(first.time + times[index] + Fraction(1, 1000))) == index
            if index:
                assert number(video.at(first.time + times[index] - Fraction(1, 100_000))) == index - 1
        assert number(video.at(Fraction(-3))) == 0
        assert number(video.at(Fraction(1000))) == len(times) - 1
        assert video.next() is None


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifty frames a group, B-frames, so that seeks land far before what they seek."""
    times = [Fraction(i, 5) for i in range(51)]
    return encode(
        tmp_path_factory.mktemp("frames") / "l.mp4", [Sound(click_train(2))], picture("libx264", times, g="25", bf="2")
    )


@settings(max_examples=25, deadline=None)
@given(times=st.lists(st.fractions(0, 11), min_size=1, max_size=4))
def test_random_access(long_clip: Path, times: list[Fraction]) -> None:
    with open_video(long_clip) as video:
        for time in times:
            assert number(video.at(time)) == min(50, time // Fraction(1, 5))


def test_a_stretch_of_frames(long_clip: Path) -> None:
    with open_video(long_clip) as video:
        shown = [frame.time for frame in video.frames(Fraction(31, 10), Fraction(4))]
    assert shown == [Fraction(3), Fraction(16, 5), Fraction(17, 5), Fraction(18, 5), Fraction(19, 5)]


@pytest.mark.parametrize(("rotation", "corner"), [(0, (0, 0)), (90, (1, 0)), (180, (1, 1)), (-90, (0, 1))])
def test_pictures_stand_upright(tmp_path: Path, rotation: int, corner: tuple[int, int]) -> None:
    """The bright corner, upper left as stored, turns counter-clockwise."""
    path = encode(tmp_path / "r.mp4", picture=Picture("libx264", EVEN[:3], rotation=rotation))
    with open_video(path) as video:
        frame = video.first()
    assert frame is not None
    gray, rgb = frame.gray(), frame.rgb()
    size = (WIDTH, HEIGHT) if rotation in (90, -90) else (HEIGHT, WIDTH)
    assert gray.shape == size
    assert rgb.shape == (*size, 3)
    corners = gray[np.ix_((2, -3), (2, -3))]
    assert divmod(int(corners.argmax()), 2) == corner


def test_no_picture(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.wav", [Sound(click_train(1), "pcm_s16le")])
    with pytest.raises(StreamMissing, match=r"a\.wav: has no video stream"):
        open_video(path)


def test_damage_is_passed_over(long_clip: Path, tmp_path: Path) -> None:
    content = bytearray(long_clip.read_bytes())
    start = content.index(b"mdat") + 2000
    content[start : start + 400] = bytes(400)
    damaged = tmp_path / "d.mp4"
    damaged.write_bytes(content)
    with open_video(damaged) as video:
        assert len(list(video.frames())) > 30
