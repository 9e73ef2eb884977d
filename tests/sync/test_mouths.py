"""Pictures of mouths: the right frame, the right place, the right moments; discs stand for mouths."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from clips.encode import RATE_HZ
from scenes.drawn_film import Film, write_film
from twopop.v1 import sync_pb2
from twopop_engine.faces.face import Face, FrameFaces
from twopop_engine.media.frames import Frame
from twopop_engine.sync.mouths import MOMENTS, LoggedFinder, MouthLog, picture_mouths

SIZE = (320, 240)
RATE = 25
SECONDS = 8
EYES = 60.0  # between the outer corners
BURSTS = (1.0, 2.2, 3.48, 5.0, 6.6)


def middle(frame: int) -> tuple[float, float]:
    """Where the disc is: it wanders."""
    return 110 + frame * 0.5, 120 + 20 * np.sin(frame / 9)


def brightness(frame: int) -> int:
    """Of the disc: so that the frame can be told."""
    return 40 + frame % 25 * 8


def landmarks(frame: int, roll_rad: float = 0.0) -> NDArray[np.float32]:
    """A face whose mouth is the disc, with its eyes above, along the tilt."""
    points = np.zeros((468, 3), np.float32)
    x, y = middle(frame)
    along = np.array([np.cos(roll_rad), np.sin(roll_rad)])
    up = np.array([np.sin(roll_rad), -np.cos(roll_rad)])
    points[33, :2], points[263, :2] = (x, y) + 40 * up - along * EYES / 2, (x, y) + 40 * up + along * EYES / 2
    points[61, :2], points[291, :2] = (x, y) - 15 * along, (x, y) + 15 * along
    points[0, :2], points[17, :2] = (x, y) + 8 * up, (x, y) - 8 * up
    return points


def faces(frame: int, *tracks: int) -> FrameFaces:
    seen = tuple(Face(track, (0, 0, 1, 1), landmarks(frame), 1.0, 0, 0, 0, False) for track in tracks)
    return FrameFaces(Fraction(frame, RATE), 0, seen)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = []
    for frame in range(SECONDS * RATE):
        picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        x, y = middle(frame)
        cv2.circle(picture, (round(x), round(y)), 14, (brightness(frame),) * 3, -1)
        pictures.append(picture)
    sound = np.random.default_rng(1).normal(0, 0.002, SECONDS * RATE_HZ).astype(np.float32)
    for at_s in BURSTS:
        first = round(at_s * RATE_HZ)
        sound[first : first + RATE_HZ // 5] += 0.3 * np.sin(np.arange(RATE_HZ // 5) * 0.05)
    path = tmp_path_factory.mktemp("film") / "discs.mov"
    return write_film(path, pictures, RATE, sound, RATE_HZ, Film("mjpeg", "yuvj420p", {"q": "2"}, 0, "pcm_s16le"))


@pytest.fixture
def log() -> MouthLog:
    log = MouthLog()
    for frame in range(SECONDS * RATE):
        log.note(faces(frame, *([1] if frame < 150 else []), 2))
    return log


def video(film: Path, *speakers: sync_pb2.SpeakerSync) -> sync_pb2.VideoSync:
    return sync_pb2.VideoSync(path=str(film), speakers=speakers, frame_rate=RATE)


def speaker(track: int, **more: Any) -> sync_pb2.SpeakerSync:
    return sync_pb2.SpeakerSync(track=track, seen=sync_pb2.TimeSpan(start_s=0, stop_s=SECONDS), **more)


def picture(mouth: sync_pb2.MouthPicture) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(mouth.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


def quiet(done: float, what: str) -> None:
    """Watches nothing."""


def test_pairs_show_the_frames_before_and_after_the_mend(film: Path, log: MouthLog) -> None:
    answer = video(film, speaker(2, offset_s=0.12, confidence=0.9))
    picture_mouths(answer, log, None, quiet)
    times = [mouth.time_s for mouth in answer.speakers[0].mouths]
    assert times[::2] == pytest.approx(BURSTS, abs=0.011)
    assert times[1::2] == pytest.approx([time + 0.12 for time in times[::2]])
    for mouth in answer.speakers[0].mouths:
        shown = picture(mouth)
        assert shown.shape == (84, 112)
        assert int(shown[42, 56]) == pytest.approx(brightness(int(mouth.time_s * RATE + 1e-6)), abs=5)
        columns = np.flatnonzero(shown[42] > 20)
        assert columns.mean() == pytest.approx(55.5, abs=2.5)
        assert len(columns) == pytest.approx(28 / (2 * 0.55 * EYES) * 112, abs=5)


def test_without_an_offset_there_is_one_picture_each(film: Path, log: MouthLog) -> None:
    answer = video(film, speaker(2, confidence=0.4))
    picture_mouths(answer, log, None, quiet)
    assert len(answer.speakers[0].mouths) == len(BURSTS)


def test_only_while_the_face_is_seen_and_speaks(film: Path, log: MouthLog) -> None:
    early, spoken = speaker(1, offset_s=0.2), speaker(2, offset_s=-0.2)
    spoken.speaking.add(start_s=2.0, stop_s=4.0)
    answer = video(film, early, spoken)
    picture_mouths(answer, log, None, quiet)
    first, second = ([mouth.time_s for mouth in one.mouths] for one in answer.speakers)
    assert first[::2] == pytest.approx(BURSTS[:4], abs=0.011)
    assert second[::2] == pytest.approx(BURSTS[1:3], abs=0.011)


def test_without_a_face_the_whole_picture_is_shown(film: Path) -> None:
    answer = video(film, speaker(0, offset_s=0.04))
    picture_mouths(answer, MouthLog(), None, quiet)
    assert len(answer.speakers[0].mouths) == 2 * len(BURSTS) <= 2 * MOMENTS
    assert picture(answer.speakers[0].mouths[0]).shape == (120, 160)


def test_a_tilted_mouth_is_shown_upright(tmp_path: Path) -> None:
    tilted = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    x, y = middle(0)
    cv2.line(tilted, (round(x - 12), round(y - 12)), (round(x + 12), round(y + 12)), (255, 255, 255), 5)
    path = write_film(
        tmp_path / "line.mov", [tilted] * 50, RATE, np.eye(1, 2 * RATE_HZ, RATE_HZ, np.float32)[0], RATE_HZ
    )
    log = MouthLog()
    for frame in range(50):
        face = Face(1, (0, 0, 1, 1), landmarks(0, np.pi / 4), 1.0, 0, 0, 45, False)
        log.note(FrameFaces(Fraction(frame, RATE), 0, (face,)))
    answer = video(path, sync_pb2.SpeakerSync(track=1, seen=sync_pb2.TimeSpan(stop_s=2)))
    picture_mouths(answer, log, None, quiet)
    rows, columns = np.nonzero(picture(answer.speakers[0].mouths[0]) > 128)
    assert np.ptp(rows) < 16 and np.ptp(columns) > 40


def test_silence_and_a_short_span_have_no_moments(tmp_path: Path, film: Path, log: MouthLog) -> None:
    silent = write_film(tmp_path / "s.mov", [np.zeros((48, 64, 3), np.uint8)] * 50, RATE, np.zeros(32000, np.float32))
    brief = sync_pb2.SpeakerSync(track=2, seen=sync_pb2.TimeSpan(start_s=1, stop_s=1.05))
    for answer in (video(silent, speaker(0)), video(film, brief)):
        picture_mouths(answer, log, None, quiet)
        assert not answer.speakers[0].mouths


def test_a_finder_is_listened_to() -> None:
    class Known:
        def see(self, frame: Frame) -> FrameFaces:
            return faces(3, 7)

    log = MouthLog()
    found = LoggedFinder(Known(), log).see(None)  # type: ignore[arg-type]
    assert found.faces[0].track == 7
    place = log.place(7, 3 / RATE)
    assert place and (place.x, place.y) == pytest.approx(middle(3), abs=0.01)
    assert log.place(7, 2.9 / RATE) is None and log.place(8, 3 / RATE) is None
