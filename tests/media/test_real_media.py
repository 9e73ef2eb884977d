"""Real files, where they are at hand: against other decoders, and against what is known of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from clips.compare import lag
from twopop_engine.media.frames import open_video
from twopop_engine.media.pcm import open_audio
from twopop_engine.media.probe import probe
from twopop_engine.media.shift import shift_audio

MEDIA = Path(__file__).parents[3] / "shared" / "media"

pytestmark = pytest.mark.skipif(not MEDIA.is_dir(), reason=f"no test media at {MEDIA}")


@pytest.mark.parametrize(
    "name",
    ["sync/timbl_1.mp3", "sync/timbl_2.mp3", "music/spleeter_example.mp3", "speech/jfk.flac", "effects/rir1.wav"],
)
def test_another_decoder_hears_the_same(name: str) -> None:
    """mpg123, libFLAC and libsndfile; the two MP3 decoders differ by rounding only, and by no sample in time."""
    theirs, rate_hz = soundfile.read(MEDIA / name, dtype="float32", always_2d=True)
    with open_audio(MEDIA / name) as reader:
        ours = reader.read(0, reader.length)
    assert rate_hz == reader.rate_hz
    size = min(len(theirs), ours.shape[1])
    assert abs(len(theirs) - ours.shape[1]) <= 1152
    assert np.abs(theirs[1152 : size - 1152].T - ours[:, 1152 : size - 1152]).max() < 1e-4


def test_two_recordings_of_one_event() -> None:
    """The second file starts 12.254 s after the first (12.25396 by phase correlation)."""
    with open_audio(MEDIA / "sync" / "timbl_1.mp3") as first, open_audio(MEDIA / "sync" / "timbl_2.mp3") as second:
        start = 12 * first.rate_hz
        event = second.read(0, 8 * second.rate_hz).mean(axis=0)
        found = lag(event, first.read(start, 10 * first.rate_hz).mean(axis=0))
        assert abs((start + found) / first.rate_hz - 12.254) < 0.001


@pytest.mark.parametrize(
    ("name", "rate", "variable", "frames", "size"),
    [
        ("talking/syncnet_example.avi", Fraction(25), False, 317, (224, 224)),
        ("talking/grid_bbaf2n.mpg", Fraction(25), False, 75, (360, 288)),
        ("talking/latentsync_1.mp4", Fraction(25), False, 250, (1080, 1920)),
        ("picture/chopping.mp4", Fraction(30000, 1001), False, 241, (1280, 720)),
        ("picture/hitting_bag.mp4", Fraction(15), False, 90, (604, 340)),
        ("talking/retalking_1.mp4", None, True, 135, (700, 700)),
    ],
)
def test_rates_and_frames(name: str, rate: Fraction | None, variable: bool, frames: int, size: tuple[int, int]) -> None:
    (video,) = probe(MEDIA / name).video
    assert (video.variable_rate, (video.width, video.height)) == (variable, size)
    if rate is None:
        assert abs(video.frame_rate - Fraction(2213, 100)) < Fraction(1, 10)
    else:
        assert video.frame_rate == rate
    with open_video(MEDIA / name) as reader:
        assert sum(1 for _ in reader.frames()) == frames


@pytest.mark.parametrize("name", ["talking/grid_bbaf2n.mpg", "talking/syncnet_example.avi", "talking/retalking_1.mp4"])
@pytest.mark.parametrize("offset_s", [0.12, -0.12])
def test_shifting(tmp_path: Path, name: str, offset_s: float) -> None:
    source = MEDIA / name
    shifted = shift_audio(source, tmp_path / f"o{source.suffix}", offset_s)
    with open_video(source) as before, open_video(shifted.path) as after:
        first, moved = before.first(), after.first()
        assert first is not None
        assert moved is not None
    with open_audio(source) as reader, open_audio(shifted.path) as other:
        picture_moved = (moved.time - first.time) * reader.rate_hz
        count = 2 * reader.rate_hz
        samples = lag(reader.read(0, count).mean(axis=0), other.read(0, count).mean(axis=0))
        assert abs(samples - picture_moved - round(offset_s * reader.rate_hz)) <= 1
