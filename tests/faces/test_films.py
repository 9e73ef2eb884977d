"""Faces in films of many kinds: pixel formats, rotation, odd sizes, interlacing, alpha, other rates."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from faces.stage import middle, watch_file
from scenes.drawn_face import DrawnFace, render
from scenes.drawn_film import Film, talking_video, write_film
from twopop_engine.faces.nets import FaceNets
from twopop_engine.faces.tracker import FaceTracker
from twopop_engine.media.ahead import ahead
from twopop_engine.media.frames import open_video

FACE = DrawnFace(250.0, 160.0, 180, seed=1)
X264 = {"preset": "ultrafast", "crf": "18"}
KINDS = {
    "plain.mp4": Film(),
    "full range.mp4": Film(pixels="yuvj420p"),
    "4-2-2.mov": Film("prores_ks", "yuv422p10le", {}),
    "4-4-4.mp4": Film(pixels="yuv444p"),
    "ten bits.mp4": Film(pixels="yuv420p10le", options=X264),
    "hdr.mp4": Film(
        pixels="yuv420p10le",
        options=X264 | {"x264-params": "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"},
    ),
    "interlaced.mp4": Film(options=X264 | {"x264-params": "tff=1:interlaced=1"}),
    "interlaced.mpg": Film("mpeg2video", options={"flags": "+ilme+ildct", "b": "6000000"}),
    "alpha.mov": Film("prores_ks", "yuva444p10le", {"profile": "4"}),
    "rgb.mkv": Film("ffv1", "bgr0", {}),
    "gray.mkv": Film("ffv1", "gray", {}),
    "motion.avi": Film("mjpeg", "yuvj422p", {"q": "3"}),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_face_in_any_kind_of_film(nets: FaceNets, tmp_path: Path, name: str) -> None:
    path = talking_video(tmp_path / name, [0.1, 0.5, 0.8, 0.4, 0.1, 0.6], face=FACE, film=KINDS[name])
    seen = watch_file(nets, path)
    assert [[face.track for face in frame.faces] for frame in seen] == [[1]] * 6
    assert middle(seen[-1].faces[0]) == pytest.approx((250, 170), abs=12)


@pytest.mark.parametrize("size", [(639, 361), (355, 641), (401, 401)])
def test_odd_sizes(nets: FaceNets, tmp_path: Path, size: tuple[int, int]) -> None:
    face = DrawnFace(170.0, 160.0, 170, seed=3)
    film = Film("ffv1", "yuv444p", {})
    seen = watch_file(nets, talking_video(tmp_path / "odd.mkv", [0.2] * 3, face=face, size=size, film=film))
    assert [[round(value / 12) for value in middle(frame.faces[0])] for frame in seen] == [[14, 14]] * 3


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_a_turned_film_is_seen_upright(nets: FaceNets, tmp_path: Path, rotation: int) -> None:
    upright = render((360, 640), [DrawnFace(200.0, 260.0, 190, seed=1)])
    stored = np.ascontiguousarray(np.rot90(upright, -rotation // 90))
    path = write_film(tmp_path / "turned.mp4", [stored] * 4, 25, film=Film(rotation=rotation))
    seen = watch_file(nets, path)
    assert [len(frame.faces) for frame in seen] == [1] * 4
    assert middle(seen[-1].faces[0]) == pytest.approx((200, 270), abs=12)
    assert seen[-1].faces[0].roll_deg == pytest.approx(0, abs=4)


def test_combed_fields(nets: FaceNets, tmp_path: Path) -> None:
    """Two moments in one frame: somebody moves by 8 pixels from field to field."""
    pictures = []
    for frame in range(12):
        picture = render((720, 576), [DrawnFace(250 + 16 * frame, 260, 260, seed=2)])
        picture[1::2] = render((720, 576), [DrawnFace(258 + 16 * frame, 260, 260, seed=2)])[1::2]
        pictures.append(picture)
    path = write_film(tmp_path / "fields.mpg", pictures, 25, film=Film("mpeg2video", options={"b": "8000000"}))
    assert [[face.track for face in frame.faces] for frame in watch_file(nets, path)] == [[1]] * 12


@pytest.mark.parametrize("rate", [Fraction(8), Fraction(24000, 1001), Fraction(120)])
def test_times_are_those_of_the_file(nets: FaceNets, tmp_path: Path, rate: Fraction) -> None:
    seen = watch_file(nets, talking_video(tmp_path / "rate.mp4", [0.3] * 9, rate, face=FACE))
    assert [frame.time for frame in seen] == pytest.approx([number / rate for number in range(9)], abs=1e-3)
    assert [len(frame.faces) for frame in seen] == [1] * 9


def test_reading_ahead_changes_nothing(nets: FaceNets, tmp_path: Path) -> None:
    path = talking_video(tmp_path / "film.mp4", np.linspace(0, 1, 20), face=FACE)
    plain = watch_file(nets, path)
    tracker = FaceTracker(nets)
    with open_video(path) as video, ahead(video.frames()) as frames:
        early = [tracker.see(frame) for frame in frames]
    assert [frame.time for frame in early] == [frame.time for frame in plain]
    for one, other in zip(early, plain, strict=True):
        np.testing.assert_array_equal(one.faces[0].landmarks, other.faces[0].landmarks)
