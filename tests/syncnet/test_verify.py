"""The known answer runs the published way, and fails honestly on weights that are not the published ones."""

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av import VideoFrame
from numpy.typing import NDArray

from clips.encode import Picture, Sound, encode
from syncnet.matched_towers import MatchedTowers, noise
from syncnet.sounds import ArraySound, voice
from twopop.errors import MediaUnreadable, ModelMissing, StreamMissing
from twopop_engine.sync.syncnet.distance import figures, pair_distances, with_zero_padding
from twopop_engine.sync.syncnet.jpegs import through_jpeg
from twopop_engine.sync.syncnet.listener import Listener
from twopop_engine.sync.syncnet.towers import Towers
from twopop_engine.sync.syncnet.verify import known_answer, measure_face_video
from twopop_models.store import Store

EXAMPLE = Path(__file__).parents[3] / "shared" / "media" / "talking" / "syncnet_example.avi"

CARD = """
id = "syncnet.v2"
task = "lip-sync"
summary = "Random weights in the published layout."
license = "Apache-2.0"
commercial_use = "yes"
source = "a test"
synthetic = false

[known_answer]
tolerance = 0.05
values = { "AV offset" = 3, "min dist" = 5.353, "confidence" = 10.021 }

[known_answer.media]
name = "example.avi"
size_bytes = 1
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
"""

FILE = """
[[files]]
name = "{name}"
size_bytes = {size}
sha256 = "{digest}"
"""


@pytest.fixture(scope="module")
def store(tower_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store whose weights are random, and known by their hashes."""
    cards = tmp_path_factory.mktemp("cards")
    files = [
        FILE.format(name=path.name, size=path.stat().st_size, digest=hashlib.sha256(path.read_bytes()).hexdigest())
        for path in tower_files
    ]
    (cards / "syncnet.v2.toml").write_text(CARD + "".join(files))
    return Store(cards, cards=cards, shipped=tower_files[0].parent)


def clip(folder: Path, frames: int = 40, seconds: float = 1.6) -> Path:
    """Gray frames, each of its own brightness, with a voice."""
    sound = Sound(voice(seconds)[None], codec="pcm_s16le", rate_hz=16000)
    picture = Picture(times=[Fraction(i, 25) for i in range(frames)])
    return encode(folder / "clip.avi", [sound], picture)


def test_random_weights_run_and_fail(store: Store, tmp_path: Path) -> None:
    checks = known_answer(store, clip(tmp_path))
    assert [(check.name, check.expected) for check in checks] == [
        ("AV offset", 3),
        ("min dist", 5.353),
        ("confidence", 10.021),
    ]
    assert all(np.isfinite(check.found) for check in checks)
    assert not checks[1].passed


def test_the_procedure_is_the_published_one(towers: Towers, tmp_path: Path) -> None:
    path = clip(tmp_path)
    with av.open(str(path)) as container:
        faces = [cv2.resize(image, (224, 224)) for image in through_jpeg(container.decode(video=0))]
    with av.open(str(path)) as container:
        samples = np.concatenate([heard.to_ndarray().ravel() for heard in container.decode(audio=0)])
    video = towers.video(np.stack(faces).astype(np.uint8))[: 40 - 5]
    audio = Listener(towers, ArraySound((samples / 32768).astype(np.float32))).embed(0, 40 - 5)
    expected = figures(with_zero_padding(pair_distances(video, audio), video).mean(axis=0, dtype=np.float64))
    found = measure_face_video(towers, path)
    assert found.offset_frames == expected.offset_frames
    assert found.min_distance == pytest.approx(expected.min_distance, rel=1e-5)
    assert found.confidence == pytest.approx(expected.confidence, rel=1e-4)


@pytest.mark.parametrize("lead", [-6, 0, 3])
def test_the_sign_is_the_published_one(lead: int, tmp_path: Path) -> None:
    # The frames' brightness is their number times five, over and over; the sound is as loud as a frame is bright.
    brightness = (np.arange(160) * 5 % 256) / 255
    sound = Sound(noise(np.roll(brightness, -lead))[None], codec="pcm_s16le", rate_hz=16000)
    path = encode(tmp_path / "clip.avi", [sound], Picture(times=[Fraction(i, 25) for i in range(160)]))
    assert measure_face_video(MatchedTowers(), path).offset_frames == lead


def test_the_shorter_of_picture_and_sound_counts(tmp_path: Path) -> None:
    with pytest.raises(MediaUnreadable, match="too short for SyncNet"):
        measure_face_video(MatchedTowers(), clip(tmp_path, seconds=0.2))
    with pytest.raises(MediaUnreadable, match="too short for SyncNet"):
        measure_face_video(MatchedTowers(), clip(tmp_path, frames=4))
    assert measure_face_video(MatchedTowers(), clip(tmp_path, seconds=0.25)).min_distance > 0


def test_bad_input(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StreamMissing):
        measure_face_video(MatchedTowers(), encode(tmp_path / "mute.avi", picture=Picture()))
    with pytest.raises(StreamMissing):
        measure_face_video(MatchedTowers(), encode(tmp_path / "blind.wav", [Sound(voice(1)[None], "pcm_s16le", 16000)]))
    with pytest.raises(ModelMissing, match="syncnet"):
        known_answer(Store(tmp_path), clip(tmp_path))


def images(count: int) -> Iterator[VideoFrame]:
    rng = np.random.default_rng(3)
    for _ in range(count):
        coarse = rng.integers(40, 200, (12, 12, 3), np.uint8)
        picture = np.asarray(cv2.resize(coarse, (224, 224)), np.uint8)
        yield VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")


def test_jpegs_lose_as_much_as_ffmpegs_do() -> None:
    faces = list(through_jpeg(images(30)))
    plain = [image.to_ndarray(format="bgr24") for image in images(30)]
    errors = [np.abs(face.astype(int) - image).mean() for face, image in zip(faces, plain, strict=True)]
    assert errors[0] < 2
    assert errors[-1] > 1.5 * errors[0]  # after a second, the default bit rate has brought the quality down
    levels = np.array([face.mean() - image.mean() for face, image in zip(faces, plain, strict=True)])
    assert np.abs(levels).max() < 2  # the range of levels was converted, once


@pytest.mark.skipif(not EXAMPLE.is_file(), reason="the published example: ../shared/media/talking is absent")
def test_the_published_example_is_read_whole() -> None:
    read: list[NDArray[np.uint8]] = []

    class Counting(MatchedTowers):
        def video(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
            read.append(frames[: len(frames) - 4, ::56, ::56])
            return super().video(frames)

    found = measure_face_video(Counting(), EXAMPLE)
    assert sum(len(frames) for frames in read) == 317 - 4
    assert np.isfinite([found.min_distance, found.confidence]).all()
